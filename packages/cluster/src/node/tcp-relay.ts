import { connect, createServer, type Server, type Socket } from 'node:net';
import type { BackendChoice } from './backend-choice.ts';

/** A listening port of a Service. */
export interface Relay {
  /** Resolves when it listens or has failed. */
  readonly ready: Promise<void>;
  isListening(): boolean;
  close(): Promise<void>;
}

/** Where a relay listens and how it is bounded. */
export interface RelayOptions {
  readonly host: string;
  readonly port: number;
  readonly choice: BackendChoice;
  /** Connections, or clients by UDP, at one time. */
  readonly limit: number;
  readonly onError: (error: Error) => void;
}

function join(socket: Socket, upstream: Socket, sockets: Set<Socket>): void {
  for (const [one, other] of [
    [socket, upstream],
    [upstream, socket],
  ] as const) {
    sockets.add(one);
    one.on('close', () => {
      sockets.delete(one);
      other.destroy();
    });
    one.on('error', () => other.destroy());
  }
  socket.pipe(upstream);
  upstream.pipe(socket);
}

function forward(options: RelayOptions, sockets: Set<Socket>, socket: Socket): void {
  socket.on('error', () => socket.destroy());
  const backend = options.choice.choose(socket.remoteAddress ?? '', performance.now());
  if (backend === undefined || sockets.size >= options.limit * 2) {
    // Nothing ready stands behind the Service, or its limit is reached: refused like by a closed port.
    socket.resetAndDestroy();
    return;
  }
  join(socket, connect({ ...backend, allowHalfOpen: true }), sockets);
}

/** Listens and passes connections on. */
export function startTcpRelay(options: RelayOptions): Relay {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => forward(options, sockets, socket));
  const ready = new Promise<void>((resolve) => {
    server.once('listening', resolve);
    server.on('error', (error) => {
      options.onError(error);
      resolve();
    });
  });
  server.listen({ host: options.host, port: options.port });
  return {
    ready,
    isListening: () => server.listening,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
