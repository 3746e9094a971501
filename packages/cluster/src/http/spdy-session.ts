import type { SessionEnd } from '../apiserver/index.ts';
import { SpdyConnection, type SpdyLimits, type SpdyStream, type Transport } from '../streams/index.ts';
import { endWords, readTerminalSize, type SessionOptions } from './session-options.ts';
import type { SessionSkin } from './websocket-session.ts';

/** The protocols of exec and attach over SPDY, the latest first. */
export const SPDY_SESSION_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
];

/** What a SPDY session is served with. */
export interface SpdySessionInput {
  readonly transport: Transport;
  readonly limits: SpdyLimits;
  /** Time for the client to open its streams. */
  readonly openMs: number;
  readonly protocol: string;
  readonly options: SessionOptions;
  readonly subresource: string;
}

function wantedStreams(input: SpdySessionInput): readonly string[] {
  const { options, protocol } = input;
  const isOld = protocol === 'v2.channel.k8s.io' || protocol === 'channel.k8s.io';
  const wanted = ['error'];
  if (options.stdin) wanted.push('stdin');
  if (options.stdout) wanted.push('stdout');
  if (options.stderr) wanted.push('stderr');
  if (options.tty && !isOld) wanted.push('resize');
  return wanted;
}

/** The streams of one exec or attach, as the client opens them. */
class NamedStreams {
  readonly ready: Promise<boolean>;
  readonly #wanted: readonly string[];
  readonly #byName = new Map<string, SpdyStream>();
  #resolve: (isReady: boolean) => void = () => undefined;

  constructor(wanted: readonly string[]) {
    this.#wanted = wanted;
    this.ready = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Takes a stream in; one that was not asked for is broken off. */
  add(stream: SpdyStream): void {
    const name = stream.headers.get('streamtype') ?? '';
    if (!this.#wanted.includes(name) || this.#byName.has(name)) {
      stream.reset();
      return;
    }
    this.#byName.set(name, stream);
    if (this.#byName.size === this.#wanted.length) this.#resolve(true);
  }

  get(name: string): SpdyStream | undefined {
    return this.#byName.get(name);
  }

  all(): Iterable<SpdyStream> {
    return this.#byName.values();
  }

  /** Nobody will open more. */
  giveUp(): void {
    this.#resolve(false);
  }
}

/** Sizes come as JSON texts in a row, one a line or not. */
function sizeReader(resize: (size: { width: number; height: number }) => void): (bytes: Buffer) => void {
  let text = '';
  return (bytes) => {
    text += bytes.toString('latin1');
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      const size = readTerminalSize(text.slice(0, end + 1));
      if (size !== undefined) resize(size);
      text = text.slice(end + 1);
    }
    if (text.length > LONGEST_SIZE) text = '';
  };
}

const LONGEST_SIZE = 1024;

/** Exec and attach over the streams of a SPDY connection. */
export function spdySession(input: SpdySessionInput): SessionSkin {
  const { transport, limits } = input;
  const streams = new NamedStreams(wantedStreams(input));
  const hasStatus = !['v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'].includes(input.protocol);
  const finish = async (connection: SpdyConnection, end: SessionEnd): Promise<void> => {
    if (await streams.ready) {
      const { status, plain } = endWords(end, input.subresource);
      await streams.get('error')?.write(Buffer.from(hasStatus ? status : plain));
    }
    for (const stream of streams.all()) stream.end();
    connection.close();
  };
  return {
    take: async (stream, bytes) => {
      if (await streams.ready) await streams.get(stream)?.write(bytes);
    },
    serve: async (session) => {
      const connection = new SpdyConnection(transport, limits, (stream) => {
        const name = stream.headers.get('streamtype');
        if (name === 'stdin') {
          stream.onData = (bytes) => session.write(bytes);
          stream.onEnd = () => session.closeInput();
        }
        if (name === 'resize') stream.onData = sizeReader((size) => session.resize(size));
        streams.add(stream);
      });
      const late = setTimeout(() => {
        streams.giveUp();
        session.cancel();
      }, input.openMs);
      void streams.ready.then(() => clearTimeout(late));
      const ended = session.ended.then((end) => finish(connection, end));
      await connection.run();
      streams.giveUp();
      session.cancel();
      await ended;
    },
  };
}
