/** How calls end, as far as pulls go. Source: grpc/grpc, doc/statuscodes.md. */
export const grpcStatus = {
  ok: 0,
  unknown: 2,
  invalidArgument: 3,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** A status and what the server says of it. */
export interface Refusal {
  readonly code: number;
  readonly details: string;
}
