/** Errors on the wire. Long texts are cut, so that an event always fits the receive limit. */
import { type ErrorContext, type ErrorWire, koloErrorCodes } from "@kolo/core";
import { type ErrorContextObject, type ErrorObject } from "./proto-objects.js";

/** Characters of a message or a stack that travel. */
const maxTextLength = 32 * 1024;
const maxCauseDepth = 8;

export function encodeError(error: ErrorWire, depth = 0): ErrorObject {
  return {
    name: cut(error.name),
    message: cut(error.message),
    ...(error.stack !== undefined && { stack: cut(error.stack) }),
    ...(error.code !== undefined && { code: error.code }),
    ...(error.context !== undefined && { context: error.context }),
    ...(error.cause !== undefined &&
      depth < maxCauseDepth && { cause: encodeError(error.cause, depth + 1) }),
  };
}

/** An unknown code, from another version of kolo, is left out. */
export function decodeError(error: ErrorObject, depth = 0): ErrorWire {
  const code = koloErrorCodes.find((known) => known === error.code);
  return {
    name: cut(error.name),
    message: cut(error.message),
    ...(error.stack !== undefined && { stack: cut(error.stack) }),
    ...(code !== undefined && { code }),
    ...(error.context != null && { context: decodeContext(error.context) }),
    ...(error.cause != null &&
      depth < maxCauseDepth && { cause: decodeError(error.cause, depth + 1) }),
  };
}

function decodeContext(context: ErrorContextObject): ErrorContext {
  const { rank, peer, host, operation, generation } = context;
  return {
    ...(rank !== undefined && { rank }),
    ...(peer !== undefined && { peer }),
    ...(host !== undefined && { host: cut(host) }),
    ...(operation !== undefined && { operation: cut(operation) }),
    ...(generation !== undefined && { generation }),
  };
}

function cut(text: string): string {
  return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength)}…`;
}
