/**
 * Why the job failed, printed once and last. Pure.
 *
 *   tsrun: rank 2 on host-a failed: TypeError: model.fitt is not a function
 *       at train (/home/me/train.ts:12:9)
 *
 * Only the user's frames, unless there are none or all are asked for; a cause under its effect. Of
 * a syntax error, the place that Node puts at the head of its stack.
 */
import { type ErrorWire } from "@kolo/core";
import { type RootCause } from "@kolo/rendezvous";

export function rootCauseText(cause: RootCause, wholeStack: boolean): string {
  const who = cause.rank === undefined ? "failed" : `rank ${cause.rank} on ${cause.host} failed`;
  return `tsrun: ${who}: ${errorText(cause.error, wholeStack)}`;
}

/** The error with its frames, and its causes below. */
export function errorText(error: ErrorWire, wholeStack: boolean): string {
  const own = [headline(error), ...place(error), ...frames(error, wholeStack)].join("\n");
  if (error.cause === undefined) return own;
  return `${own}\n  caused by: ${errorText(error.cause, wholeStack)}`;
}

/** kolo's messages begin with their code, which says more than the name of the class. */
function headline({ name, code, message }: ErrorWire): string {
  if (code !== undefined) return message;
  return message === "" ? name : `${name}: ${message}`;
}

/** As in: /home/me/train.js:12, then that line, then a caret under what is wrong. */
function place({ name, stack = "" }: ErrorWire): string[] {
  if (name !== "SyntaxError") return [];
  const lines = stack.split("\n");
  const headlineAt = lines.findIndex((line) => line.startsWith(name));
  const above = lines.slice(0, Math.max(0, headlineAt)).filter((line) => line.trim() !== "");
  return above.map((line) => `    ${line}`);
}

/** Frames of Node, of installed packages, and of kolo itself. */
const foreign = /\(?node:|[\\/]node_modules[\\/]|[\\/]kolo[\\/]lib[\\/]/;

function frames(error: ErrorWire, whole: boolean): string[] {
  const { stack, code } = error;
  const all = (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  if (whole) return all;
  const users = all.filter((line) => !foreign.test(line));
  // Where the error explains itself and no frame is the user's, foreign frames only distract.
  return users.length > 0 || code !== undefined || place(error).length > 0 ? users : all;
}
