import { describe, expect, it } from "@jest/globals";
import { fixture, root, tsrun } from "../support/tsrun.js";

describe("what tsrun shows", () => {
  it("is progress, a summary, and at the very end what the script itself says", async () => {
    const script = `${root}/examples/mnist.ts`;
    const args = ["-np", "2", script, "--epochs", "2", "--limit", "2560"];
    const { code, stdout, stderr } = await tsrun(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^test accuracy 0\.\d{4}\n$/);
    expect(stderr).toMatch(/epoch 1\/2 .*40 steps .*loss \d.*accuracy 0\..*samples\/s/);
    expect(stderr).toMatch(/epoch 2\/2 /);
    expect(stderr).toMatch(/80 steps on 2 ranks/);
    expect(stderr).toMatch(/a step .*compute .*pack .*wait .*unpack/);
    expect(stderr).toMatch(/bytes sent .*a rank/);
    expect(stderr).toMatch(/plan +[0-9a-f]{8}/);
  });

  it("is the plan of each kind of collective once, with --verbose", async () => {
    const { stderr } = await tsrun(["-np", "2", "--verbose", `${root}/examples/collectives.ts`]);
    const plans = stderr.match(/^\[kolo\] plan [0-9a-f]{8}: .*$/gm) ?? [];
    for (const kind of ["allReduce", "broadcast", "allGather", "allToAll"]) {
      expect(plans.filter((line) => line.includes(`: ${kind} "`))).not.toEqual([]);
    }
    expect(new Set(plans.map((line) => line.slice(0, 20))).size).toBe(plans.length);
  });

  it("has the same plan in every run, and another one for another world", async () => {
    const planOf = async (np: string): Promise<string | undefined> => {
      const script = `${root}/examples/regression.ts`;
      const args = ["--verbose", script, "--rows", "4000", "--epochs", "1"];
      const { stderr } = await tsrun(["-np", np, ...args]);
      const summary = /^ +plan +([0-9a-f]{8})/m.exec(stderr)?.[1];
      expect(stderr).toMatch(new RegExp(`^\\[kolo\\] gradients: 1 buckets, plan ${summary}$`, "m"));
      return summary;
    };
    const [first, second, other] = [await planOf("2"), await planOf("2"), await planOf("3")];
    expect(first).toMatch(/^[0-9a-f]{8}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it("keeps whole lines whole, in UTF-8, under a rank's prefix", async () => {
    const { code, stdout } = await tsrun(["-np", "3", "--quiet", fixture("chatter.mts")]);
    expect(code).toBe(0);
    const lines = stdout.split("\n").slice(0, -1);
    for (const line of lines) expect(line).toMatch(/^(\[[12]\] )?rank (\d) says (čšž🙂){50}$/);
    for (const rank of [0, 1, 2]) {
      expect(lines.filter((line) => line.includes(`rank ${rank} says`))).toHaveLength(200);
    }
  });
});
