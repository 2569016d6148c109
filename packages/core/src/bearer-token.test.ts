import { describe, expect, it } from "@jest/globals";
import { bearerOf, showsToken } from "./index.js";

describe("the token of a call", () => {
  const token = "0123456789abcdef";

  it("is taken exactly as it is", () => {
    expect(showsToken([bearerOf(token)], token)).toBe(true);
    expect(showsToken([Buffer.from(bearerOf(token))], token)).toBe(true);
  });

  it.each([[[]], [[""]], [["Bearer "]], [[token]], [[`Bearer ${token}x`]], [[`bearer ${token}`]]])(
    "is not shown by %j",
    (values) => {
      expect(showsToken(values, token)).toBe(false);
    },
  );

  it("is not shown by two values, one of them right", () => {
    expect(showsToken([bearerOf(token), "Bearer other"], token)).toBe(false);
  });
});
