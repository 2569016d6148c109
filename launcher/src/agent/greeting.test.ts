import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { greeting, GreetingFinder, maxNoiseBytes } from "./greeting.js";

describe("the agent's greeting", () => {
  it("is found behind whatever a login shell says, however it is cut", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 20 }), (noise, cut) => {
        const finder = new GreetingFinder();
        const bytes = Buffer.concat([Buffer.from(noise), greeting, Buffer.from("frames")]);
        let rest = "";
        for (let at = 0; at < bytes.length; at += cut) {
          rest += finder.push(bytes.subarray(at, at + cut))?.toString() ?? "";
        }
        expect(rest).toBe("frames");
        expect(finder.noise).toBe(noise.trim());
      }),
    );
  });

  it("is not waited for without end", () => {
    const finder = new GreetingFinder();
    finder.push(Buffer.alloc(maxNoiseBytes, "x"));
    expect(() => finder.push(Buffer.from("x"))).toThrow(RangeError);
  });
});
