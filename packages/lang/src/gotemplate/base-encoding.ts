const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Bits a character, characters a group. */
interface Shape {
  readonly alphabet: string;
  readonly bits: number;
  readonly group: number;
}

const SHAPE64: Shape = { alphabet: BASE64, bits: 6, group: 4 };
const SHAPE32: Shape = { alphabet: BASE32, bits: 5, group: 8 };

function encode(bytes: Uint8Array, shape: Shape): string {
  const parts: string[] = [];
  let [held, count] = [0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    count += 8;
    while (count >= shape.bits) {
      count -= shape.bits;
      parts.push(shape.alphabet.charAt((held >> count) & ((1 << shape.bits) - 1)));
    }
    held &= (1 << count) - 1;
  }
  if (count > 0) parts.push(shape.alphabet.charAt((held << (shape.bits - count)) & ((1 << shape.bits) - 1)));
  while (parts.length % shape.group !== 0) parts.push('=');
  return parts.join('');
}

/** How many characters of a last group may carry data. */
const PARTIAL: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [4, new Set([2, 3])],
  [8, new Set([2, 4, 5, 7])],
]);

/** The place where padding goes wrong, counted as Go counts it; `undefined` when it is right. */
function paddingFault(text: string, data: number, shape: Shape): number | undefined {
  const used = data % shape.group;
  if (PARTIAL.get(shape.group)?.has(used) !== true) return data;
  const wanted = shape.group - used;
  for (let index = 0; index < wanted; index += 1) {
    if (text.charAt(data + index) === '=') continue;
    return data + index >= text.length ? text.length : data + index - (shape.group === 4 ? 1 : 0);
  }
  return text.length > data + wanted ? data + wanted : undefined;
}

function decode(text: string, shape: Shape): Uint8Array | number {
  const out: number[] = [];
  let [held, count, at] = [0, 0, 0];
  for (; at < text.length; at += 1) {
    const value = shape.alphabet.indexOf(text.charAt(at));
    if (value < 0) break;
    held = (held << shape.bits) | value;
    count += shape.bits;
    if (count >= 8) {
      count -= 8;
      out.push((held >> count) & 0xff);
      held &= (1 << count) - 1;
    }
  }
  if (at === text.length && at % shape.group === 0) return Uint8Array.from(out);
  if (at === text.length) return text.length - (at % shape.group);
  if (text.charAt(at) !== '=') return at;
  return paddingFault(text, at, shape) ?? Uint8Array.from(out);
}

/** Base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return encode(bytes, SHAPE64);
}

/** Base32 with padding. */
export function encodeBase32(bytes: Uint8Array): string {
  return encode(bytes, SHAPE32);
}

/** Decodes base64 (line breaks do not count); Go's error text when it is none. */
export function decodeBase64(text: string): Uint8Array | string {
  const decoded = decode(text.replaceAll(/[\r\n]/g, ''), SHAPE64);
  return typeof decoded === 'number' ? `illegal base64 data at input byte ${decoded}` : decoded;
}

/** Decodes base32 (line breaks do not count); Go's error text when it is none. */
export function decodeBase32(text: string): Uint8Array | string {
  const decoded = decode(text.replaceAll(/[\r\n]/g, ''), SHAPE32);
  return typeof decoded === 'number' ? `illegal base32 data at input byte ${decoded}` : decoded;
}
