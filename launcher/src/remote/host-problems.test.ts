import { expect, it } from "@jest/globals";
import { type BrokenLink, startProblem } from "./host-problems.js";

const lost: BrokenLink = {
  host: "node2",
  phase: "ready",
  end: { kind: "silent", silenceMs: 7000 },
  process: { text: "ssh was killed by SIGKILL", exitCode: null },
  command: ["ssh", "node2"],
  prepare: { directory: "/work" },
  words: [],
  noise: "",
  othersHeard: true,
};
const said = (changes: Partial<BrokenLink>): string =>
  startProblem({ ...lost, ...changes }).summary;

it("a host that is silent is suspected, unless all others are silent too", () => {
  expect(said({})).toMatch(/silent for 7 s, as a host that is frozen or cut off from the network$/);
  expect(said({ othersHeard: undefined })).toMatch(/, unless it is this host that is cut off$/);
  expect(said({ othersHeard: false })).toMatch(
    /; no other host is heard of either, so it may be this host that is cut off$/,
  );
});

it("a connection that ends, or says nonsense, is nobody else's fault", () => {
  for (const end of [{ kind: "ended" }, { kind: "invalid", reason: "no frame" }] as const) {
    expect(said({ end, othersHeard: false })).not.toContain("this host");
  }
});
