import { describe, expect, it } from "@jest/globals";
import { isKoloError } from "../index.js";
import fc from "fast-check";
import { expandNodeList } from "./expand-node-list.js";
import { expandTaskCounts } from "./expand-task-counts.js";

describe("expandNodeList", () => {
  it.each([
    ["node1", "node1"],
    ["node1,node2", "node1 node2"],
    ["node[01-03,7],gpu-a[1-2]x", "node01 node02 node03 node7 gpu-a1x gpu-a2x"],
    ["n[8-11]", "n8 n9 n10 n11"],
    ["n[098-101]", "n098 n099 n100 n101"],
    ["n[5]", "n5"],
    [
      "r[1-2]n[1-2].example.org",
      "r1n1.example.org r1n2.example.org r2n1.example.org r2n2.example.org",
    ],
    ["[1-2]a", "1a 2a"],
    ["n[3,1,3]", "n3 n1 n3"],
  ])("%s → %s", (list, names) => {
    expect(expandNodeList(list)).toEqual(names.split(" "));
  });

  it.each([
    "",
    ",",
    "a,",
    ",a",
    "a,,b",
    "n[",
    "n]",
    "n[]",
    "n[1",
    "n[1-]",
    "n[3-1]",
    "n[a]",
    "n[[1]]",
    "a b",
    "n[1-2-3]",
    "n[1,]",
  ])("refuses %p", (list) => {
    expect(() => expandNodeList(list)).toThrow(
      "[config_invalid] expected a list of hosts such as node[01-03,7], got",
    );
  });

  it.each(["n[1-999999]", "n[0-65535],m", "n[0-999]m[0-999]", "n[1-2]".repeat(30)])(
    "does not fill the memory with %p",
    (list) => {
      expect(() => expandNodeList(list)).toThrow("expected at most 65536 hosts");
    },
  );

  it("gives back what was folded, for any names", () => {
    const range = fc
      .tuple(fc.nat(500), fc.nat(20), fc.integer({ min: 1, max: 5 }))
      .map(([low, more, width]) => ({
        text: `${String(low).padStart(width, "0")}${more === 0 ? "" : `-${low + more}`}`,
        numbers: Array.from({ length: more + 1 }, (_, i) =>
          String(low + i).padStart(Math.max(width, String(low).length), "0"),
        ),
      }));
    const word = fc.stringMatching(/^[a-z][a-z-]{0,5}$/);
    const term = fc
      .tuple(word, fc.array(range, { maxLength: 3 }), fc.constantFrom("", ".local", "x"))
      .map(([prefix, ranges, suffix]) => ({
        text:
          prefix +
          (ranges.length === 0 ? "" : `[${ranges.map(({ text }) => text).join(",")}]`) +
          suffix,
        names: (ranges.length === 0 ? [""] : ranges.flatMap(({ numbers }) => numbers)).map(
          (number) => prefix + number + suffix,
        ),
      }));
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 5 }), (terms) => {
        expect(expandNodeList(terms.map(({ text }) => text).join(","))).toEqual(
          terms.flatMap(({ names }) => names),
        );
      }),
    );
  });

  it("of any text gives names or an error", () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom("[", "]", ",", "-", "1", "09", "n"));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          expect(expandNodeList(pieces.join("")).every((name) => /^[^\s,[\]]+$/.test(name))).toBe(
            true,
          );
        } catch (error) {
          expect(isKoloError(error)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("expandTaskCounts", () => {
  it.each([
    ["4", [4]],
    ["2(x3),1", [2, 2, 2, 1]],
    ["1,12(x2)", [1, 12, 12]],
  ])("%s → %p", (text, counts) => {
    expect(expandTaskCounts(text, "SLURM_TASKS_PER_NODE")).toEqual(counts);
  });

  it.each(["", "2,", "2(x0)", "2(3)", "2(x999999)", "x", "2(x3", " 2"])("refuses %p", (text) => {
    expect(() => expandTaskCounts(text, "SLURM_TASKS_PER_NODE")).toThrow(
      "[config_invalid] expected SLURM_TASKS_PER_NODE to be as in 2(x3),1; got",
    );
  });
});
