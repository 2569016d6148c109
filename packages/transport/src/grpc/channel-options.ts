import { type ChannelOptions } from "@grpc/grpc-js";
import { segmentHeaderBytes } from "../segment-codec.js";
import { pullRequestBytes } from "./pull-request.js";

/** Bytes that may be under way to a client that does not read, at least. */
const leastWindowBytes = 4 * 2 ** 20;

/** For the client, which receives segments: each dial has a connection of its own. */
export function clientOptions(segmentBytes: number): ChannelOptions {
  return {
    "grpc.max_receive_message_length": segmentBytes + segmentHeaderBytes,
    // The default of 64 KiB throttles; a window of a few segments keeps the sender busy.
    "grpc-node.flow_control_window": Math.max(leastWindowBytes, 4 * segmentBytes),
    "grpc.use_local_subchannel_pool": 1,
    // A stream of segments cannot be begun twice, and retries would buffer.
    "grpc.enable_retries": 0,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1000,
    // Peers are addresses: a proxy or a service configuration found in DNS has no business here.
    "grpc.enable_http_proxy": 0,
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_channelz": 0,
  };
}

/** For the server, which receives nothing but requests to pull. */
export const serverOptions: ChannelOptions = {
  "grpc.max_receive_message_length": pullRequestBytes,
  "grpc.max_concurrent_streams": 16,
  "grpc.enable_channelz": 0,
};
