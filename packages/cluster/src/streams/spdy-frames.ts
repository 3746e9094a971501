import { createInflate, type Inflate } from 'node:zlib';
import { SPDY_DICTIONARY } from './spdy-dictionary.ts';

/** SPDY/3 control frame: opens a stream. */
export const SYN_STREAM = 1;
/** SPDY/3 control frame: accepts a stream. */
export const SYN_REPLY = 2;
/** SPDY/3 control frame: breaks a stream off. */
export const RST_STREAM = 3;
/** SPDY/3 control frame: asks for an echo. */
export const PING = 6;
/** SPDY/3 control frame: ends the connection. */
export const GOAWAY = 7;
/** SPDY/3 control frame: adds headers to a stream. */
export const HEADERS = 8;
/** SPDY/3 control frame: says that data was taken. */
export const WINDOW_UPDATE = 9;

/** The flag of a frame that is the last one of its side of a stream. */
export const FIN = 1;

/** Names are lower case; a name has one value. */
export type SpdyHeaders = ReadonlyMap<string, string>;

/** What the peer sent cannot be read: the connection must end. */
export class SpdyFault extends Error {
  override readonly name = 'SpdyFault';
}

/** The first eight bytes of a frame. */
export interface FrameHead {
  /** `0` for data. */
  readonly type: number;
  /** Of data frames. */
  readonly streamId: number;
  readonly flags: number;
  readonly length: number;
}

/** Bytes of a frame's head. */
export const HEAD_BYTES = 8;

/** Reads a frame's head. @throws SpdyFault for another version of the protocol. */
export function readHead(bytes: Buffer): FrameHead {
  const first = bytes.readUInt32BE(0);
  const second = bytes.readUInt32BE(4);
  const flags = second >>> 24;
  const length = second & 0xff_ff_ff;
  if ((first & 0x80_00_00_00) === 0) return { type: 0, streamId: first, flags, length };
  const version = (first >>> 16) & 0x7f_ff;
  if (version !== 3) throw new SpdyFault(`SPDY version ${version} is not spoken here`);
  return { type: first & 0xff_ff, streamId: 0, flags, length };
}

function head(first: number, flags: number, length: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.writeUInt32BE(first >>> 0, 0);
  bytes.writeUInt32BE(((flags << 24) | length) >>> 0, 4);
  return bytes;
}

/** A control frame. */
export function controlFrame(type: number, flags: number, payload: Uint8Array): Buffer {
  return Buffer.concat([head(0x80_03_00_00 + type, flags, payload.length), payload]);
}

/** A data frame. */
export function dataFrame(streamId: number, flags: number, payload: Uint8Array): Buffer {
  return Buffer.concat([head(streamId, flags, payload.length), payload]);
}

/** Numbers of 32 bits, one after the other: the payload of most control frames. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}

function parseHeaders(plain: Buffer): SpdyHeaders {
  let at = 0;
  const number = (): number => {
    if (at + 4 > plain.length) throw new SpdyFault('a header block ends early');
    at += 4;
    return plain.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (at + length > plain.length) throw new SpdyFault('a header block ends early');
    at += length;
    return plain.toString('utf8', at - length, at);
  };
  const headers = new Map<string, string>();
  for (let left = number(); left > 0; left -= 1) {
    const name = text().toLowerCase();
    headers.set(name, text());
  }
  return headers;
}

/** Unpacks the header blocks of one peer, which share a dictionary and a history. */
export class HeaderReader {
  readonly #limit: number;
  readonly #inflate: Inflate;
  #plain: Buffer[] = [];
  #size = 0;
  #fault: string | undefined;
  #wake: () => void = () => undefined;

  /** `limit`: the largest unpacked block, in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#inflate = createInflate({ dictionary: SPDY_DICTIONARY });
    this.#inflate.on('data', (chunk: Buffer) => this.#keep(chunk));
    this.#inflate.on('error', (error) => this.#fail(`a header block cannot be unpacked: ${error.message}`));
  }

  /** Unpacks the next block. @throws SpdyFault. */
  async read(block: Buffer): Promise<SpdyHeaders> {
    this.#plain = [];
    this.#size = 0;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#fault === undefined) this.#inflate.write(block, () => resolve());
      else resolve();
    });
    if (this.#fault !== undefined) throw new SpdyFault(this.#fault);
    return parseHeaders(Buffer.concat(this.#plain));
  }

  close(): void {
    this.#inflate.destroy();
  }

  #keep(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size <= this.#limit) this.#plain.push(chunk);
    else this.#fail(`a header block may have ${this.#limit} bytes`);
  }

  #fail(words: string): void {
    this.#fault ??= words;
    this.#inflate.destroy();
    this.#wake();
  }
}

const LARGEST_STORED = 0xff_ff;

function storedBlock(plain: Buffer): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt16LE(plain.length, 1);
  bytes.writeUInt16LE(plain.length ^ LARGEST_STORED, 3);
  return Buffer.concat([bytes, plain]);
}

/** Packs our header blocks: a zlib stream (RFC 1950) of stored parts, since what we say is short. */
export class HeaderWriter {
  #isBegun = false;

  write(headers: SpdyHeaders): Buffer {
    const texts = [...headers].flat().map((text) => Buffer.from(text));
    const parts = texts.flatMap((text) => [words(text.length), text]);
    // The empty block behind it is what zlib calls a sync flush: without it, readers may hold the rest back.
    const body = [storedBlock(Buffer.concat([words(headers.size), ...parts])), storedBlock(Buffer.alloc(0))];
    const begin = this.#isBegun ? Buffer.alloc(0) : STREAM_HEAD;
    this.#isBegun = true;
    return Buffer.concat([begin, ...body]);
  }
}

/** Deflate with a 32 KiB window and a preset dictionary, which is named by its checksum. */
const STREAM_HEAD = Buffer.from('78bbe3c6a7c2', 'hex');
