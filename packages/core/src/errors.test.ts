import { describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromWire, isKoloError, KoloError, koloErrorCodes, toWire } from "./index.js";

describe("KoloError", () => {
  it("begins its message with its code and keeps where and why", () => {
    const cause = new Error("socket closed");
    const error = new KoloError("peer_lost", "expected rank 2", { rank: 1, peer: 2, cause });
    expect(error.message).toBe("[peer_lost] expected rank 2");
    expect(error).toMatchObject({ code: "peer_lost", recovery: "reform", cause });
    expect(error.context).toEqual({ rank: 1, peer: 2 });
  });

  it("survives the way through another thread or process", () => {
    const error = new KoloError("stalled", "waited", {
      operation: "a",
      cause: new TypeError("why", { cause: "text" }),
    });
    const copy = fromWire(JSON.parse(JSON.stringify(toWire(error))) as ReturnType<typeof toWire>);
    expect(isKoloError(copy)).toBe(true);
    expect(copy).toMatchObject({
      code: "stalled",
      message: "[stalled] waited",
      context: { operation: "a" },
    });
    expect(copy.cause).toMatchObject({ name: "TypeError", message: "why" });
  });

  it("cuts causes that lead in a circle", () => {
    const error = new Error("round");
    error.cause = error;
    expect(JSON.stringify(toWire(error)).split('"round"').length).toBeLessThan(20);
  });

  it("takes the first of many errors for the cause", () => {
    const error = new AggregateError([new Error("first"), new Error("second")], "all failed");
    expect(toWire(error)).toMatchObject({ message: "all failed", cause: { message: "first" } });
  });

  it("describes thrown values that are no errors", () => {
    expect(toWire("text").message).toBe("text");
    expect(toWire({ a: 1 }).message).toBe('{"a":1}');
    expect(toWire(undefined).message).toBe("undefined");
    expect(toWire(10n).message).toBe("10");
  });

  it("has every code documented", () => {
    const document = readFileSync(join(__dirname, "../../../docs/errors.md"), "utf8");
    for (const code of koloErrorCodes) expect(document).toContain(`\`${code}\``);
  });
});
