/**
 * gRPC's words in HTTP/2, as far as a pull needs them. Both ends are node:http2 itself, since what
 * grpc-js puts on top copies every message twice and makes garbage of it; any gRPC client may call.
 *
 * Source: grpc/grpc, doc/PROTOCOL-HTTP2.md.
 */
import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { authorizationKey, bearerOf } from "@kolo/core";
import { grpcStatus, type Refusal } from "./grpc-status.js";

/** The method of proto/segment.proto. */
export const pullPath = "/kolo.segments.v1.Segments/Pull";
const contentType = "application/grpc+proto";

export function requestHeaders(token: string, scheme = "http"): OutgoingHttpHeaders {
  return {
    [constants.HTTP2_HEADER_SCHEME]: scheme,
    [constants.HTTP2_HEADER_METHOD]: constants.HTTP2_METHOD_POST,
    [constants.HTTP2_HEADER_PATH]: pullPath,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: contentType,
    [constants.HTTP2_HEADER_TE]: "trailers",
    [authorizationKey]: bearerOf(token),
  };
}

/** Why this is no call of the method, or undefined. */
export function refuseCall(headers: IncomingHttpHeaders): Refusal | undefined {
  const path = headers[constants.HTTP2_HEADER_PATH];
  const type = String(headers[constants.HTTP2_HEADER_CONTENT_TYPE]);
  if (path === pullPath && type.startsWith("application/grpc")) return undefined;
  return { code: grpcStatus.unimplemented, details: `expected a gRPC call of ${pullPath}` };
}

export const acceptingHeaders: OutgoingHttpHeaders = {
  [constants.HTTP2_HEADER_STATUS]: constants.HTTP_STATUS_OK,
  [constants.HTTP2_HEADER_CONTENT_TYPE]: contentType,
};

export const endingTrailers: OutgoingHttpHeaders = { "grpc-status": grpcStatus.ok };

export function refusingHeaders({ code, details }: Refusal): OutgoingHttpHeaders {
  return { ...acceptingHeaders, "grpc-status": code, "grpc-message": encodeURI(details) };
}

/** How the call ended, where these headers or trailers say so. */
export function statusIn(headers: IncomingHttpHeaders): Refusal | undefined {
  const code = headers["grpc-status"];
  if (code !== undefined) {
    return { code: Number(code), details: decoded(String(headers["grpc-message"] ?? "")) };
  }
  const http = headers[constants.HTTP2_HEADER_STATUS];
  if (http === undefined || Number(http) === constants.HTTP_STATUS_OK) return undefined;
  return { code: grpcStatus.unknown, details: `HTTP status ${String(http)}` };
}

function decoded(details: string): string {
  try {
    return decodeURIComponent(details);
  } catch {
    return details;
  }
}
