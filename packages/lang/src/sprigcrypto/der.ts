import { Refusal } from './refusal.ts';

/** Tags of ASN.1 that certificates and keys use. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  printable: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The tag of a constructed element that only its place explains: `[0]`, `[3]`. */
export const contextTag = (number: number): number => 0xa0 | number;

/** One element: its tag, what is in it, and all of its bytes. */
export interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

const MALFORMED = 'asn1: syntax error: data truncated or malformed';

/** The length that begins at `at`, and where the content begins. Four bytes of length at most; never indefinite. */
function lengthAt(bytes: Uint8Array, at: number): { readonly length: number; readonly start: number } {
  const first = bytes[at] ?? 0x80;
  if (first < 0x80) return { length: first, start: at + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new Refusal(MALFORMED);
  let length = 0;
  for (let index = 1; index <= count; index += 1) length = length * 256 + (bytes[at + index] ?? 0);
  return { length, start: at + 1 + count };
}

/** The elements that stand one after another in some bytes. Throws a Refusal when they do not end where the bytes do. */
export function elementsOf(bytes: Uint8Array): readonly Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const { length, start } = lengthAt(bytes, at + 1);
    const end = start + length;
    if (end > bytes.length) throw new Refusal(MALFORMED);
    found.push({ tag: bytes[at] ?? 0, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) });
    at = end;
  }
  return found;
}

/** The parts of the one sequence that some bytes are. */
export function sequenceIn(bytes: Uint8Array): readonly Element[] {
  const [only, ...more] = elementsOf(bytes);
  if (only?.tag !== TAG.sequence || more.length > 0) throw new Refusal(MALFORMED);
  return elementsOf(only.content);
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

/** An element of a tag around some parts. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const out = Buffer.concat([Uint8Array.of(tag, ...lengthBytes(length)), ...parts]);
  return new Uint8Array(out.buffer, out.byteOffset, out.length);
}

/** A sequence of parts. */
export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => element(TAG.sequence, ...parts);

/** A whole number that is not negative, from its bytes, the greatest first. */
export function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  const sign = (digits[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0);
  return element(TAG.integer, sign, digits);
}

/** A name from the registry of object identifiers, as `2.5.29.15`. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const digits = [part & 0x7f];
    for (let high = part >>> 7; high > 0; high >>>= 7) digits.unshift((high & 0x7f) | 0x80);
    return digits;
  });
  return element(TAG.oid, Uint8Array.from(bytes));
}

/** The dotted form of an object identifier's content. */
export function dottedIdentifier(content: Uint8Array): string {
  const parts: number[] = [];
  let held = 0;
  for (const byte of content) {
    held = held * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    // The first number holds the first two parts.
    if (parts.length === 0)
      parts.push(Math.min(2, Math.floor(held / 40)), held - 40 * Math.min(2, Math.floor(held / 40)));
    else parts.push(held);
    held = 0;
  }
  return parts.join('.');
}

/** A string of whole bytes as bits. */
export const bitString = (bytes: Uint8Array, unused = 0): Uint8Array => element(TAG.bits, Uint8Array.of(unused), bytes);
