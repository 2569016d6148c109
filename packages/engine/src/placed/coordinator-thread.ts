/**
 * Entry of the thread that coordinates a job whose ranks an engine has started: beside rank 0, which may
 * block or compute for long. Holds the meeting, makes the secrets, invites, and coordinates until the
 * world has said farewell or has failed; then it says that it is closed and ends.
 */
import { hostname } from "node:os";
import { workerData } from "node:worker_threads";
import { createLogger, isKoloError, KoloError, type ListenOn, systemClock } from "@kolo/core";
import {
  type Coordinator,
  gather,
  type Guest,
  makeSecrets,
  MeetingFolder,
  startCoordinator,
} from "@kolo/rendezvous";
import { hostsOf } from "./hosts-of.js";
import { stderrWrite } from "../stderr-logger.js";
import { type CoordinatorData, type RankZeroMessage } from "./coordinator-messages.js";

const { placement, meeting, path, koloVersion, logLevel, port, closed } =
  workerData as CoordinatorData;
const { size } = placement;
const { insecure, limits } = meeting;
const closedWord = new Int32Array(closed);
const logger = createLogger(logLevel, stderrWrite);
let coordinator: Coordinator | undefined;

process.on("uncaughtException", (error: unknown) => {
  logger.error(`the coordinator failed: ${error instanceof Error ? (error.stack ?? "") : ""}`);
  end();
});
// The pending meeting and streams would do; this also holds it while nothing else does.
setInterval(() => undefined, 2 ** 30);
port.on("message", ({ exitCode }: RankZeroMessage) => {
  coordinator?.rankExited(0, { exitCode, signal: null });
  if (coordinator === undefined) end();
});
void hold();

async function hold(): Promise<void> {
  const folder = new MeetingFolder(path);
  const waits = { clock: systemClock, timeoutMs: limits.startTimeoutMs };
  let guests: readonly Guest[];
  try {
    guests = await gather(folder, size, waits);
  } catch (error) {
    // Those who came have been told, rank 0 among them.
    if (!isKoloError(error)) throw error;
    end();
    return;
  }
  try {
    await invite(guests);
  } catch (error) {
    for (const guest of guests) guest.refuse(asKoloError(error));
    end();
  }
}

async function invite(guests: readonly Guest[]): Promise<void> {
  const hosts = hostsOf(guests);
  const isAbroad = hosts.some((host) => host > 0);
  const places = isAbroad ? guests.map(placeOf) : [];
  const [first] = places;
  const secrets = await makeSecrets({
    size,
    isSecure: isAbroad && !insecure,
    ...(isAbroad && insecure && { insecure }),
    ...(first !== undefined && { listenOn: (rank: number) => places[rank] ?? first }),
  });
  if (isAbroad && insecure) {
    logger.warn("KOLO_INSECURE: whoever is on the network can read gradients, and take part");
  }
  const started = await startCoordinator({
    ...{ size, koloVersion, clock: systemClock, logger, limits, insecure: isAbroad && insecure },
    ...secrets.coordinator,
    ...(first !== undefined && { listenOn: first }),
    listener: {
      onProgress: () => undefined,
      onWarning: (text) => {
        logger.warn(text);
      },
      onFailure: (cause) => {
        logger.info(`the job failed: ${cause.error.message}`);
        setImmediate(end);
      },
      onFarewell: () => {
        setImmediate(end);
      },
    },
  });
  coordinator = started;
  for (const [rank, guest] of guests.entries()) {
    guest.invite({ hosts, coordinator: started.address, launch: secrets.launchOf(rank) });
  }
}

function placeOf({ rank, host, address }: Guest): ListenOn {
  if (address !== undefined) return { host: address };
  throw new KoloError(
    "config_invalid",
    `expected rank ${rank} on ${host} to know an address of its own that other hosts reach; name its ` +
      "interface in KOLO_NETWORK_INTERFACE",
    { rank, host },
  );
}

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  const say = (): void => {
    Atomics.store(closedWord, 0, 1);
    Atomics.notify(closedWord, 0);
    process.exit(0);
  };
  // What was sent leaves first.
  if (coordinator === undefined) say();
  else void coordinator.close().then(say, say);
}

function asKoloError(error: unknown): KoloError {
  if (isKoloError(error)) return error;
  return new KoloError("internal", `the coordinator on ${hostname()} failed`, { cause: error });
}
