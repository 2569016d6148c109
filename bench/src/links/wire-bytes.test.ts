import { describe, expect, it } from "@jest/globals";
import { shapedBytes } from "./wire-bytes.js";

describe("what has passed a shaper", () => {
  it("is what tc counts for it", () => {
    const text =
      '[{"kind":"noqueue","bytes":7},{"kind":"tbf","handle":"8001:","bytes":1514,"packets":1}]';
    expect(shapedBytes(text)).toBe(1514);
  });

  it("cannot be told of a link that is not shaped", () => {
    expect(() => shapedBytes('[{"kind":"noqueue","bytes":7}]')).toThrow(/shaped by tbf/);
  });
});
