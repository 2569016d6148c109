/**
 * tsrun's side of an agent: starts what leads to it, makes sure that it is of the same kolo and Node,
 * lets it prepare the job, and then starts ranks there. Once it is ready, the loss of the connection
 * is the loss of all its ranks.
 */
import { type Clock, type Environment, type ErrorWire } from "@kolo/core";
import { type ChannelEnd, type FrameChannel, openFrameChannel } from "../agent/frame-channel.js";
import { type Frame, FrameReader, type NoticeKind, notices } from "../agent/frame.js";
import { GreetingFinder } from "../agent/greeting.js";
import {
  type Clocked,
  encodeJson,
  type Hello,
  type Prepare,
  readClocks,
  readJson,
  type Ready,
  type SpawnOrder,
} from "../agent/messages.js";
import { type ProbeOrder, type ProbeReply } from "../doctor/probe-messages.js";
import { type RankProcess } from "../ranks/spawn-rank.js";
import { type RankEvents } from "../ranks/start-rank.js";
import { type AgentProcess, startAgentProcess } from "./agent-process.js";
import { ClockKeeper } from "./clock-keeper.js";
import { clockOffsets, type ClockOffsets } from "./clock-offsets.js";
import { HostError, type HostProblem, lostWire } from "./host-error.js";
import { incompleteProblem, mismatch, startProblem } from "./host-problems.js";
import { type ArrivingPart } from "./remote-part.js";
import { isRankNotice, type RemoteRank, remoteRank } from "./remote-rank.js";

export interface AgentOptions {
  /** As the user wrote it. */
  readonly host: string;
  /** Program and arguments: ssh, mostly. */
  readonly command: readonly string[];
  /** What that is called with. */
  readonly environment: Environment;
  readonly prepare: Prepare;
  readonly koloVersion: string;
  readonly clock: Clock;
  /** How long the host may take to be ready. */
  readonly timeoutMs: number;
  /** Gives up a host that is not ready yet. */
  readonly signal?: AbortSignal;
  /** Whether any other host was heard of lately; undefined where there is none. Default: that. */
  readonly othersHeard?: () => boolean | undefined;
}

export interface AgentConnection {
  readonly host: string;
  readonly hello: Hello;
  readonly ready: Ready;
  /** At the start. */
  readonly clocks: ClockOffsets;
  /** Ever since. */
  readonly clock: ClockKeeper;
  readonly startRank: (rank: number, order: SpawnOrder, events: RankEvents) => RankProcess;
  /** Asks for a rank's part of a timeline, whose path there this is; when the rank has ended. */
  readonly collect: (rank: number, file: string) => ArrivingPart | undefined;
  /** Tests a link of that host. Never rejects. */
  readonly probe: (order: ProbeOrder) => Promise<ProbeReply>;
  /** For how long nothing has been heard of it. */
  readonly silentMs: () => number;
  /** Ends what still runs there, and the connection. Resolves when the way to it is closed. */
  readonly close: () => Promise<void>;
}

/** After the end of its input, an agent may take 3 s to end its ranks. */
const closeTimeoutMs = 5000;

/** Rejects with a HostError. */
export async function connectAgent(options: AgentOptions): Promise<AgentConnection> {
  const { host, clock, timeoutMs, signal } = options;
  const givenUp = "given up, since tsrun was told to end";
  if (signal?.aborted === true) {
    throw new HostError({ host, code: "host_unreachable", summary: givenUp, details: [] });
  }
  const link = startAgentProcess(options.command, options.environment, clock);
  const agent = new Agent(options, link);
  const giveUp = (summary: string): void => {
    agent.fail({ host, code: "host_unreachable", summary, details: link.words() });
  };
  const cancel = clock.after(timeoutMs, () => {
    giveUp(`not ready within ${timeoutMs / 1000} s (--start-timeout)`);
  });
  const onAbort = (): void => {
    giveUp(givenUp);
  };
  signal?.addEventListener("abort", onAbort);
  // The clock's timers alone would let Node end.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  try {
    return await agent.ready;
  } finally {
    clearInterval(keepAlive);
    cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}

class Agent {
  readonly ready: Promise<AgentConnection>;
  readonly #options: AgentOptions;
  readonly #link: AgentProcess;
  readonly #channel: FrameChannel;
  readonly #greeting = new GreetingFinder();
  readonly #reader = new FrameReader(notices);
  readonly #ranks = new Map<number, RemoteRank>();
  readonly #clock: ClockKeeper;
  readonly #probes: ((reply: ProbeReply) => void)[] = [];
  #phase: "greeting" | "preparing" | "ready" | "over" = "greeting";
  #hello: Hello | undefined;
  #lost: ErrorWire | undefined;
  #asked = readClocks();
  #resolve: (connection: AgentConnection) => void = () => undefined;
  #reject: (error: HostError) => void = () => undefined;

  constructor(options: AgentOptions, link: AgentProcess) {
    this.#options = options;
    this.#link = link;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#clock = new ClockKeeper({
      clock: options.clock,
      ask: () => {
        this.#channel.send("clock");
      },
    });
    this.#channel = openFrameChannel({
      input: link.output,
      output: link.input,
      clock: options.clock,
      decode: (chunk) => {
        const frames = this.#greeting.push(chunk);
        return frames === undefined ? [] : this.#reader.push(frames);
      },
      onFrame: (frame) => {
        this.#take(frame);
      },
      onEnd: (end) => {
        void this.#ended(end);
      },
    });
  }

  /** Before it is ready: it will not be. Afterwards: its ranks are lost. */
  fail(problem: HostProblem): void {
    const phase = this.#phase;
    if (phase === "over") return;
    this.#phase = "over";
    this.#clock.close();
    this.#channel.close();
    this.#link.kill();
    if (phase === "ready") {
      this.#lost = lostWire(problem);
      for (const rank of this.#ranks.values()) rank.lose(this.#lost);
      const message = `host ${problem.host}: ${problem.summary}`;
      for (const tell of this.#probes) tell({ kind: "failed", code: problem.code, message });
    } else {
      this.#reject(new HostError(problem));
    }
  }

  #take(frame: Frame<NoticeKind>): void {
    const { host, prepare, koloVersion } = this.#options;
    if (this.#phase === "over" || frame.kind === "ping") return;
    if (frame.kind === "hello") {
      const hello = readJson(frame) as Hello;
      const problem = mismatch(host, hello, { koloVersion, nodeVersion: process.version });
      if (problem !== undefined) {
        this.fail(problem);
        return;
      }
      this.#hello = hello;
      this.#phase = "preparing";
      this.#channel.watch(prepare.silenceMs);
      this.#asked = readClocks();
      this.#channel.send("prepare", 0, encodeJson(prepare));
    } else if (frame.kind === "ready" && this.#hello !== undefined) {
      const ready = readJson(frame) as Ready;
      if (ready.missing.length > 0) {
        this.fail(incompleteProblem(host, ready.missing));
        return;
      }
      const clocks = clockOffsets(this.#asked, ready, readClocks());
      this.#phase = "ready";
      this.#clock.start();
      this.#resolve(this.#connection(this.#hello, ready, clocks));
    } else if (frame.kind === "probed") {
      this.#probes[frame.rank]?.(readJson(frame) as ProbeReply);
    } else if (frame.kind === "clocked") {
      this.#clock.take(readJson(frame) as Clocked);
    } else if (isRankNotice(frame)) {
      this.#ranks.get(frame.rank)?.take(frame);
    }
  }

  async #ended(end: ChannelEnd): Promise<void> {
    const { host, clock } = this.#options;
    if (this.#phase === "over") return;
    // As it is now: others may be given up for the same reason in a moment.
    const othersHeard = this.#options.othersHeard?.();
    // What is silent, or talks nonsense, would not end by itself.
    if (end.kind !== "ended") this.#link.kill();
    else this.#channel.close();
    const cancel = clock.after(closeTimeoutMs, () => {
      this.#link.kill();
    });
    const process = await this.#link.ended;
    cancel();
    const words = this.#link.words();
    this.fail(
      startProblem({
        host,
        phase:
          this.#phase === "greeting" ? "greeting" : this.#phase === "ready" ? "ready" : "preparing",
        end,
        process,
        command: this.#options.command,
        prepare: this.#options.prepare,
        words,
        noise: this.#greeting.noise,
        othersHeard,
      }),
    );
  }

  #connection(hello: Hello, ready: Ready, clocks: ClockOffsets): AgentConnection {
    const { host, clock } = this.#options;
    return {
      host,
      hello,
      ready,
      clocks,
      clock: this.#clock,
      collect: (rank, file) => this.#ranks.get(rank)?.collect(file),
      startRank: (rank, order, events) => {
        const remote = remoteRank(events, clock, (kind, payload) => {
          this.#channel.send(kind, rank, payload);
        });
        this.#ranks.set(rank, remote);
        const lost = this.#lost;
        // Not before whoever starts it has its process.
        if (lost === undefined) this.#channel.send("spawn", rank, encodeJson(order));
        else {
          queueMicrotask(() => {
            remote.lose(lost);
          });
        }
        return remote.process;
      },
      probe: (order) =>
        new Promise((resolve) => {
          if (this.#phase !== "ready") {
            resolve({ kind: "failed", code: "host_lost", message: `host ${host} is lost` });
            return;
          }
          this.#channel.send("probe", this.#probes.push(resolve) - 1, encodeJson(order));
        }),
      silentMs: () => this.#channel.silentMs,
      close: async () => {
        this.#phase = "over";
        this.#clock.close();
        this.#channel.close();
        const cancel = clock.after(closeTimeoutMs, () => {
          this.#link.kill();
        });
        await this.#link.ended;
        cancel();
      },
    };
  }
}
