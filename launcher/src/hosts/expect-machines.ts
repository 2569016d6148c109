import { KoloError } from "@kolo/core";

export interface NamedMachine {
  /** As the user wrote it. */
  readonly host: string;
  /** Undefined where it does not say. */
  readonly machine: string | undefined;
}

/**
 * That no two hosts are one machine under two names: each would share out all its GPUs and cores. Throws
 * `config_invalid`.
 */
export function expectMachines(hosts: readonly NamedMachine[]): void {
  const seen = new Map<string, string>();
  for (const { host, machine } of hosts) {
    if (machine === undefined) continue;
    const twin = seen.get(machine);
    if (twin !== undefined) {
      throw new KoloError(
        "config_invalid",
        `expected each host once, got ${twin} and ${host}, which are the same machine; ` +
          "give it all its slots under one name",
        { host },
      );
    }
    seen.set(machine, host);
  }
}
