const NOT_ASCII = /[^\0-\u007f]/;

/** Text → bytes, one a UTF-16 unit, by UTF-8. ASCII is itself. A lone surrogate becomes U+FFFD. */
export function encodeBytes(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  const parts: string[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    parts.push(encodePoint(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point));
  }
  return parts.join('');
}

/** A code point as UTF-8 bytes, one a UTF-16 unit. */
export function encodePoint(point: number): string {
  if (point < 0x80) return String.fromCharCode(point);
  const tail = (shift: number): number => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x800) return String.fromCharCode(0xc0 | (point >> 6), tail(0));
  if (point < 0x1_0000) return String.fromCharCode(0xe0 | (point >> 12), tail(6), tail(0));
  return String.fromCharCode(0xf0 | (point >> 18), tail(12), tail(6), tail(0));
}

const LEAST_POINT = [0, 0x80, 0x800, 0x1_0000];
const BROKEN = { point: 0xfffd, length: 1 };

/** How many bytes follow this first byte; 0 when no character of several bytes begins with it. */
function followers(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 0;
  return first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
}

function isPoint(point: number, more: number): boolean {
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return !surrogate && point >= (LEAST_POINT[more] ?? 0) && point <= 0x10_ffff;
}

/** Reads one code point of UTF-8 bytes at `at`; a byte that begins none is U+FFFD of length 1. */
export function decodePoint(bytes: string, at: number): { readonly point: number; readonly length: number } {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return { point: first, length: 1 };
  const more = followers(first);
  if (more === 0) return BROKEN;
  let point = first & (0x3f >> more);
  for (let next = 1; next <= more; next += 1) {
    const byte = bytes.charCodeAt(at + next);
    if ((byte & 0xc0) !== 0x80) return BROKEN;
    point = (point << 6) | (byte & 0x3f);
  }
  return isPoint(point, more) ? { point, length: more + 1 } : BROKEN;
}

/** Bytes → text by UTF-8; what is not UTF-8 becomes U+FFFD, byte by byte, as Go does. */
export function decodeBytes(bytes: string): string {
  if (!NOT_ASCII.test(bytes)) return bytes;
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const { point, length } = decodePoint(bytes, at);
    parts.push(String.fromCodePoint(point));
    at += length;
  }
  return parts.join('');
}
