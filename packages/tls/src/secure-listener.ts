/**
 * Lets in whoever shows a certificate of the job, and nobody else. Strangers may connect as often as
 * they like and say what they like, or nothing: each is cut off when its time is up, the oldest when
 * there are too many at once, and each kind is logged once, with the address and the reason.
 *
 * Which rank a certificate must name is not known before the caller has said who it is: whoever
 * takes the connection checks that (`SecureCaller.name`, core's checkPeerName).
 */
import { once } from "node:events";
import { constants } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import {
  createServer as createSecureServer,
  type Server as TlsServer,
  type TLSSocket,
} from "node:tls";
import { type Clock, type Credentials, KoloError, type RefusalLog } from "@kolo/core";
import { type Listener, type SocketOptions } from "./bare-listener.js";
import { certificateTrouble } from "./certificate-trouble.js";
import { placeOf } from "./place-of.js";
import { tlsOptions } from "./tls-options.js";

/** From connecting to having shown a certificate. */
export const handshakeTimeoutMs = 10_000;
/** For who is refused to hear why. */
const farewellTimeoutMs = 1000;
/** Handshakes at a time. */
export const mostHandshakes = 64;

export interface SecureCaller {
  /** host:port. */
  readonly place: string;
  /** Subject alternative name of its certificate. */
  readonly name: string | undefined;
}

export interface SecureListenerOptions {
  readonly credentials: Credentials;
  /** What is spoken inside, as ALPN names it: a caller must offer it. */
  readonly protocol?: string;
  /** Connections with a certificate of the job, at a time. */
  readonly maxConnections: number;
  readonly socketOptions: SocketOptions;
  readonly clock: Clock;
  readonly refusals: RefusalLog;
  /** What a caller is told whose certificate is refused; such a one has spoken TLS at least. */
  readonly farewell?: (reason: string) => Buffer;
  readonly onConnection: (socket: TLSSocket, caller: SecureCaller) => void;
}

export class SecureListener implements Listener {
  readonly #options: SecureListenerOptions;
  readonly #server: Server;
  readonly #tls: TlsServer;
  /** Who is shaking hands, by both ends of the connection, oldest first. */
  readonly #handshakes = new Map<
    string,
    { readonly socket: Socket; readonly cancel: () => void }
  >();
  readonly #sockets = new Set<Socket>();

  constructor(options: SecureListenerOptions) {
    this.#options = options;
    const { credentials, protocol, refusals, maxConnections, socketOptions } = options;
    this.#tls = createSecureServer({
      ...tlsOptions(credentials),
      ...(protocol !== undefined && { ALPNProtocols: [protocol] }),
      requestCert: true,
      // Refused in #enter: node:tls would close the connection without a word to anyone.
      rejectUnauthorized: false,
      // Who resumes a session shows no certificate, and OpenSSL then finds nothing wrong with it.
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    this.#tls.on("secureConnection", (socket) => {
      this.#enter(socket);
    });
    this.#tls.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
      // Who leaves is no danger, and port scanners do nothing else.
      if (error.code !== "ECONNRESET") {
        refusals.note(placeOf(socket), certificateTrouble(error.code ?? error.message));
      }
      socket.destroy();
    });
    this.#server = createServer(socketOptions, (socket) => {
      this.#shakeHands(socket);
    });
    this.#server.maxConnections = maxConnections + mostHandshakes;
    this.#server.on("drop", () => {
      refusals.note(undefined, `there are ${this.#server.maxConnections} connections already`);
    });
  }

  async listen(host: string): Promise<AddressInfo> {
    try {
      this.#server.listen(0, host);
      await once(this.#server, "listening");
    } catch (error) {
      throw new KoloError("config_invalid", `cannot listen on ${host}`, { cause: error });
    }
    return this.#server.address() as AddressInfo;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const { socket } of this.#handshakes.values()) socket.destroy();
    await closed;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #shakeHands(socket: Socket): void {
    const { clock, refusals } = this.#options;
    const place = placeOf(socket);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#forget(socket);
    });
    // One that is gone already has no ends.
    if (place === undefined) {
      socket.destroy();
      return;
    }
    const cancel = clock.after(handshakeTimeoutMs, () => {
      refusals.note(place, `expected a certificate within ${handshakeTimeoutMs} ms`);
      socket.destroy();
    });
    this.#sockets.add(socket);
    this.#handshakes.set(endsOf(socket), { socket, cancel });
    const [oldest] = this.#handshakes.values();
    if (this.#handshakes.size > mostHandshakes && oldest !== undefined) {
      refusals.note(placeOf(oldest.socket), `${mostHandshakes} others are shaking hands, too`);
      this.#forget(oldest.socket);
      oldest.socket.destroy();
    }
    this.#tls.emit("connection", socket);
  }

  /** No longer among those that shake hands. */
  #forget(socket: Socket): void {
    for (const [key, handshake] of this.#handshakes) {
      if (handshake.socket !== socket) continue;
      this.#handshakes.delete(key);
      handshake.cancel();
    }
  }

  /** The handshake is over, and anybody can have got here: now the certificate counts. */
  #enter(socket: TLSSocket): void {
    const { clock, protocol, refusals, farewell, onConnection } = this.#options;
    socket.on("error", () => socket.destroy());
    const place = placeOf(socket);
    const handshake = this.#handshakes.get(endsOf(socket));
    if (handshake === undefined || place === undefined) {
      socket.destroy();
      return;
    }
    const reason = whyNot(socket, protocol);
    if (reason === undefined) {
      this.#forget(handshake.socket);
      onConnection(socket, { place, name: socket.getPeerCertificate().subjectaltname });
      return;
    }
    refusals.note(place, reason);
    if (farewell === undefined) {
      socket.destroy();
      return;
    }
    // Nothing that it says is read, and until it is gone it counts as one that shakes hands.
    handshake.cancel();
    const cut = clock.after(farewellTimeoutMs, () => socket.destroy());
    socket.on("close", cut);
    socket.end(farewell(reason));
  }
}

/** Why a caller is refused whatever it wants; undefined where it is one of the job. */
function whyNot(socket: TLSSocket, protocol: string | undefined): string | undefined {
  // Asked for first: `authorized` says no more than that OpenSSL had nothing to complain of.
  if (Object.keys(socket.getPeerCertificate()).length === 0) return "it has no certificate";
  // What node:tls types as an error is OpenSSL's code as text.
  const trouble: unknown = socket.authorizationError;
  if (!socket.authorized) return certificateTrouble(String(trouble));
  if (protocol === undefined || socket.alpnProtocol === protocol) return undefined;
  return `expected it to speak ${protocol}, got ${String(socket.alpnProtocol)}`;
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress ?? ""} ${remotePort ?? ""} ${localAddress ?? ""}`;
}
