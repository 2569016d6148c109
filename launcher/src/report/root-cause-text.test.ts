import { describe, expect, it } from "@jest/globals";
import { rootCauseText } from "./root-cause-text.js";

const stack = [
  "TypeError: boom",
  "    at train (/home/me/train.ts:12:9)",
  "    at Object.fit (/home/me/node_modules/@tensorflow/tfjs/x.js:1:1)",
  "    at node:internal/main:1:1",
  "    at async run (node:internal/y:2:2)",
].join("\n");

describe("rootCauseText", () => {
  it("names the rank, the host, the error and the user's frames", () => {
    const error = { name: "TypeError", message: "boom", stack };
    const cause = { rank: 2, host: "host-a", error, exitCode: 1 };
    expect(rootCauseText(cause, false)).toBe(
      "tsrun: rank 2 on host-a failed: TypeError: boom\n    at train (/home/me/train.ts:12:9)",
    );
    expect(rootCauseText(cause, true).split("\n")).toHaveLength(5);
  });

  it("shows all frames where none is the user's", () => {
    const error = { name: "Error", message: "x", stack: "Error: x\n    at node:internal/a:1:1" };
    expect(rootCauseText({ rank: 0, host: "h", error, exitCode: 1 }, false)).toContain(
      "internal/a",
    );
  });

  it("shows where a syntax error stands", () => {
    const message = "Unexpected token ';'";
    const stack = `/home/me/train.js:2\nconst b = ;\n          ^\n\nSyntaxError: ${message}\n    at node:internal/a:1:1`;
    const error = { name: "SyntaxError", message, stack };
    expect(rootCauseText({ rank: 0, host: "h", error, exitCode: 1 }, false)).toBe(
      `tsrun: rank 0 on h failed: SyntaxError: ${message}\n` +
        "    /home/me/train.js:2\n    const b = ;\n              ^",
    );
  });

  it("lets kolo's messages speak for themselves, and shows causes", () => {
    const error = {
      name: "KoloError",
      code: "rank_failed",
      message: "[rank_failed] rank 1 was killed by SIGKILL",
      stack: "KoloError: x\n    at node:internal/a:1:1",
      cause: { name: "RangeError", message: "" },
    } as const;
    expect(rootCauseText({ rank: undefined, host: "h", error, exitCode: 137 }, false)).toBe(
      "tsrun: failed: [rank_failed] rank 1 was killed by SIGKILL\n  caused by: RangeError",
    );
  });
});
