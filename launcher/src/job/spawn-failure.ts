import { KoloError, toWire } from "@kolo/core";
import { type RootCause } from "@kolo/rendezvous";
import { limitsAdvice } from "../ranks/limits-advice.js";
import { type SpawnError } from "../ranks/start-rank.js";

/** The root cause of a job whose rank could not even be started, with advice where there is any. */
export function spawnFailure(rank: number, host: string, error: SpawnError): RootCause {
  const advice = limitsAdvice(error.code, "fewer ranks");
  const message = `could not start the process of rank ${rank}: ${error.message}${advice}`;
  const own = new KoloError("rank_failed", message, { rank, host });
  return { rank, host, exitCode: 1, error: { ...toWire(own), stack: "" } };
}
