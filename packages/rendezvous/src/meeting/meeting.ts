/**
 * How ranks that an engine has started come to know each other. Every rank lays a word of greeting into
 * the meeting's folder; whoever holds the meeting, beside rank 0, waits for all of them and answers each
 * with an invitation to the job: where everybody runs, where the coordinator is, and this rank's secrets.
 *
 *   rank-3.hello       who I am, where I run, and a number drawn for this
 *   rank-3.invitation  the same number, so that nobody takes an answer to another for its own
 *
 * A rank takes its invitation away as it reads it; the folder goes when the world is formed, or with
 * rank 0. Where a job of that name was killed while it met (and begins again under its old name, as
 * Slurm requeues jobs), words are left: whoever holds the meeting removes all there are at first, and
 * ranks whose greeting is gone greet again. Nobody tells when a file has come on a file system of
 * another host: all there is, is looking.
 */
import { randomBytes } from "node:crypto";
import {
  type Clock,
  decodeLaunchMessage,
  encodeControlLine,
  type ErrorWire,
  fromWire,
  KoloError,
  type LaunchMessage,
  toWire,
} from "@kolo/core";
import { type MeetingFolder } from "./meeting-folder.js";

/** Between two looks. */
const lookMs = 50;

/** Who a rank is. */
export interface Greeting {
  readonly rank: number;
  readonly size: number;
  readonly host: string;
  /** Where other hosts reach this one; absent: it does not know. */
  readonly address?: string;
}

export interface Invitation {
  /** The host (crossRank) of each rank. */
  readonly hosts: readonly number[];
  /** host:port. */
  readonly coordinator: string;
  readonly launch: LaunchMessage;
}

export interface MeetingLimits {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

interface Hello extends Greeting {
  readonly nonce: string;
}

/** As it is written; `launch` is as on a control pipe. */
type Answer = { readonly nonce: string } & (
  | { readonly failure: ErrorWire }
  | { readonly hosts: readonly number[]; readonly coordinator: string; readonly launch: string }
);

const helloOf = (rank: number): string => `rank-${rank}.hello`;
const answerTo = (rank: number): string => `rank-${rank}.invitation`;
const isWord = (name: string): boolean => /^rank-\d+\.(hello|invitation)$/.test(name);

/**
 * Greets and waits to be invited. Throws `rendezvous_timeout` where nobody answers in time, what the
 * one who holds the meeting failed of, and `config_invalid` where the folder is of no use.
 */
export async function attendMeeting(
  folder: MeetingFolder,
  greeting: Greeting,
  { clock, timeoutMs }: MeetingLimits,
): Promise<Invitation> {
  const { rank } = greeting;
  const nonce = randomBytes(16).toString("hex");
  const hello: Hello = { ...greeting, nonce };
  folder.write(helloOf(rank), hello);
  const endMs = clock.now() + timeoutMs;
  for (;;) {
    const answer = folder.read(answerTo(rank)) as Answer | undefined;
    if (answer?.nonce === nonce) {
      folder.remove(answerTo(rank));
      folder.remove(helloOf(rank));
      if ("failure" in answer) throw fromWire(answer.failure);
      return { ...answer, launch: decodeLaunchMessage(answer.launch) };
    }
    if (clock.now() >= endMs) {
      folder.remove(helloOf(rank));
      throw new KoloError(
        "rendezvous_timeout",
        `expected rank 0 to answer rank ${rank} in ${folder.path} within ${timeoutMs / 1000} s; has it ` +
          "called kolo.init(), and do all hosts see this folder? Another one: --shared-directory, or " +
          "KOLO_SHARED_DIRECTORY",
        { rank },
      );
    }
    folder.keep(helloOf(rank), hello);
    await pause(clock);
  }
}

/** Waits for all. Throws `rendezvous_timeout`, naming who is missing. */
export async function gather(
  folder: MeetingFolder,
  size: number,
  { clock, timeoutMs }: MeetingLimits,
): Promise<readonly Guest[]> {
  folder.removeAll(isWord);
  const endMs = clock.now() + timeoutMs;
  const guests = new Map<number, Guest>();
  for (;;) {
    for (let rank = 0; rank < size; rank += 1) {
      if (guests.has(rank)) continue;
      const hello = folder.read(helloOf(rank)) as Hello | undefined;
      if (hello !== undefined) guests.set(rank, guestOf(folder, hello));
    }
    const ranks = Array.from({ length: size }, (_, rank) => rank);
    const missing = ranks.filter((rank) => !guests.has(rank));
    if (missing.length === 0) return ranks.flatMap((rank) => guests.get(rank) ?? []);
    if (clock.now() >= endMs) {
      const error = new KoloError(
        "rendezvous_timeout",
        `expected ${size} ranks in ${folder.path} within ${timeoutMs / 1000} s, got ${guests.size}; ` +
          `missing: ${missing.slice(0, 16).join(", ")}. Have they called kolo.init(), and do all hosts ` +
          "see this folder? Another one: --shared-directory, or KOLO_SHARED_DIRECTORY",
      );
      for (const guest of guests.values()) guest.refuse(error);
      throw error;
    }
    await pause(clock);
  }
}

export interface Guest extends Greeting {
  invite(invitation: Invitation): void;
  refuse(error: KoloError): void;
}

function guestOf(folder: MeetingFolder, { nonce, ...greeting }: Hello): Guest {
  const answer = (what: Answer): void => {
    folder.write(answerTo(greeting.rank), what);
  };
  return {
    ...greeting,
    invite: ({ launch, ...invitation }) => {
      answer({ ...invitation, nonce, launch: encodeControlLine(launch) });
    },
    refuse: (error) => {
      answer({ nonce, failure: toWire(error) });
    },
  };
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(lookMs, resolve));
}
