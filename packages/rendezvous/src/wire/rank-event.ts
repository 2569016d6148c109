import { isDType, KoloError } from "@kolo/core";
import { type ManifestEntry, type TrainingProgress } from "../messages.js";
import { decodeError, encodeError } from "./error-message.js";
import { type RankEvent } from "./events.js";
import {
  type ManifestEntryObject,
  present,
  type RankEventObject,
  type TrainingProgressObject,
} from "./proto-objects.js";

export function encodeRankEvent(event: RankEvent): RankEventObject {
  switch (event.kind) {
    case "register":
      return { register: event.registration };
    case "heartbeat":
      return { heartbeat: { progress: event.progress, statistics: event.statistics } };
    case "manifest":
      return { manifest: { sequence: event.sequence, entries: event.entries } };
    case "progress":
      return { progress: encodeProgress(event.progress) };
    case "failure":
      return { failure: { error: encodeError(event.error) } };
    case "leave": {
      const { statistics, submitted, completed } = event;
      return { leave: { statistics, submitted, completed } };
    }
  }
}

/** Throws `message_invalid` where the event is not one. */
export function decodeRankEvent(object: RankEventObject): RankEvent {
  const { register, heartbeat, manifest, progress, failure, leave } = object;
  if (register !== undefined) {
    const { rank, address, host, pid, koloVersion, nodeVersion, transport } = register;
    const registration = { rank, address, host, pid, koloVersion, nodeVersion, transport };
    return { kind: "register", registration };
  }
  if (heartbeat !== undefined) {
    return {
      kind: "heartbeat",
      progress: present(heartbeat.progress, "the progress of a heartbeat"),
      statistics: present(heartbeat.statistics, "the statistics of a heartbeat"),
    };
  }
  if (manifest !== undefined) {
    const { sequence, entries } = manifest;
    return { kind: "manifest", sequence, entries: entries.map(decodeEntry) };
  }
  if (progress !== undefined) return { kind: "progress", progress: decodeProgress(progress) };
  if (failure !== undefined) {
    return {
      kind: "failure",
      error: decodeError(present(failure.error, "the error of a failure")),
    };
  }
  if (leave !== undefined) {
    const { submitted, completed } = leave;
    const statistics = present(leave.statistics, "the statistics of a rank that leaves");
    return { kind: "leave", statistics, submitted, completed };
  }
  throw new KoloError("message_invalid", "expected an event of a rank, got an empty one");
}

function decodeEntry({ name, shape, dtype }: ManifestEntryObject): ManifestEntry {
  if (isDType(dtype)) return { name, shape, dtype };
  throw new KoloError(
    "message_invalid",
    `expected parameter "${name.slice(0, 120)}" to be float32 or int32, got ${dtype.slice(0, 40)}`,
  );
}

function encodeProgress(progress: TrainingProgress): TrainingProgressObject {
  const metrics = progress.metrics.map(([name, value]) => ({ name, value }));
  return { ...progress, metrics };
}

function decodeProgress(progress: TrainingProgressObject): TrainingProgress {
  const metrics = progress.metrics.map(({ name, value }) => [name, value] as const);
  return { ...progress, metrics };
}
