/** What tests ask of processes, and hear from them. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type Readable } from "node:stream";

export function isAlive(pid: number): boolean {
  try {
    // Dead but not yet reaped by whoever inherited it: as good as gone.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

export function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Everything until it ends. */
export async function read(stream: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** SHA-256, in hexadecimal digits, of everything until it ends. */
export async function hashOf(stream: Readable): Promise<string> {
  const sum = createHash("sha256");
  for await (const chunk of stream) sum.update(chunk as Buffer);
  return sum.digest("hex");
}

/** What comes next, without the space around it: a line, where that was written in one piece. */
export async function said(stream: Readable): Promise<string> {
  const [chunk] = (await once(stream, "data")) as [Buffer];
  return chunk.toString().trim();
}
