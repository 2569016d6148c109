/** Runs a program to its end. Only what fails is worth reading, so output is kept unless `show`. */
import { spawnSync } from "node:child_process";
import { BuildFailure } from "./failure.mjs";

const maxOutputBytes = 64 * 2 ** 20;
const tailLines = 30;

/**
 * Returns what the command wrote to standard output. Throws a BuildFailure that begins with
 * `failing` ("expected ... ") and ends with the last lines of the command's own words.
 */
export function runCommand([program, ...args], { failing, show = false, ...rest }) {
  const result = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: maxOutputBytes,
    stdio: show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    ...rest,
  });
  if (result.status === 0) return result.stdout ?? "";
  const how =
    result.error?.message ?? (result.signal ? `signal ${result.signal}` : `exit ${result.status}`);
  const said = `${result.stdout ?? ""}${result.stderr ?? ""}`.trim().split("\n").slice(-tailLines);
  throw new BuildFailure(`${failing}, got ${how}\n${said.join("\n")}`.trim());
}

/** What the command prints, or undefined where it is not there or does not work. */
export function tryCommand([program, ...args]) {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}
