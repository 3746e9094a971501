/** Record types that are understood. */
export const DNS_TYPES = Object.freeze({ A: 1, CNAME: 5, SOA: 6, PTR: 12, AAAA: 28, SRV: 33, OPT: 41, ANY: 255 });

/** Response codes. */
export const DNS_CODES = Object.freeze({ ok: 0, formatError: 1, serverFailure: 2, noName: 3, notDone: 4, refused: 5 });

/** Bytes of an answer over UDP to a client that does not say how much it takes. */
export const PLAIN_UDP_BYTES = 512;

/** Bytes of an answer over UDP at most, whatever the client says. */
export const MAX_UDP_BYTES = 1232;

/** Characters of a name, its dots included. */
export const MAX_NAME_LENGTH = 253;

/** A question as it came. `name` is in lower case, without the last dot. */
export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  /** Asked for recursion. */
  readonly recursion: boolean;
  /** Bytes that the client takes over UDP. */
  readonly udpBytes: number;
  readonly hasOptions: boolean;
  /** The question's own bytes, for the answer. */
  readonly bytes: Buffer;
}

/** One record of an answer. */
export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  readonly data: Buffer;
}

/** An answer before it is encoded. */
export interface DnsAnswer {
  readonly code: number;
  /** The answer is this server's own knowledge. */
  readonly isOwn: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authority?: readonly DnsRecord[];
}

const HEADER_BYTES = 12;

function readName(message: Buffer, start: number): { readonly name: string; readonly end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  let length = 0;
  for (;;) {
    const size = message[at];
    // A pointer has its two highest bits set; questions have none, and nobody needs to follow one here.
    if (size === undefined || size > 63) return undefined;
    if (size === 0) return { name: labels.join('.').toLowerCase(), end: at + 1 };
    length += size + 1;
    if (at + 1 + size > message.length || length > MAX_NAME_LENGTH + 1) return undefined;
    labels.push(message.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
}

/** The payload size of an OPT record that follows the question directly, as clients send it. */
function readOptions(message: Buffer, at: number): number | undefined {
  const isThere = message.readUInt16BE(10) > 0 && at + 11 <= message.length && message[at] === 0;
  if (!isThere || message.readUInt16BE(at + 1) !== DNS_TYPES.OPT) return undefined;
  return message.readUInt16BE(at + 3);
}

/** Reads a query with one question; `undefined` when it is none, or broken. */
export function readQuestion(message: Buffer): DnsQuestion | undefined {
  if (message.length < HEADER_BYTES + 5) return undefined;
  const flags = message.readUInt16BE(2);
  const isPlainQuery = (flags & 0xf800) === 0 && message.readUInt16BE(4) === 1;
  const name = isPlainQuery ? readName(message, HEADER_BYTES) : undefined;
  if (name === undefined || name.end + 4 > message.length || message.readUInt16BE(name.end + 2) !== 1) return undefined;
  const end = name.end + 4;
  const size = readOptions(message, end);
  return {
    id: message.readUInt16BE(0),
    name: name.name,
    type: message.readUInt16BE(name.end),
    recursion: (flags & 0x0100) !== 0,
    udpBytes: Math.min(MAX_UDP_BYTES, Math.max(PLAIN_UDP_BYTES, size ?? 0)),
    hasOptions: size !== undefined,
    bytes: message.subarray(HEADER_BYTES, end),
  };
}

/** A name in wire form, without compression. */
export function encodeName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.');
  const parts = labels.flatMap((label) => [
    Buffer.from([Math.min(63, label.length)]),
    Buffer.from(label.slice(0, 63), 'latin1'),
  ]);
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** The four bytes of an IPv4 address. */
export function addressData(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

/** The data of an SRV record. */
export function serviceData(port: number, target: string): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(0, 0);
  head.writeUInt16BE(100, 2);
  head.writeUInt16BE(port, 4);
  return Buffer.concat([head, encodeName(target)]);
}

function encodeRecord(record: DnsRecord, questionName: string): Buffer {
  const name = record.name === questionName ? Buffer.from([0xc0, HEADER_BYTES]) : encodeName(record.name);
  const head = Buffer.alloc(10);
  head.writeUInt16BE(record.type, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt32BE(record.ttl, 4);
  head.writeUInt16BE(record.data.length, 8);
  return Buffer.concat([name, head, record.data]);
}

function optionsRecord(): Buffer {
  const record = Buffer.alloc(11);
  record.writeUInt16BE(DNS_TYPES.OPT, 1);
  record.writeUInt16BE(MAX_UDP_BYTES, 3);
  return record;
}

/** Encodes an answer. One that does not fit into `most` bytes is sent empty and marked, so that the client asks by TCP. */
export function encodeAnswer(question: DnsQuestion, answer: DnsAnswer, most: number): Buffer {
  const { answers, authority = [] } = answer;
  const extra = question.hasOptions ? [optionsRecord()] : [];
  const records = [...answers, ...authority].map((record) => encodeRecord(record, question.name));
  const size = [...records, ...extra].reduce((sum, each) => sum + each.length, HEADER_BYTES + question.bytes.length);
  const isCut = size > most;
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(question.id, 0);
  const flags = 0x8080 | (answer.isOwn ? 0x0400 : 0) | (question.recursion ? 0x0100 : 0) | (isCut ? 0x0200 : 0);
  head.writeUInt16BE(flags | answer.code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(isCut ? 0 : answers.length, 6);
  head.writeUInt16BE(isCut ? 0 : authority.length, 8);
  head.writeUInt16BE(extra.length, 10);
  return Buffer.concat([head, question.bytes, ...(isCut ? [] : records), ...extra]);
}
