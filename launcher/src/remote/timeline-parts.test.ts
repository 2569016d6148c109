/** Parts of a timeline that lie on another host: how agents send them. */
import { describe, expect, it } from "@jest/globals";
import { tracePartIn } from "@kolo/core";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { windowBytes } from "../agent/flow.js";
import { gone, hashOf, parentOf, read, said } from "../testing/processes.js";
import { loyal, shellAgents, startRank } from "./testing/shell-agents.js";

const { start } = shellAgents();

describe("an agent", () => {
  it("sends a rank's part of a timeline, as far as it is read, and removes it", async () => {
    const agent = await start("");
    const { end } = startRank(agent);
    await end;
    const { partsFolder } = agent.ready;
    const parts = ["/a.json", "/b.json"].map((file) => tracePartIn(partsFolder, file, 0));
    mkdirSync(partsFolder);
    for (const part of parts) writeFileSync(part, Buffer.alloc(4 << 20, part));
    for (const [index, file] of ["/a.json", "/b.json"].entries()) {
      const part = agent.collect(0, file);
      if (part === undefined) throw new Error("expected a part");
      await once(part.bytes, "readable");
      // Everything that there is credit for has come when this has been there and back.
      await agent.clock.measure();
      expect(part.bytes.readableLength).toBeLessThan(2 * windowBytes);
      const sent = createHash("sha256").update(Buffer.alloc(4 << 20, parts[index]));
      expect(await hashOf(part.bytes)).toBe(sent.digest("hex"));
      expect(await part.lacking).toBeUndefined();
    }
    expect(readdirSync(partsFolder)).toEqual([]);
    const nothing = agent.collect(0, "/never.json");
    expect([await read(nothing?.bytes ?? Readable.from([])), await nothing?.lacking]).toEqual([
      "",
      undefined,
    ]);
    await agent.close();
    expect(existsSync(partsFolder)).toBe(false);
  });

  it("says why a part of a timeline could not be read, or did not come whole", async () => {
    const agent = await start(`${loyal} console.log("ready");`);
    const { rank, pid } = startRank(agent);
    await said(rank.stdout);
    const { partsFolder } = agent.ready;
    mkdirSync(tracePartIn(partsFolder, "/a.json", 0), { recursive: true });
    const unreadable = agent.collect(0, "/a.json");
    expect(await unreadable?.lacking).toMatch(/EISDIR/);
    writeFileSync(tracePartIn(partsFolder, "/b.json", 0), Buffer.alloc(4 << 20));
    const cut = agent.collect(0, "/b.json");
    if (cut === undefined) throw new Error("expected a part");
    await once(cut.bytes, "readable");
    process.kill(parentOf(await pid), "SIGKILL");
    expect(await cut.lacking).toMatch(/host_lost/);
    expect((await read(cut.bytes)).length).toBeGreaterThan(0);
    expect(await agent.collect(0, "/b.json")?.lacking).toMatch(/host_lost/);
    await agent.clock.measure();
    await gone(await pid);
    rmSync(partsFolder, { recursive: true });
  });
});
