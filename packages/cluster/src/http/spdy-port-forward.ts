import { SpdyConnection, type SpdyLimits, type SpdyStream, type Transport } from '../streams/index.ts';
import { PortPair, portNumber, type Dial } from './port-pair.ts';

/** The name of port-forward over SPDY, and of the WebSocket that carries it. */
export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';
/** The subprotocol of a WebSocket that tunnels SPDY. */
export const TUNNEL_PROTOCOL = `SPDY/3.1+${PORT_FORWARD_PROTOCOL}`;

/** What a forwarding connection is served with. */
export interface PortForwardInput {
  readonly transport: Transport;
  readonly limits: SpdyLimits;
  /** Time for the client to open the second stream of a pair. */
  readonly openMs: number;
  readonly dial: Dial;
}

interface HalfPair {
  readonly streams: { error?: SpdyStream; data?: SpdyStream };
  readonly late: NodeJS.Timeout;
}

/** The pairs of one connection: `error` and `data` streams that share a request id. */
class Pairs {
  readonly #input: PortForwardInput;
  readonly #halves = new Map<string, HalfPair>();
  readonly #open = new Set<PortPair>();

  constructor(input: PortForwardInput) {
    this.#input = input;
  }

  add(stream: SpdyStream): void {
    const kind = stream.headers.get('streamtype');
    const id = stream.headers.get('requestid') ?? '';
    if ((kind !== 'error' && kind !== 'data') || id === '' || this.#halves.get(id)?.streams[kind] !== undefined) {
      stream.reset();
      return;
    }
    const half = this.#halves.get(id) ?? this.#begin(id);
    half.streams[kind] = stream;
    const { error, data } = half.streams;
    // Clients end their side of the error stream before they open the other one.
    if (error === undefined || data === undefined) return;
    clearTimeout(half.late);
    this.#halves.delete(id);
    this.#connect(error, data);
  }

  close(): void {
    for (const half of this.#halves.values()) clearTimeout(half.late);
    for (const pair of this.#open) pair.cancel();
  }

  #begin(id: string): HalfPair {
    const half = { streams: {}, late: setTimeout(() => this.#drop(id), this.#input.openMs) };
    this.#halves.set(id, half);
    return half;
  }

  #drop(id: string): void {
    const half = this.#halves.get(id);
    if (half === undefined) return;
    clearTimeout(half.late);
    this.#halves.delete(id);
    half.streams.error?.reset();
    half.streams.data?.reset();
  }

  #connect(error: SpdyStream, data: SpdyStream): void {
    const text = data.headers.get('port') ?? '';
    const port = portNumber(text);
    const over = async (fault: string | undefined): Promise<void> => {
      this.#open.delete(pair);
      if (fault !== undefined) await error.write(Buffer.from(fault));
      error.end();
      data.end();
    };
    const dial: Dial =
      port === undefined
        ? () => Promise.reject(new Error(`port ${JSON.stringify(text)} is not a number from 1 to 65535`))
        : this.#input.dial;
    const pair: PortPair = new PortPair(dial, port ?? 0, {
      take: (bytes) => data.write(bytes),
      over: (fault) => void over(fault),
    });
    this.#open.add(pair);
    data.onData = (bytes) => pair.write(bytes);
    data.onEnd = () => pair.closeInput();
  }
}

/** Serves port-forward over SPDY until the client leaves; its connections into the pod end with it. Never rejects. */
export async function serveSpdyPortForward(input: PortForwardInput): Promise<void> {
  const pairs = new Pairs(input);
  try {
    await new SpdyConnection(input.transport, input.limits, (stream) => pairs.add(stream)).run();
  } finally {
    pairs.close();
  }
}
