import { type JoinWorldOptions, type Membership } from "./membership.js";
import { RankSession } from "./rank-session.js";

/**
 * Registers and resolves when every rank has. Rejects with `rendezvous_timeout`, `unauthenticated`,
 * `coordinator_lost`, or with the failure of another rank.
 */
export function joinWorld(options: JoinWorldOptions): Promise<Membership> {
  return new Promise((resolve, reject) => {
    new RankSession(options, resolve, reject);
  });
}
