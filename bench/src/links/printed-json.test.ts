import { describe, expect, it } from "@jest/globals";
import { printedJson } from "./printed-json.js";

describe("what ranks have printed", () => {
  it("is their JSON, with the mark of the rank or without it, and nothing else", () => {
    const stdout = 'hello\n{"a":1}\n[1] {"b":[2]}\n[0] not {json}\n  {"c":3}\n';
    expect(printedJson(stdout)).toEqual([{ a: 1 }, { b: [2] }]);
  });

  it("may be nothing", () => {
    expect(printedJson("")).toEqual([]);
  });
});
