import { describe, expect, it } from "@jest/globals";
import { pretendedNetwork } from "./pretended-network.js";

describe("a pretended network", () => {
  it("are certificates only where the network is one, or a test pretends so", () => {
    expect(pretendedNetwork({})).toEqual({ isSecure: false });
    const { isSecure, listenOn } = pretendedNetwork({ KOLO_PRETEND_TLS: "1" });
    expect([isSecure, listenOn?.(0), listenOn?.(1)]).toEqual([
      true,
      { host: "127.0.0.2" },
      { host: "127.0.0.3" },
    ]);
  });
});
