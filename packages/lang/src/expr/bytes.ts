// eslint-disable-next-line no-control-regex -- the whole range of ASCII is meant
const ASCII = /^[\u0000-\u007f]*$/;

/** True when every character is one byte in UTF-8. */
export const isAsciiText = (text: string): boolean => ASCII.test(text);

/** The length of a text in UTF-8 bytes: what Go's len says. */
export function byteLength(text: string): number {
  let length = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return length;
}

/** The UTF-8 bytes of a text. */
export const toBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The text of UTF-8 bytes; what is not valid becomes U+FFFD. */
export const fromBytes = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** A part of a text by byte places, as Go slices. */
export function sliceBytes(text: string, from: number, to: number): string {
  return isAsciiText(text) ? text.slice(from, to) : fromBytes(toBytes(text).slice(from, to));
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard base64 with padding, of UTF-8. */
export function toBase64(text: string): string {
  const bytes = toBytes(text);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.slice(at, at + 3);
    const word = (a << 16) | (b << 8) | c;
    const digits = [18, 12, 6, 0].map((shift) => ALPHABET.charAt((word >> shift) & 63)).join('');
    const missing = Math.max(0, at + 3 - bytes.length);
    parts.push(digits.slice(0, 4 - missing), '='.repeat(missing));
  }
  return parts.join('');
}

/** What base64 text stands for, or the place of the first wrong byte. Line ends are ignored, as Go does. */
export function fromBase64(text: string): { readonly text: string } | { readonly wrongAt: number } {
  const bytes: number[] = [];
  let [word, count] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\n' || char === '\r') continue;
    if (char === '=') return finishPadding(text, at, { bytes, word, count });
    const digit = ALPHABET.indexOf(char);
    if (digit < 0) return { wrongAt: at };
    word = (word << 6) | digit;
    count += 1;
    if (count === 4) {
      bytes.push((word >> 16) & 255, (word >> 8) & 255, word & 255);
      [word, count] = [0, 0];
    }
  }
  return count === 0 ? { text: fromBytes(Uint8Array.from(bytes)) } : { wrongAt: text.length - count };
}

interface Quantum {
  readonly bytes: number[];
  readonly word: number;
  readonly count: number;
}

function finishPadding(
  text: string,
  at: number,
  quantum: Quantum,
): { readonly text: string } | { readonly wrongAt: number } {
  const { bytes, word, count } = quantum;
  if (count < 2) return { wrongAt: at };
  const rest = text.slice(at).replaceAll(/[\r\n]/g, '');
  const needed = '='.repeat(4 - count);
  if (!rest.startsWith(needed)) return { wrongAt: rest.length < needed.length ? text.length : at };
  if (rest !== needed) return { wrongAt: at + needed.length };
  const whole = word << (6 * (4 - count));
  bytes.push((whole >> 16) & 255);
  if (count === 3) bytes.push((whole >> 8) & 255);
  return { text: fromBytes(Uint8Array.from(bytes)) };
}
