/**
 * What those of a job know each other by: a token, and where it does not stay on loopback, an authority
 * with a certificate for the coordinator and one for each rank. All of it is made here and goes out over
 * control pipes only; the authority itself goes nowhere.
 */
import { randomBytes } from "node:crypto";
import { type Credentials, KoloError, type LaunchMessage, type ListenOn } from "@kolo/core";

export interface Secrets {
  /** For startCoordinator. */
  readonly coordinator: { readonly token: string; readonly secure?: Credentials };
  /** For a rank's control pipe. Throws `internal` for a rank that there is not. */
  readonly launchOf: (rank: number) => LaunchMessage;
}

export interface SecretsOptions {
  readonly size: number;
  /** Whether ranks and coordinator speak TLS. */
  readonly isSecure: boolean;
  /** `--insecure`: ranks may listen beyond loopback without TLS. Default false. */
  readonly insecure?: boolean;
  /** Where each rank listens. Default: on loopback. */
  readonly listenOn?: (rank: number) => ListenOn;
}

const tokenBytes = 32;
const jobIdBytes = 8;

export async function makeSecrets(options: SecretsOptions): Promise<Secrets> {
  const { size, isSecure, insecure = false, listenOn } = options;
  const token = randomBytes(tokenBytes).toString("base64url");
  const placeOf = (rank: number) => ({
    ...(listenOn !== undefined && { listenOn: listenOn(rank) }),
    ...(insecure && { insecure }),
  });
  if (!isSecure) {
    return {
      coordinator: { token },
      launchOf: (rank) => ({ token, ...placeOf(rank) }),
    };
  }
  // Jobs on loopback do without it, and without the time it takes to load.
  const { createAuthority } = await import("@kolo/certificates");
  const authority = await createAuthority({ job: randomBytes(jobIdBytes).toString("hex") });
  const secure = await authority.issue({ kind: "coordinator" });
  const ranks = await Promise.all(
    Array.from({ length: size }, (_, rank) => authority.issue({ kind: "rank", rank })),
  );
  return {
    coordinator: { token, secure },
    launchOf: (rank) => {
      const own = ranks[rank];
      if (own === undefined) throw new KoloError("internal", `there is no rank ${rank}`, { rank });
      return { token, secure: own, ...placeOf(rank) };
    },
  };
}
