import { kubeError, type KubeError } from '../meta/index.ts';

/** Wire type of whole numbers and booleans, seven bits a byte. */
export const VARINT = 0;
/** Wire type of doubles and 64-bit numbers of fixed width. */
export const FIXED64 = 1;
/** Wire type of texts, bytes, messages and packed lists: a length, then that many bytes. */
export const BYTES = 2;
/** Wire type of floats and 32-bit numbers of fixed width. */
export const FIXED32 = 5;

const decoder = new TextDecoder();

/** Longest text that is read character by character: below this that is quicker than the decoder. */
const SHORT_TEXT = 24;

/** The error for bytes that are no protobuf message of the expected kind. */
export function malformedBody(detail: string): KubeError {
  return kubeError('BadRequest', `the body of the request is no valid protobuf object: ${detail}`);
}

/** A place inside a message: `at` moves forward, nothing past `end` is read. */
export interface WireReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
}

function byteAt(reader: WireReader): number {
  const value = reader.at < reader.end ? reader.bytes[reader.at] : undefined;
  if (value === undefined) throw malformedBody(`it ends within a field, at byte ${reader.at}`);
  reader.at += 1;
  return value;
}

/** A varint of up to 64 bits, unsigned, as low and high halves. */
function readHalves(reader: WireReader): { readonly low: number; readonly high: number } {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = byteAt(reader);
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high |= bits >> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) return { low: low >>> 0, high: high >>> 0 };
  }
  throw malformedBody(`a number is longer than ten bytes, at byte ${reader.at}`);
}

/** A signed 64-bit integer; beyond 2^53 the nearest number that JSON can carry here. */
export function readInteger(reader: WireReader): number {
  const { low, high } = readHalves(reader);
  return (high | 0) * 4_294_967_296 + low;
}

/** A field's tag: its number and how it is encoded. */
export function readTag(reader: WireReader): { readonly number: number; readonly wire: number } {
  const { low } = readHalves(reader);
  return { number: low >>> 3, wire: low & 7 };
}

/** The next length-delimited part, as a reader of its own. */
export function readPart(reader: WireReader): WireReader {
  const { low, high } = readHalves(reader);
  const start = reader.at;
  if (high !== 0 || start + low > reader.end)
    throw malformedBody(`a part is longer than its message, at byte ${start}`);
  reader.at = start + low;
  return { bytes: reader.bytes, at: start, end: start + low };
}

/** The bytes of a part. */
export function partBytes(part: WireReader): Uint8Array {
  return part.bytes.subarray(part.at, part.end);
}

/** The text of a part, as UTF-8. */
export function partText(part: WireReader): string {
  if (part.end - part.at > SHORT_TEXT) return decoder.decode(partBytes(part));
  let text = '';
  for (let at = part.at; at < part.end; at += 1) {
    const code = part.bytes[at] ?? 0;
    if (code >= 0x80) return decoder.decode(partBytes(part));
    text += String.fromCharCode(code);
  }
  return text;
}

/** A 64-bit float. */
export function readDouble(reader: WireReader): number {
  if (reader.at + 8 > reader.end) throw malformedBody(`it ends within a number, at byte ${reader.at}`);
  const view = new DataView(reader.bytes.buffer, reader.bytes.byteOffset + reader.at, 8);
  reader.at += 8;
  return view.getFloat64(0, true);
}

/** Passes over a field that the schema does not know. */
export function skipField(reader: WireReader, wire: number): void {
  if (wire === VARINT) readInteger(reader);
  else if (wire === BYTES) readPart(reader);
  else if (wire === FIXED64) reader.at += 8;
  else if (wire === FIXED32) reader.at += 4;
  else throw malformedBody(`wire type ${wire} is not supported, at byte ${reader.at}`);
  if (reader.at > reader.end) throw malformedBody('it ends within a field');
}

const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = 0x3d;

/** Standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let to = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text[to] = ALPHABET[(bits >> 18) & 63] ?? 0;
    text[to + 1] = ALPHABET[(bits >> 12) & 63] ?? 0;
    text[to + 2] = ALPHABET[(bits >> 6) & 63] ?? 0;
    text[to + 3] = ALPHABET[bits & 63] ?? 0;
    to += 4;
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  for (let index = 1; index <= missing; index += 1) text[to - index] = PADDING;
  return decoder.decode(text);
}
