/**
 * What --heartbeat-timeout means for whom. Pure.
 *
 *   a host   is named within it: its agent may be silent for seven tenths of it, since both sides say
 *            something eight times in that time, and look as often; the rest is for ending its ranks
 *   a rank   of a host that answers is given three times as long: its process is there, and it may only
 *            be starved, or stopped; so where a host is lost, it is the host that is named
 *   ssh      asks for signs of life of its own, and gives up later than both agents do: it only has to
 *            end when nobody is left to end it
 */
export interface SilenceLimits {
  readonly hostMs: number;
  readonly rankMs: number;
  /** Between two questions of ssh's; it gives up after three without an answer. */
  readonly sshIntervalSeconds: number;
}

export function silenceLimits(heartbeatTimeoutMs: number): SilenceLimits {
  return {
    hostMs: Math.ceil(heartbeatTimeoutMs * 0.7),
    rankMs: heartbeatTimeoutMs * 3,
    sshIntervalSeconds: Math.ceil(heartbeatTimeoutMs / 2000),
  };
}
