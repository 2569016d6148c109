import { describe, expect, it } from "@jest/globals";
import {
  decodeFailureMessage,
  decodeLaunchMessage,
  decodeTimelineMessage,
  encodeControlLine,
} from "./index.js";

describe("the control pipe", () => {
  it("carries the token", () => {
    const token = "0123456789abcdef";
    expect(decodeLaunchMessage(encodeControlLine({ token }))).toEqual({ token });
  });

  it.each(["{}", '{"token":7}', '{"token":"short"}', "null"])("refuses the token in %s", (line) => {
    expect(() => decodeLaunchMessage(line)).toThrow(/config_invalid/);
  });

  it("carries who a rank is and where it listens", () => {
    const pem = "-----BEGIN SOMETHING-----\nabc\n";
    const secure = { job: "a1", key: pem, certificate: pem, authority: pem };
    const message = { token: "0123456789abcdef", secure, listenOn: { host: "10.0.0.1" } };
    const line = encodeControlLine(message);
    expect(line.split("\n")).toHaveLength(2);
    expect(decodeLaunchMessage(line)).toEqual(message);
    const insecure = { token: message.token, insecure: true } as const;
    expect(decodeLaunchMessage(encodeControlLine(insecure))).toEqual(insecure);
  });

  it.each([
    '"secure":null',
    '"secure":{}',
    '"secure":{"job":"a"}',
    '"listenOn":7',
    '"listenOn":{}',
  ])("refuses %s rather than go without", (part) => {
    const line = `{"token":"0123456789abcdef",${part}}`;
    expect(() => decodeLaunchMessage(line)).toThrow(/config_invalid/);
  });

  it("carries a failure", () => {
    const failure = { name: "TypeError", message: "two\nlines", stack: "at x" };
    const line = encodeControlLine({ failure });
    expect(line.split("\n")).toHaveLength(2);
    expect(decodeFailureMessage(line)).toEqual({ failure });
  });

  it("carries a timeline, and takes neither for the other", () => {
    const line = encodeControlLine({ timeline: "/home/me/trace.json" });
    expect(decodeTimelineMessage(line)).toEqual({ timeline: "/home/me/trace.json" });
    expect(decodeFailureMessage(line)).toBeUndefined();
    for (const other of ["", "{", '{"timeline":7}', '{"timeline":""}']) {
      expect(decodeTimelineMessage(other)).toBeUndefined();
    }
  });

  it.each(["", "{", "7", '{"failure":null}', '{"failure":{"name":1}}'])(
    "takes the torn line %j for no failure",
    (line) => {
      expect(decodeFailureMessage(line)).toBeUndefined();
    },
  );
});
