import { activationFlags } from "../assembly.js";

/** The flags of an activation that the inner loop applies by itself; undefined for other ones. */
export function fusedFlags(activation: string | null | undefined): number | undefined {
  switch (activation ?? "linear") {
    case "linear":
      return activationFlags.linear;
    case "relu":
      return activationFlags.relu;
    case "relu6":
      return activationFlags.relu6;
    default:
      return undefined;
  }
}
