import { afterAll, describe, expect, it } from "@jest/globals";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  endOf,
  grouped,
  overlapping,
  readTrace,
  type Span,
  spansOf,
  startOf,
} from "../support/trace.js";
import { fixture, tsrun } from "../support/tsrun.js";

const folder = mkdtempSync(join(tmpdir(), "kolo-timeline-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const script = (...args: string[]): string[] => [
  "--backend",
  "wasm",
  fixture("timeline.mts"),
  ...args,
];
const sum = (spans: readonly Span[]): number => spans.reduce((total, { dur }) => total + dur, 0);

/** Exactly this file, and no part of it, is left. */
function spansIn(file: string): Span[] {
  expect(readdirSync(folder).filter((name) => join(folder, name).startsWith(file))).toHaveLength(1);
  const spans = spansOf(readTrace(file));
  expect(overlapping(spans)).toEqual([]);
  return spans;
}

const mainPhases = ["step", "compute", "plan", "pack", "wait", "unpack", "apply"];
const runnerOf = {
  shm: ["shared memory", ["prepare", "wait for others", "reduce", "wait for end"]],
  grpc: ["communication", ["prepare", "hop 0 from rank 1", "reduce", "flush"]],
} as const;

describe("a timeline", () => {
  it.each(["shm", "grpc"] as const)(
    "shows every phase of every rank over %s",
    async (transport) => {
      const file = join(folder, `${transport}.json`);
      const flags = ["-np", "2", "--quiet", "--transport", transport, "--timeline", file];
      expect(await tsrun([...flags, ...script("trains")])).toMatchObject({ code: 0, stderr: "" });
      const spans = spansIn(file);
      const [thread, phases] = runnerOf[transport];

      for (const rank of [0, 1]) {
        const own = spans.filter((span) => span.rank === rank);
        const main = own.filter((span) => span.thread === "main");
        const runner = own.filter((span) => span.thread === thread);
        for (const name of mainPhases) expect(main.map((span) => span.name)).toContain(name);
        for (const name of phases) {
          const here = name.replace("rank 1", `rank ${1 - rank}`);
          expect(runner.map((span) => span.name)).toContain(here);
        }

        const steps = main.filter(({ name }) => name === "step");
        expect(steps.map(({ args }) => args["step"])).toEqual(Array.from(Array(12).keys()));
        const parts = main.filter(
          (span) =>
            span.name !== "step" &&
            steps.some((step) => startOf(step) <= startOf(span) && endOf(span) <= endOf(step)),
        );
        // The first step compares the model with the other rank: waits inside of "plan".
        const outer = parts.filter(({ args }) => args["operation"] !== "compare parameters");
        expect(sum(outer)).toBeLessThanOrEqual(sum(steps));
        expect(sum(outer)).toBeGreaterThan(0.9 * sum(steps));

        const reductions = runner.filter(({ name }) => name === "allReduce gradients/2");
        expect(reductions).toHaveLength(12);
        for (const { args } of reductions) {
          expect(args).toMatchObject({ operation: "gradients/2", bytes: 64 * 64 * 4 });
          expect(args["plan"]).toMatch(/^[0-9a-f]{8}$/);
        }
        // Half a bucket from the other's memory, and as much into it; over links, all that has come.
        const moved = runner.filter(
          ({ name, args }) => name === "reduce" && args["operation"] === "gradients/2",
        );
        expect(moved.map(({ args }) => args["bytes"])).toEqual(Array(12).fill(64 * 64 * 4));
      }
    },
  );

  it("has one clock: no rank ends a reduction before the last one began it", async () => {
    const file = join(folder, "clock.json");
    const flags = ["-np", "3", "--quiet", "--timeline", file];
    expect(await tsrun([...flags, ...script("trains")])).toMatchObject({ code: 0 });
    const runs = spansIn(file).filter(({ name }) => name.startsWith("allReduce gradients/"));
    const together = grouped(runs, ({ name, args }) => `${name} ${String(args["step"])}`);
    expect(together.length).toBeGreaterThanOrEqual(12 * 2);
    for (const ranks of together) {
      expect(ranks).toHaveLength(3);
      expect(Math.min(...ranks.map(endOf))).toBeGreaterThan(Math.max(...ranks.map(startOf)));
    }
  });

  it("pairs the begin and the end of what waits in the queue", async () => {
    const file = join(folder, "queue.json");
    const flags = ["-np", "2", "--quiet", "--timeline", file];
    expect(await tsrun([...flags, ...script("trains")])).toMatchObject({ code: 0 });
    const queued = readTrace(file).filter(({ name }) => name === "queue");
    const pairs = grouped(queued, ({ id }) => String(id));
    expect(pairs.length).toBeGreaterThan(12 * 2);
    for (const pair of pairs) expect(pair.map(({ ph }) => ph)).toEqual(["b", "e"]);
  });

  it("is valid, with what was written, where a rank was killed", async () => {
    const file = join(folder, "killed.json");
    const result = await tsrun(["-np", "2", "--timeline", file, ...script("is-killed")]);
    expect(result).toMatchObject({ code: 137, left: [] });
    const spans = spansIn(file);
    for (const rank of [0, 1]) {
      const steps = spans.filter((span) => span.rank === rank && span.name === "step");
      expect(steps.length).toBeGreaterThan(0);
    }
  });

  it.each([
    ["windows", [3, 4, 5, 6, 10, 11]],
    ["ends", [2, 3, 4, 5]],
  ])("has the steps a program asked for: %s", async (scenario, steps) => {
    const file = join(folder, `${scenario}.json`);
    const result = await tsrun(["-np", "2", "--quiet", ...script(scenario, file)]);
    expect(result).toMatchObject({ code: 0, stderr: "", left: [] });
    const spans = spansIn(file);
    for (const rank of [0, 1]) {
      const own = spans.filter((span) => span.rank === rank);
      const recorded = own.filter(({ name }) => name === "step");
      expect(recorded.map(({ args }) => args["step"])).toEqual(steps);
      for (const name of ["wait for others", "allReduce gradients/2"]) {
        expect(own.filter((span) => span.name === name).length).toBeGreaterThanOrEqual(
          steps.length,
        );
      }
    }
  });

  it("needs no tsrun", async () => {
    const file = join(folder, "alone.json");
    const args = ["--import", "tsx", fixture("timeline.mts"), "windows", file];
    const result = await tsrun(args, { bin: process.execPath });
    expect(result).toMatchObject({ code: 0 });
    const steps = spansIn(file).filter(({ name }) => name === "step");
    expect(steps.map(({ args }) => args["step"])).toEqual([3, 4, 5, 6, 10, 11]);
  });

  it("is refused before anything runs where its file cannot be written", async () => {
    const nowhere = join(folder, "no/such/trace.json");
    const result = await tsrun(["-np", "2", "--timeline", nowhere, ...script("trains")]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toMatch(
      /^tsrun: --timeline: \[config_invalid\] .*no\/such\/trace\.json.*\n$/,
    );
  });

  it("is refused by a code where a program asks for it wrongly", async () => {
    const file = join(folder, "refused.json");
    const { stdout } = await tsrun(["-np", "1", "--quiet", ...script("refused", file)]);
    expect(stdout).toBe("codes config_invalid argument_invalid none argument_invalid\n");
  });
});
