import { describe, expect, it } from "@jest/globals";
import { checkListenOn, isLoopback } from "./index.js";

const pem = "-----BEGIN SOMETHING-----\n";
const secure = { job: "a", key: pem, certificate: pem, authority: pem };

describe("where something may listen", () => {
  it.each(["127.0.0.1", "127.8.0.2", "::1", "localhost"])("is %s with a token alone", (host) => {
    expect(isLoopback(host)).toBe(true);
    checkListenOn("it", { host }, {});
  });

  it.each(["0.0.0.0", "::", "192.168.0.1", "127.example.org", "fe80::1", "localhost.example"])(
    "is %s only with certificates, or where the user said so",
    (host) => {
      expect(() => {
        checkListenOn("it", { host }, {});
      }).toThrow(/\[config_invalid\].*--insecure/);
      checkListenOn("it", { host }, { secure });
      checkListenOn("it", { host }, { insecure: true });
    },
  );
});
