/** Where this host listens so that a peer reaches it: what the user said, or what the routes say. */
import { networkInterfaces } from "node:os";
import { localAddressTo } from "./local-address-to.js";
import { pickAddress } from "./pick-address.js";

/** Throws as `pickAddress` and `localAddressTo`. `peer` is an address, not a name. */
export function chooseAddress(peer: string, networkInterface?: string): Promise<string> {
  const interfaces = networkInterfaces();
  if (networkInterface === undefined) return localAddressTo(peer, interfaces);
  return Promise.resolve(pickAddress({ interfaces, peer, networkInterface }));
}
