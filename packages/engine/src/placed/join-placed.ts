/**
 * A rank that mpirun or srun has started itself, without a tsrun for all: its place is in the engine's
 * variables, and what a launcher would tell it comes from a meeting with the other ranks. The engine
 * takes tsrun's part in the rest: it carries output and ends the job when a rank fails.
 */
import { hostname, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import {
  chooseAddress,
  type EnginePlacement,
  fnv1a,
  forgetControlFd,
  hashHex,
  KoloError,
  type MeetingSettings,
  type RankEnvironment,
  reachedAtAddress,
  readMeetingSettings,
  readPlacement,
  readRankSettings,
  systemClock,
  worldOn,
} from "@kolo/core";
import { attendMeeting, MeetingFolder } from "@kolo/rendezvous";
import { koloVersion } from "../kolo-version.js";
import { ThreadHandle } from "../thread-handle.js";
import { startCoordinatorThread } from "./coordinator-handle.js";
import { endWithParent } from "./end-with-parent.js";

/**
 * Undefined where no engine has started this process. Resolves when the ranks have met.
 * Throws `config_invalid`, `rendezvous_timeout`.
 */
export async function joinPlaced(): Promise<ThreadHandle | undefined> {
  const placement = readPlacement(process.env);
  if (placement === undefined) return undefined;
  const settings = readRankSettings(process.env);
  const meeting = readMeetingSettings(process.env);
  // What this rank starts is no rank.
  forgetControlFd(process.env);
  const folder = new MeetingFolder(meetingPath(placement, meeting));
  const { rank, size } = placement;
  const { path } = folder;
  const coordinator =
    rank === 0
      ? startCoordinatorThread({
          ...{ placement, meeting, path, koloVersion: koloVersion() },
          logLevel: settings.logLevel,
        })
      : undefined;
  const close = (): void => {
    if (rank === 0) folder.close();
  };
  process.once("exit", close);
  const address = await ownAddress(meeting).catch((error: unknown) => {
    // On one host nobody needs it.
    if (isAlone(placement)) return undefined;
    throw error;
  });
  const greeting = { rank, size, host: hostname(), ...(address !== undefined && { address }) };
  // The clock's timers alone would let Node end.
  const keepAlive = setInterval(endWithParent(), 1000);
  try {
    const {
      launch,
      hosts,
      coordinator: at,
    } = await attendMeeting(folder, greeting, {
      clock: systemClock,
      // Who holds the meeting gives up first, and says whom it has missed.
      timeoutMs: meeting.limits.startTimeoutMs + 2000,
    });
    const environment: RankEnvironment = {
      ...settings,
      world: worldOn(hosts, rank),
      hosts,
      coordinator: at,
    };
    return new ThreadHandle(environment, {
      launch,
      ...(coordinator !== undefined && { coordinator }),
      onWorld: () => {
        close();
        process.off("exit", close);
      },
    });
  } finally {
    clearInterval(keepAlive);
  }
}

function isAlone({ size, localSize }: EnginePlacement): boolean {
  return size === localSize;
}

/** Throws `config_invalid` where the engine has no name for the job. */
export function meetingPath(placement: EnginePlacement, meeting: MeetingSettings): string {
  const { engine, size, jobId = meeting.job } = placement;
  if (jobId === undefined) {
    throw new KoloError(
      "config_invalid",
      "expected the engine to have a name for this job, by which its ranks find each other; give it one " +
        "of your own, alike for all ranks: KOLO_JOB",
    );
  }
  const folder = meeting.sharedDirectory ?? (isAlone(placement) ? tmpdir() : process.cwd());
  return join(folder, `.kolo-${engine}-${hashHex(fnv1a(`${engine} ${jobId} ${size}`))}`);
}

/** Undefined where neither the engine nor the user says. Throws where the user names no interface. */
async function ownAddress({
  networkInterfaces: names,
}: MeetingSettings): Promise<string | undefined> {
  const reached = await reachedAtAddress(process.env);
  if (reached === undefined || names.length === 0) return reached;
  const own = networkInterfaces();
  return chooseAddress(reached, names.find((name) => own[name] !== undefined) ?? names[0]);
}
