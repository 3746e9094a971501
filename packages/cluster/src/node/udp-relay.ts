import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Backend } from './backend-choice.ts';
import type { Relay, RelayOptions } from './tcp-relay.ts';

/** A client that was silent for this long is forgotten; its next datagram may go elsewhere. */
export const UDP_IDLE_MS = 30_000;

interface Session {
  readonly socket: Socket;
  readonly backend: Backend;
  timer: NodeJS.Timeout;
}

/** Passes datagrams on: each client has a socket of its own, so that answers find their way back. */
class UdpRelay implements Relay {
  readonly ready: Promise<void>;
  readonly #options: RelayOptions;
  readonly #socket = createSocket('udp4');
  readonly #sessions = new Map<string, Session>();
  #listens = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.ready = new Promise((resolve) => {
      this.#socket.on('error', (error) => {
        options.onError(error);
        resolve();
      });
      this.#socket.bind({ address: options.host, port: options.port, exclusive: true }, () => {
        this.#listens = true;
        resolve();
      });
    });
    this.#socket.on('message', (message, from) => this.#forward(message, from));
  }

  isListening(): boolean {
    return this.#listens;
  }

  async close(): Promise<void> {
    this.#listens = false;
    for (const client of this.#sessions.keys()) this.#forget(client);
    await new Promise<void>((resolve) => {
      try {
        this.#socket.close(() => resolve());
      } catch {
        // It never was open: its error has been told.
        resolve();
      }
    });
  }

  #forward(message: Buffer, from: RemoteInfo): void {
    const client = `${from.address}:${from.port}`;
    const session = this.#sessions.get(client) ?? this.#open(client, from);
    if (session === undefined) return;
    clearTimeout(session.timer);
    session.timer = this.#idleTimer(client);
    const { host, port } = session.backend;
    session.socket.send(message, port, host, () => undefined);
  }

  #idleTimer(client: string): NodeJS.Timeout {
    return setTimeout(() => this.#forget(client), UDP_IDLE_MS).unref();
  }

  #open(client: string, from: RemoteInfo): Session | undefined {
    const backend = this.#options.choice.choose(from.address, performance.now());
    // Datagrams may be lost: nothing ready, or too many clients, looks like that.
    if (backend === undefined || this.#sessions.size >= this.#options.limit) return undefined;
    const socket = createSocket('udp4');
    const session: Session = { socket, backend, timer: this.#idleTimer(client) };
    this.#sessions.set(client, session);
    socket.on('error', () => this.#forget(client));
    socket.on('message', (answer, source) => {
      // Only the backend answers; a stranger that guesses the port is not passed on.
      if (source.address !== backend.host || source.port !== backend.port) return;
      if (this.#listens) this.#socket.send(answer, from.port, from.address, () => undefined);
    });
    return session;
  }

  #forget(client: string): void {
    const session = this.#sessions.get(client);
    if (session === undefined) return;
    this.#sessions.delete(client);
    clearTimeout(session.timer);
    session.socket.close();
  }
}

/** Listens for datagrams and passes them on. */
export function startUdpRelay(options: RelayOptions): Relay {
  return new UdpRelay(options);
}
