/**
 * Where the coordinator's gRPC server gets its connections from: listeners of our own. gRPC's TLS
 * takes neither a minimum version nor a limit on handshakes, and tells nobody whom it has refused; and
 * without TLS, one who says nonsense and stays would keep gRPC's server open for ever.
 */
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import { type Clock, type Credentials, type RefusalLog, systemClock } from "@kolo/core";
import { bareListener, type Listener, SecureListener } from "@kolo/tls";
import { type Socket } from "node:net";

export interface OpenServerOptions {
  readonly host: string;
  readonly secure: Credentials | undefined;
  /** How many ranks there are. */
  readonly size: number;
  readonly clock: Clock;
  readonly refusals: RefusalLog;
}

export interface OpenServer {
  /** host:port. */
  readonly address: string;
  /** Resolves when all connections are closed; soon cuts those that are left. */
  close(): Promise<void>;
}

/** After this, connections that have not ended are cut. */
const closeTimeoutMs = 500;
/** Connections beside those of the ranks. */
const spareConnections = 64;

/** Throws `config_invalid` where it cannot listen. */
export async function openServer(server: Server, options: OpenServerOptions): Promise<OpenServer> {
  const { host, secure, size, clock, refusals } = options;
  // It speaks HTTP/2 on what it is given: TLS, where there is any, has been spoken by then.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const shared = {
    maxConnections: size + spareConnections,
    socketOptions: { noDelay: true, keepAlive: true },
    onConnection: (socket: Socket): void => {
      injector.injectConnection(socket);
    },
  };
  const listener: Listener =
    secure === undefined
      ? bareListener(shared)
      : new SecureListener({ ...shared, credentials: secure, protocol: "h2", clock, refusals });
  const { port } = await listener.listen(host);
  return {
    address: `${host.includes(":") ? `[${host}]` : host}:${port}`,
    close: async () => {
      const cancelTimeout = systemClock.after(closeTimeoutMs, () => {
        listener.cut();
      });
      await listener.close();
      cancelTimeout();
    },
  };
}
