/**
 * Go strings are bytes; ours are UTF-16. A byte that is not part of valid UTF-8 is kept as a lone surrogate
 * U+DC80…U+DCFF (byte 0x80…0xFF), so that text goes through every function and comes out byte for byte the same.
 */

const BEYOND_ASCII = /[^\p{ASCII}]/u;
const ESCAPE_START = 0xdc00;

/** True when one UTF-16 unit is one byte throughout. */
export function isAscii(text: string): boolean {
  return !BEYOND_ASCII.test(text);
}

/** True for the code of a lone surrogate that stands for a raw byte. */
function isRawByte(code: number): boolean {
  return code >= 0xdc80 && code <= 0xdcff;
}

function runeBytes(code: number): number {
  if (code < 0x80 || isRawByte(code)) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** How many bytes the text has in UTF-8. */
export function byteLength(text: string): number {
  if (isAscii(text)) return text.length;
  let length = 0;
  for (const char of text) length += runeBytes(char.codePointAt(0) ?? 0);
  return length;
}

function pushRune(out: number[], code: number): void {
  if (code < 0x80) out.push(code);
  else if (isRawByte(code)) out.push(code - ESCAPE_START);
  else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  else if (code >= 0xd800 && code <= 0xdfff) out.push(0xef, 0xbf, 0xbd);
  else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  else out.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}

/** The bytes of a text. */
export function encodeBytes(text: string): Uint8Array {
  if (isAscii(text)) {
    const bytes = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
    return bytes;
  }
  const out: number[] = [];
  for (const char of text) pushRune(out, char.codePointAt(0) ?? 0);
  return Uint8Array.from(out);
}

/** The most bytes handed to one call of String.fromCharCode. */
/** Takes text that is text; anything else is looked at byte by byte. */
const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function strictText(bytes: Uint8Array): string | undefined {
  try {
    return STRICT.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Smallest code point for each length of a sequence: shorter ones must not be written longer. */
const LEAST = [0, 0, 0x80, 0x800, 0x10000];

function sequenceLength(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/** The code point of a multi-byte sequence at `at`; -1 when the bytes are not valid. */
function sequenceAt(bytes: Uint8Array, at: number, length: number): number {
  let code = (bytes[at] ?? 0) & (0xff >> (length + 1));
  for (let index = 1; index < length; index += 1) {
    const next = bytes[at + index] ?? 0;
    if ((next & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (next & 0x3f);
  }
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  return surrogate || code < (LEAST[length] ?? 0) || code > 0x10ffff ? -1 : code;
}

/** Text from bytes; bytes that are no UTF-8 are kept as lone surrogates. */
export function decodeBytes(bytes: Uint8Array): string {
  const whole = strictText(bytes);
  if (whole !== undefined) return whole;
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : sequenceLength(first);
    const code = length === 1 ? first : length === 0 ? -1 : sequenceAt(bytes, at, length);
    text += code === -1 ? String.fromCharCode(ESCAPE_START + first) : String.fromCodePoint(code);
    at += code === -1 ? 1 : length;
  }
  return text;
}

/** `text[start:end]` as Go cuts it, by bytes. The caller checks the range. */
export function sliceBytes(text: string, start: number, end: number): string {
  return isAscii(text) ? text.slice(start, end) : decodeBytes(encodeBytes(text).subarray(start, end));
}

/** How many runes the text has; a stray byte counts as one. */
export function runeCount(text: string): number {
  if (isAscii(text)) return text.length;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Text for readers outside: stray bytes become U+FFFD. */
export function toPlainText(text: string): string {
  return isWellFormed(text) ? text : text.replace(/\p{Cs}/gu, '\ufffd');
}

/** True when the text has no lone surrogate, that is, no stray byte. */
export function isWellFormed(text: string): boolean {
  return isAscii(text) || !/\p{Cs}/u.test(text);
}

const SURROGATES = /[\ud800-\udfff]/;

/** Orders text as Go does, by bytes (which is by code point). */
export function compareGoText(a: string, b: string): number {
  if (a === b) return 0;
  if (!SURROGATES.test(a) && !SURROGATES.test(b)) return a < b ? -1 : 1;
  const [left, right] = [encodeBytes(a), encodeBytes(b)];
  const shorter = Math.min(left.length, right.length);
  let at = 0;
  while (at < shorter && left[at] === right[at]) at += 1;
  return (left[at] ?? -1) < (right[at] ?? -1) ? -1 : 1;
}
