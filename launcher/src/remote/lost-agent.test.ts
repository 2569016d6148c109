/** Agents that end, or can no longer be heard, and leave nothing. */
import { describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import { gone, isAlive, parentOf, said } from "../testing/processes.js";
import { loyal, shellAgents, startRank } from "./testing/shell-agents.js";

const { start } = shellAgents();

describe("an agent", () => {
  it("leaves nothing when the connection is closed, not even what ignores SIGTERM", async () => {
    const agent = await start(`
      process.on("SIGTERM", () => {});
      const child = require("child_process").spawn(
        process.execPath,
        ["-e", 'process.on("SIGTERM", () => {}); console.log(process.pid); setInterval(() => {}, 1e6)'],
        { stdio: "inherit" },
      );
    `);
    const { rank, pid } = startRank(agent);
    const [parent, child] = [await pid, Number(await said(rank.stdout))];
    const agentPid = parentOf(parent);
    await agent.close();
    expect([parent, child, agentPid].filter(isAlive)).toEqual([]);
  });

  it("is lost with its ranks when it is killed, and they end too", async () => {
    const agent = await start(`${loyal} console.log("ready");`);
    const ranks = [startRank(agent, 0), startRank(agent, 1)];
    await Promise.all(ranks.map(({ rank }) => said(rank.stdout)));
    const pids = await Promise.all(ranks.map(({ pid }) => pid));
    process.kill(parentOf(pids[0] ?? 0), "SIGKILL");
    for (const { rank, end } of ranks) {
      expect(await end).toEqual({
        lost: "[host_lost] host host-b: the connection to its agent ended: sh was killed by SIGKILL",
      });
      expect(rank.group.alive).toBe(false);
      if (!rank.stdout.readableEnded) await once(rank.stdout.resume(), "close");
    }
    await Promise.all(pids.map(gone));
  });

  it("answers every probe of a link, also when it is killed meanwhile, and afterwards", async () => {
    const agent = await start(`${loyal} console.log("ready");`);
    const { rank, pid } = startRank(agent);
    await said(rank.stdout);
    const token = "0".repeat(32);
    const host = "127.0.0.1";
    const listening = await agent.probe({ kind: "listen", host, token });
    expect(listening).toMatchObject({ kind: "listening", port: expect.any(Number) });
    const port = listening.kind === "listening" ? listening.port : 0;
    const order = { kind: "connect", host, port, token, withBandwidth: true } as const;
    const connect = { ...order, spread: [] };
    expect(await agent.probe(connect)).toMatchObject({ kind: "measured" });
    const meanwhile = agent.probe(connect);
    process.kill(parentOf(await pid), "SIGKILL");
    const lost = { kind: "failed", code: "host_lost" };
    expect(await meanwhile).toMatchObject(lost);
    expect(await agent.probe(connect)).toMatchObject(lost);
    await gone(await pid);
  });

  it("that is told to end by a signal ends its ranks, and says so", async () => {
    const agent = await start(`console.log("ready"); setInterval(() => {}, 1e6);`);
    const { rank, pid, end } = startRank(agent);
    await said(rank.stdout);
    process.kill(parentOf(await pid), "SIGTERM");
    expect(await end).toEqual({
      lost:
        "[host_lost] host host-b: the connection to its agent ended: sh exited with 1\n" +
        "  kolo's agent: ended by SIGTERM",
    });
    await gone(await pid);
    // A rank that is started too late is lost as well.
    expect(await startRank(agent, 1).end).toEqual(await end);
  });

  it("that is frozen is lost within the time of silence, and ends its ranks when it thaws", async () => {
    const agent = await start(`setInterval(() => {}, 1e6); console.log("ready");`, {
      prepare: { silenceMs: 1000 },
    });
    const { rank, pid, end } = startRank(agent);
    await said(rank.stdout);
    const [rankPid, agentPid] = [await pid, parentOf(await pid)];
    process.kill(agentPid, "SIGSTOP");
    expect(await end).toEqual({
      lost:
        "[host_lost] host host-b: the connection to its agent is lost: silent for 1 s, as a host " +
        "that is frozen or cut off from the network, unless it is this host that is cut off",
    });
    // It may be gone: what led to it was killed, which is the agent itself where there is no ssh.
    if (isAlive(agentPid)) process.kill(agentPid, "SIGCONT");
    await gone(agentPid);
    process.kill(-rankPid, "SIGKILL");
  });
});
