import { networkInterfaces } from "node:os";
import { type Environment } from "@kolo/core";
import { localAddressTo } from "./local-address-to.js";

/**
 * The address of this host that tsrun's host reaches it at, as what started this process has it: sshd
 * says it; srun says where it runs itself, and the routes say the rest. Undefined where neither does.
 * Throws `transport_unavailable` where there is no route back.
 */
export async function reachedAtAddress(environment: Environment): Promise<string | undefined> {
  // srun goes first: what it starts inherits the SSH_CONNECTION of whoever has logged in somewhere.
  const launchAddress = environment["SLURM_LAUNCH_NODE_IPADDR"] ?? "";
  if (launchAddress !== "") return localAddressTo(launchAddress, networkInterfaces());
  // The client's address and port, then the server's.
  const [, , reachedAt] = (environment["SSH_CONNECTION"] ?? "").split(" ");
  return reachedAt;
}
