import type { DialOrder, PodStream } from '../apiserver/index.ts';

/** Opens a connection to a port of the pod that is forwarded to. */
export type Dial = (order: DialOrder) => Promise<PodStream>;

/** The client's end of one forwarded connection. */
export interface PortClient {
  /** Takes what the pod sends. */
  readonly take: DialOrder['take'];
  /** The connection is over; `fault` says what went wrong. Called once. */
  readonly over: (fault: string | undefined) => void;
}

/** One forwarded connection: bytes may come before it stands. */
export class PortPair {
  readonly #stream: Promise<PodStream | undefined>;
  #isCancelled = false;

  constructor(dial: Dial, port: number, client: PortClient) {
    this.#stream = this.#open(dial, port, client);
  }

  /** Hands the client's bytes on; resolves when more can be taken. */
  async write(bytes: Uint8Array): Promise<void> {
    await (await this.#stream)?.write(bytes);
  }

  /** The client has said all. */
  closeInput(): void {
    void this.#stream.then((stream) => stream?.closeInput());
  }

  /** The client is gone. */
  cancel(): void {
    this.#isCancelled = true;
    void this.#stream.then((stream) => stream?.cancel());
  }

  async #open(dial: Dial, port: number, client: PortClient): Promise<PodStream | undefined> {
    try {
      const stream = await dial({ port, take: client.take });
      if (this.#isCancelled) stream.cancel();
      void stream.ended.then((end) => client.over(end.kind === 'failed' ? end.message : undefined));
      return stream;
    } catch (error) {
      client.over(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

/** The number of a port; `undefined` for anything that is none. */
export function portNumber(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
