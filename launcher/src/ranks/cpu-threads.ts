/**
 * Threads per rank, so that the ranks of one host share its cores instead of each taking all.
 *
 * Every runtime below sizes its pools by the cores of the whole machine. Four ranks on two cores
 * would then run four times the threads there is room for, and since every step waits for the
 * slowest rank, one rank that is switched out holds up all. What the user has set stays.
 *
 *   OMP_NUM_THREADS, TF_NUM_INTRAOP_THREADS, TF_NUM_INTEROP_THREADS
 *                        native TensorFlow's kernels (tfjs-node): the share of the cores
 *   --v8-pool-size       V8's helpers for garbage collection and compilation: the share, but not
 *                        above V8's own default of 4; 0 would move their work to the main thread
 *   UV_THREADPOOL_SIZE   files, DNS, zlib: mostly blocked, not computing, so at least 2, and not
 *                        above libuv's own default of 4
 */
import { type Environment } from "@kolo/core";

export interface CpuThreads {
  readonly environment: Readonly<Record<string, string>>;
  /** For node's command line. */
  readonly nodeFlags: readonly string[];
}

const defaultPoolThreads = 4;

export function cpuThreads(cores: number, localSize: number, environment: Environment): CpuThreads {
  const share = Math.max(1, Math.floor(cores / localSize));
  const wanted = {
    OMP_NUM_THREADS: share,
    TF_NUM_INTRAOP_THREADS: share,
    TF_NUM_INTEROP_THREADS: share,
    UV_THREADPOOL_SIZE: Math.min(defaultPoolThreads, Math.max(2, share)),
  };
  const unset = Object.entries(wanted).filter(([name]) => environment[name] === undefined);
  const userSetV8Pool = /--v8[-_]pool[-_]size/.test(environment["NODE_OPTIONS"] ?? "");
  return {
    environment: Object.fromEntries(unset.map(([name, threads]) => [name, String(threads)])),
    nodeFlags: userSetV8Pool ? [] : [`--v8-pool-size=${Math.min(defaultPoolThreads, share)}`],
  };
}
