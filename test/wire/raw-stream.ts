import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A connection below every client library: bytes out, bytes in. */
export interface RawStream {
  send(bytes: Uint8Array | string): void;
  /** Everything received so far, as soon as it holds the text (its characters are bytes). Rejects when the connection ends before. */
  until(text: string): Promise<Buffer>;
  /** Everything received until the other side closed. */
  readonly closed: Promise<Buffer>;
  /** Stops and continues reading. */
  readonly socket: Socket;
  destroy(): void;
}

/** Opens a connection to `https://host:port` or `http://host:port`. */
export async function openRaw(url: string, authority?: string): Promise<RawStream> {
  const { protocol, hostname, port } = new URL(url);
  const place = { host: hostname, port: Number(port) };
  const isPlain = protocol === 'http:';
  const socket: Socket = isPlain
    ? connectPlain(place)
    : connectTls({ ...place, ...(authority === undefined ? {} : { ca: authority }), ALPNProtocols: ['http/1.1'] });
  await new Promise<void>((resolve, reject) => {
    socket.once(isPlain ? 'connect' : 'secureConnect', resolve);
    socket.once('error', reject);
  });
  let received = Buffer.alloc(0);
  const waiting = new Set<() => void>();
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (const look of waiting) look();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<Buffer>((resolve) => {
    socket.on('close', () => resolve(received));
    socket.on('end', () => socket.end());
  });
  return {
    socket,
    closed,
    send: (bytes) => void socket.write(bytes),
    destroy: () => void socket.destroy(),
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!received.includes(text, 0, 'latin1')) return;
          waiting.delete(look);
          resolve(received);
        };
        waiting.add(look);
        look();
        void closed.then((all) =>
          reject(new Error(`closed before ${JSON.stringify(text)}: ${all.toString('latin1')}`)),
        );
      }),
  };
}

/** A request's head. */
export function requestHead(line: string, headers: { readonly [name: string]: string }): string {
  return [
    `${line} HTTP/1.1`,
    'Host: cluster',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n');
}

/** The headers of a WebSocket handshake. */
export function webSocketHeaders(protocol: string): { readonly [name: string]: string } {
  return {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.from('0123456789abcdef').toString('base64'),
    ...(protocol === '' ? {} : { 'Sec-WebSocket-Protocol': protocol }),
  };
}

/** The headers that ask for SPDY. */
export function spdyHeaders(protocol: string): { readonly [name: string]: string } {
  return { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', 'Content-Length': '0', 'X-Stream-Protocol-Version': protocol };
}

/** A short masked WebSocket frame as a client sends it; `first` is its first byte (0x82: whole binary). */
export function clientFrame(first: number, payload: Uint8Array | string): Buffer {
  const plain = Buffer.from(payload as Uint8Array);
  const mask = Buffer.from([1, 2, 3, 4]);
  const masked = Buffer.from(plain.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  const head =
    plain.length < 126 ? [first, 0x80 | plain.length] : [first, 0x80 | 126, plain.length >> 8, plain.length & 0xff];
  return Buffer.concat([Buffer.from(head), mask, masked]);
}
