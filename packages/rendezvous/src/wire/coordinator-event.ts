import { KoloError } from "@kolo/core";
import { type RootCause } from "../messages.js";
import { decodeError, encodeError } from "./error-message.js";
import { type CoordinatorEvent } from "./events.js";
import { type CoordinatorEventObject, present, type RootCauseObject } from "./proto-objects.js";

export function encodeCoordinatorEvent(event: CoordinatorEvent): CoordinatorEventObject {
  switch (event.kind) {
    case "world":
      return { world: { generation: event.generation, members: event.members } };
    case "manifest": {
      const { sequence, error } = event;
      return { manifest: { sequence, ...(error !== undefined && { error: encodeError(error) }) } };
    }
    case "abort":
      return { abort: { rootCause: encodeRootCause(event.rootCause) } };
    case "farewell":
      return { farewell: {} };
  }
}

/** Throws `message_invalid` where the event is not one. */
export function decodeCoordinatorEvent(object: CoordinatorEventObject): CoordinatorEvent {
  const { world, manifest, abort, farewell } = object;
  if (world !== undefined) {
    const { generation, members } = world;
    return { kind: "world", generation, members };
  }
  if (manifest !== undefined) {
    const error = manifest.error == null ? undefined : decodeError(manifest.error);
    return { kind: "manifest", sequence: manifest.sequence, error };
  }
  if (abort !== undefined) {
    const rootCause = decodeRootCause(present(abort.rootCause, "the root cause of an abort"));
    return { kind: "abort", rootCause };
  }
  if (farewell !== undefined) return { kind: "farewell" };
  throw new KoloError("message_invalid", "expected an event of the coordinator, got an empty one");
}

function encodeRootCause({ rank, host, error, exitCode }: RootCause): RootCauseObject {
  return { ...(rank !== undefined && { rank }), host, error: encodeError(error), exitCode };
}

function decodeRootCause({ rank, host, error, exitCode }: RootCauseObject): RootCause {
  return { rank, host, error: decodeError(present(error, "the error of a root cause")), exitCode };
}
