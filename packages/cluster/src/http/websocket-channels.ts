import type { WebSocketConnection, WebSocketMessage } from '../streams/index.ts';

/** A protocol of numbered channels over a WebSocket, as its name says it. */
export interface ChannelProtocol {
  readonly name: string;
  readonly isBase64: boolean;
  /** The end is told as a Status. */
  readonly hasStatus: boolean;
  /** Channel 255 closes the channel that its byte names. */
  readonly hasClose: boolean;
}

const PROTOCOLS: readonly ChannelProtocol[] = [
  { name: '', isBase64: false, hasStatus: false, hasClose: false },
  { name: 'channel.k8s.io', isBase64: false, hasStatus: false, hasClose: false },
  { name: 'base64.channel.k8s.io', isBase64: true, hasStatus: false, hasClose: false },
  { name: 'v4.channel.k8s.io', isBase64: false, hasStatus: true, hasClose: false },
  { name: 'v4.base64.channel.k8s.io', isBase64: true, hasStatus: true, hasClose: false },
  { name: 'v5.channel.k8s.io', isBase64: false, hasStatus: true, hasClose: true },
];

/** The names that are offered in `Sec-WebSocket-Protocol`. */
export function offeredProtocols(header: string | undefined): readonly string[] {
  return (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** The first offered protocol that is spoken here; offering none means plain channels. */
export function chooseChannels(offered: readonly string[]): ChannelProtocol | undefined {
  const wanted = offered.length === 0 ? [''] : offered;
  for (const name of wanted) {
    const found = PROTOCOLS.find((protocol) => protocol.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A message on a channel. */
export interface ChannelMessage {
  readonly channel: number;
  readonly data: Buffer;
}

/** The channels of a WebSocket. */
export class Channels {
  readonly #connection: WebSocketConnection;
  readonly #isBase64: boolean;

  constructor(connection: WebSocketConnection, isBase64: boolean) {
    this.#connection = connection;
    this.#isBase64 = isBase64;
  }

  /** The next message; `undefined` at the end. Empty ones are passed over. */
  async next(): Promise<ChannelMessage | undefined> {
    for (;;) {
      const message = await this.#connection.next();
      if (message === undefined) return undefined;
      const { payload } = message;
      if (payload.length > 0) return this.#decode(message, payload[0] ?? 0);
    }
  }

  /** Sends on a channel; resolves when more can be sent. */
  send(channel: number, data: Uint8Array): Promise<void> {
    if (this.#isBase64)
      return this.#connection.send(Buffer.from(`${channel}${Buffer.from(data).toString('base64')}`), true);
    return this.#connection.send(Buffer.concat([Buffer.from([channel]), data]));
  }

  #decode({ payload }: WebSocketMessage, first: number): ChannelMessage {
    if (!this.#isBase64) return { channel: first, data: payload.subarray(1) };
    return { channel: first - 0x30, data: Buffer.from(payload.toString('latin1', 1), 'base64') };
  }
}
