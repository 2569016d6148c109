/**
 * What two ranks say to each other before segments flow, so that each knows that the other has the
 * token of the job; the token itself never travels.
 *
 *   serving side   greeting   "kolo.tcp", version, nonce
 *   dialling side  hello      the same, with who it is, whom it takes the other for, and a proof
 *   serving side   answer     status, and a proof of its own
 *
 * A proof is HMAC-SHA-256 under the token, over a label for the side and all that was said before it:
 * neither can be used again, in another connection or by the other side. All numbers are
 * little-endian words of 32 bits, all messages of fixed length.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type Caller } from "../decide-peer.js";

const magic = Buffer.from("kolo.tcp");
/** In place of a greeting, over TLS, to one whose certificate is refused. */
const refusalMagic = Buffer.from("kolo.not");
const version = 1;
const nonceBytes = 32;
const proofBytes = 32;
const prefixBytes = magic.length + 4;
const unprovenBytes = prefixBytes + 5 * 4 + nonceBytes;

export const greetingBytes = prefixBytes + nonceBytes;
export const helloBytes = unprovenBytes + proofBytes;
export const answerBytes = 4 + proofBytes;

/** Why a connection is refused; `accepted` is none. */
export const statuses = {
  accepted: 0,
  unauthenticated: 1,
  malformed: 2,
  "stale generation": 3,
  "second connection": 4,
  "another name": 5,
} as const;

export type Status = keyof typeof statuses;

/** Who dials. */
export interface Hello extends Caller {
  /** Who is dialled. */
  readonly peer: number;
}

export function makeGreeting(): Buffer {
  return Buffer.concat([prefix(), randomBytes(nonceBytes)]);
}

/** As long as a greeting: why there is none, as far as there is room. */
export function makeRefusal(reason: string): Buffer {
  // The code at its end says most.
  const [, code = reason] = /\((\w+)\)$/.exec(reason) ?? [];
  const refusal = Buffer.alloc(greetingBytes, " ");
  refusalMagic.copy(refusal);
  refusal.write(code, refusalMagic.length, "latin1");
  return refusal;
}

/** The reason in a refusal; undefined where this is none. */
export function readRefusal(greeting: Buffer): string | undefined {
  if (!greeting.subarray(0, refusalMagic.length).equals(refusalMagic)) return undefined;
  const text = greeting.toString("latin1", refusalMagic.length);
  return text.replace(/[^ -~]/g, "?").trim();
}

/** Whether a greeting or a hello is one of this protocol, in this version. */
export function isOurs(message: Buffer): boolean {
  return message.subarray(0, prefixBytes).equals(prefix());
}

export function makeHello(hello: Hello, greeting: Buffer, token: string): Buffer {
  const { rank, peer, generation, channel, channels } = hello;
  const numbers = words(rank, peer, generation, channel, channels);
  const unproven = Buffer.concat([prefix(), numbers, randomBytes(nonceBytes)]);
  return Buffer.concat([unproven, proof("dialling", token, [greeting, unproven])]);
}

export function readHello(hello: Buffer): Hello {
  const word = (index: number): number => hello.readUInt32LE(prefixBytes + 4 * index);
  return {
    ...{ rank: word(0), peer: word(1), generation: word(2) },
    ...{ channel: word(3), channels: word(4) },
  };
}

/** Whether who says hello to this greeting has the token. Takes as long for any wrong proof. */
export function provesToken(hello: Buffer, greeting: Buffer, token: string): boolean {
  const expected = proof("dialling", token, [greeting, hello.subarray(0, unprovenBytes)]);
  return timingSafeEqual(hello.subarray(unprovenBytes), expected);
}

/** Proves nothing to one who has not shown that it has the token. */
export function makeAnswer(status: Status, greeting: Buffer, hello: Buffer, token: string): Buffer {
  const word = words(statuses[status]);
  const shown =
    status === "accepted"
      ? proof("serving", token, [greeting, hello, word])
      : Buffer.alloc(proofBytes);
  return Buffer.concat([word, shown]);
}

/** What the answer says; undefined where it says nothing known, or lacks the proof. */
export function readAnswer(
  answer: Buffer,
  greeting: Buffer,
  hello: Buffer,
  token: string,
): Status | undefined {
  const word = answer.subarray(0, 4);
  const number = word.readUInt32LE(0);
  if (number === statuses.accepted) {
    const expected = proof("serving", token, [greeting, hello, word]);
    return timingSafeEqual(answer.subarray(4), expected) ? "accepted" : undefined;
  }
  const known = Object.keys(statuses) as Status[];
  return known.find((status) => statuses[status] === number);
}

function proof(side: "dialling" | "serving", token: string, said: readonly Buffer[]): Buffer {
  const hmac = createHmac("sha256", token).update(`kolo.tcp ${side}`);
  for (const message of said) hmac.update(message);
  return hmac.digest();
}

function prefix(): Buffer {
  return Buffer.concat([magic, words(version)]);
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
  return bytes;
}
