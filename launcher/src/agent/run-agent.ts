/** The agent as this process: its standard streams, signals and exit. */
import { systemClock } from "@kolo/core";
import { onEndingSignals } from "../job/signals.js";
import { agentOutput } from "./agent-output.js";
import { type AgentOptions, serveJob } from "./serve-job.js";

export function runAgent(
  options: Pick<AgentOptions, "koloVersion" | "preload" | "resolveTsx">,
): void {
  // The clock's timers alone would let Node end while ranks are being ended.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  const agent = serveJob({
    ...options,
    input: process.stdin,
    output: agentOutput(),
    clock: systemClock,
    environment: process.env,
    onOver: (reason) => {
      clearInterval(keepAlive);
      // Where ssh is gone, nobody reads it: that must not matter.
      process.stderr.on("error", () => undefined);
      if (reason !== undefined) process.stderr.write(`kolo's agent: ${reason}\n`);
      process.exit(reason === undefined ? 0 : 1);
    },
  });
  // A bug of its own included.
  process.on("exit", agent.kill);
  onEndingSignals((signal) => {
    agent.end(`ended by ${signal}`);
  });
}
