import type { Duplex } from 'node:stream';

/** A two-way pipe of bytes below a stream protocol. */
export interface Transport {
  /** The next bytes, as many as came; `undefined` at the end, also when it broke. Only one caller at a time. */
  read(): Promise<Buffer | undefined>;
  /** Resolves when more can be written. Never rejects; bytes after the end are dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends after what was written. */
  end(): void;
  /** Ends at once. */
  destroy(): void;
}

/** A socket that speaks another protocol from here on; `head` is what came behind the request's headers. */
export function socketTransport(socket: Duplex, head: Uint8Array): Transport {
  if (head.length > 0) socket.unshift(head);
  socket.on('error', () => socket.destroy());
  const chunks = socket.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  return {
    read: async () => {
      try {
        const next = (await chunks.next()) as IteratorResult<Buffer, undefined>;
        return next.done === true ? undefined : next.value;
      } catch {
        // A connection that breaks has ended: nobody is there to be told.
        return undefined;
      }
    },
    write: (bytes) => written(socket, bytes),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

function written(socket: Duplex, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed || socket.writableEnded || socket.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}

/** Reads a transport in pieces of known length. */
export class ByteReader {
  readonly #transport: Pick<Transport, 'read'>;
  #held: Buffer = Buffer.alloc(0);

  constructor(transport: Pick<Transport, 'read'>) {
    this.#transport = transport;
  }

  /** Exactly `count` bytes; `undefined` when the transport ends before. */
  async take(count: number): Promise<Buffer | undefined> {
    const parts = [this.#held];
    let length = this.#held.length;
    while (length < count) {
      const next = await this.#transport.read();
      if (next === undefined) return undefined;
      parts.push(next);
      length += next.length;
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts, length);
    this.#held = all.subarray(count);
    return all.subarray(0, count);
  }
}
