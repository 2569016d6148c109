import { networkInterfaces } from "node:os";
import { type Environment } from "../variables.js";
import { localAddressTo } from "./local-address-to.js";
import { mpirunAddresses } from "./mpirun-addresses.js";
import { type Interfaces, nearestAddress } from "./pick-address.js";

/**
 * The address of this host that tsrun's host reaches it at, as what started this process has it: sshd
 * says it; srun and mpirun say where they run themselves, and the routes say the rest. Undefined where
 * none does. Throws `transport_unavailable` where there is no route back.
 */
export async function reachedAtAddress(environment: Environment): Promise<string | undefined> {
  const interfaces = networkInterfaces();
  // Engines go first: what they start inherits the SSH_CONNECTION of whoever has logged in somewhere.
  const peers = mpirunAddresses(environment);
  const [first] = peers;
  if (first !== undefined) {
    return nearestOf(peers, interfaces) ?? (await localAddressTo(first, interfaces));
  }
  const launchAddress = environment["SLURM_LAUNCH_NODE_IPADDR"] ?? "";
  if (launchAddress !== "") return localAddressTo(launchAddress, interfaces);
  // The client's address and port, then the server's.
  const [, , reachedAt] = (environment["SSH_CONNECTION"] ?? "").split(" ");
  return reachedAt;
}

/** In a network that both are in. */
function nearestOf(peers: readonly string[], interfaces: Interfaces): string | undefined {
  for (const peer of peers) {
    const address = nearestAddress(interfaces, peer);
    if (address !== undefined) return address;
  }
  return undefined;
}
