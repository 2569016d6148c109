import { describe, expect, it } from "@jest/globals";
import { makeSecrets } from "./secrets.js";

describe("the secrets of a job", () => {
  it("are one token on loopback, another for each job", async () => {
    const jobs = await Promise.all([1, 2].map(() => makeSecrets({ size: 2, isSecure: false })));
    const tokens = jobs.map(({ coordinator, launchOf }) => {
      expect([launchOf(0), launchOf(1)]).toEqual([coordinator, coordinator]);
      return coordinator.token;
    });
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(Buffer.from(token, "base64url")).toHaveLength(32);
  });

  it("come with where each rank listens, and with what the user said", async () => {
    const listenOn = (rank: number) => ({ host: `10.0.0.${rank}` });
    const { launchOf } = await makeSecrets({ size: 2, isSecure: false, insecure: true, listenOn });
    expect(launchOf(1)).toMatchObject({ insecure: true, listenOn: { host: "10.0.0.1" } });
    expect(launchOf(1)).not.toHaveProperty("secure");
  });
});
