/** Why a host cannot run its ranks: a line, and words below it where ssh or the host said some. */
import { type ErrorWire, KoloError, type KoloErrorCode } from "@kolo/core";

type HostErrorCode = Extract<KoloErrorCode, `host_${string}`>;

export interface HostProblem {
  /** As the user wrote it. */
  readonly host: string;
  readonly code: HostErrorCode;
  /** One line, without the host. */
  readonly summary: string;
  /** Lines: what was run, what it said. */
  readonly details: readonly string[];
  /** Of a mismatch: which version it is that differs. */
  readonly differs?: "kolo" | "Node";
}

export class HostError extends Error {
  constructor(readonly problem: HostProblem) {
    super(`${problem.host}: ${problem.summary}`);
  }
}

/** All hosts' problems as one error: a line for each first, then the words. */
export function hostsError(problems: readonly HostProblem[], hostCount: number): KoloError {
  const [first] = problems;
  if (first === undefined) return new KoloError("internal", "expected a host with a problem");
  if (problems.length === 1) {
    return new KoloError(first.code, [headline(first), ...first.details.map(indent)].join("\n"), {
      host: first.host,
    });
  }
  const words = problems.flatMap(({ host, details }) =>
    details.length === 0 ? [] : [`${host}:`, ...details.map(indent)],
  );
  const lines = [
    `${problems.length} of ${hostCount} hosts cannot run their ranks`,
    ...problems.map((problem) => indent(headline(problem))),
    ...words,
  ];
  return new KoloError(first.code, lines.join("\n"));
}

/** For a rank whose host is lost. */
export function lostWire(problem: HostProblem): ErrorWire {
  const { name, code, message, context } = hostsError([problem], 1);
  return { name, code, message, context };
}

function headline({ host, summary }: HostProblem): string {
  return `host ${host}: ${summary}`;
}

function indent(line: string): string {
  return `  ${line}`;
}
