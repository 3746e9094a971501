import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { ByteReader, type Transport } from './transport.ts';

/** A whole message of a client. */
export interface WebSocketMessage {
  readonly isText: boolean;
  readonly payload: Buffer;
}

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const LONGEST_CONTROL = 125;

/** Close codes of RFC 6455. */
export const CLOSE_NORMAL = 1000;
const CLOSE_PROTOCOL = 1002;
const CLOSE_NOT_TEXT = 1007;
const CLOSE_TOO_BIG = 1009;

/** The answer to a client's `Sec-WebSocket-Key` (RFC 6455, section 4.2.2). */
export function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** Bytes of a frame from the server: whole, not masked. */
export function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (length < 126) head[1] = length;
  else if (length < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

interface Frame {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** What the client did wrong, as a close code with a reason. */
class Violation extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** The server's end of a WebSocket (RFC 6455), after its handshake; no extensions. */
export class WebSocketConnection {
  readonly #transport: Transport;
  readonly #reader: ByteReader;
  readonly #messageBytes: number;
  #isClosed = false;

  /** `messageBytes`: the largest message that is taken. */
  constructor(transport: Transport, messageBytes: number) {
    this.#transport = transport;
    this.#reader = new ByteReader(transport);
    this.#messageBytes = messageBytes;
  }

  /** The next message; `undefined` when the connection is over. A client that breaks the rules is closed. */
  async next(): Promise<WebSocketMessage | undefined> {
    if (this.#isClosed) return undefined;
    try {
      return await this.#message();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.close(error.code, error.message);
      return undefined;
    }
  }

  /** Sends a message; resolves when more can be sent. After the close it is dropped. */
  send(payload: Uint8Array, isText = false): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return this.#transport.write(encodeFrame(isText ? TEXT : BINARY, payload));
  }

  /** Says goodbye and ends the connection. */
  close(code: number, reason = ''): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(reason).subarray(0, LONGEST_CONTROL - 2)]);
    payload.writeUInt16BE(code);
    void this.#transport.write(encodeFrame(CLOSE, payload));
    this.#transport.end();
  }

  async #message(): Promise<WebSocketMessage | undefined> {
    const parts: Buffer[] = [];
    let opcode = 0;
    let size = 0;
    for (;;) {
      const frame = await this.#frame(size);
      if (frame === undefined) return undefined;
      if (frame.opcode >= CLOSE) {
        if (await this.#control(frame)) return undefined;
        continue;
      }
      if ((frame.opcode === 0) !== parts.length > 0) throw new Violation(CLOSE_PROTOCOL, 'fragments out of order');
      if (parts.length === 0) opcode = frame.opcode;
      parts.push(frame.payload);
      size += frame.payload.length;
      if (frame.isFinal) return checked(opcode, Buffer.concat(parts));
    }
  }

  /** Answers a control frame; true when it ended the connection. */
  async #control(frame: Frame): Promise<boolean> {
    if (frame.opcode === PING) await this.#transport.write(encodeFrame(PONG, frame.payload));
    if (frame.opcode !== CLOSE) return false;
    const hasCode = frame.payload.length >= 2;
    this.close(hasCode ? frame.payload.readUInt16BE(0) : CLOSE_NORMAL);
    return true;
  }

  async #frame(before: number): Promise<Frame | undefined> {
    const head = await this.#reader.take(2);
    if (head === undefined) return undefined;
    const [first = 0, second = 0] = head;
    const opcode = first & 0x0f;
    const isFinal = (first & 0x80) !== 0;
    const shortLength = second & 0x7f;
    checkHead({ first, second, opcode, isFinal, shortLength });
    const length = await this.#length(shortLength);
    if (length === undefined) return undefined;
    if (before + length > this.#messageBytes) {
      throw new Violation(CLOSE_TOO_BIG, `a message may have ${this.#messageBytes} bytes`);
    }
    const mask = await this.#reader.take(4);
    const masked = mask === undefined ? undefined : await this.#reader.take(length);
    return mask === undefined || masked === undefined
      ? undefined
      : { isFinal, opcode, payload: unmasked(masked, mask) };
  }

  async #length(short: number): Promise<number | undefined> {
    if (short < 126) return short;
    if (short === 126) return (await this.#reader.take(2))?.readUInt16BE(0);
    const long = (await this.#reader.take(8))?.readBigUInt64BE(0);
    return long === undefined ? undefined : Number(long);
  }
}

function checkHead(head: {
  readonly first: number;
  readonly second: number;
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly shortLength: number;
}): void {
  const { first, second, opcode, isFinal, shortLength } = head;
  if ((first & 0x70) !== 0) throw new Violation(CLOSE_PROTOCOL, 'reserved bits are set');
  if ((second & 0x80) === 0) throw new Violation(CLOSE_PROTOCOL, 'frames of a client must be masked');
  if (![0, TEXT, BINARY, CLOSE, PING, PONG].includes(opcode)) {
    throw new Violation(CLOSE_PROTOCOL, `the opcode ${opcode} is not known`);
  }
  if (opcode >= CLOSE && (!isFinal || shortLength > LONGEST_CONTROL)) {
    throw new Violation(CLOSE_PROTOCOL, 'a control frame must be whole and short');
  }
}

function checked(opcode: number, payload: Buffer): WebSocketMessage {
  if (opcode === TEXT && !isUtf8(payload)) throw new Violation(CLOSE_NOT_TEXT, 'a text must be UTF-8');
  return { isText: opcode === TEXT, payload };
}

function unmasked(payload: Buffer, mask: Buffer): Buffer {
  const plain = Buffer.allocUnsafe(payload.length);
  for (let index = 0; index < payload.length; index += 1) {
    plain[index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
  }
  return plain;
}

/** The messages of a WebSocket as one pipe of bytes: what tunnels another protocol. */
export function tunnelTransport(connection: WebSocketConnection, transport: Transport): Transport {
  return {
    read: async () => (await connection.next())?.payload,
    write: (bytes) => connection.send(bytes),
    end: () => connection.close(CLOSE_NORMAL),
    destroy: () => transport.destroy(),
  };
}
