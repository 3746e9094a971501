/** The UTF-8 bytes of a text. */
export function encodeUtf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
  }
  return bytes;
}

/** How many bytes follow this first one, and the bits it holds; -1 for a byte that cannot be first. */
function lead(byte: number): { readonly more: number; readonly bits: number; readonly least: number } {
  if (byte < 0x80) return { more: 0, bits: byte, least: 0 };
  if (byte >= 0xc2 && byte < 0xe0) return { more: 1, bits: byte & 31, least: 0x80 };
  if (byte >= 0xe0 && byte < 0xf0) return { more: 2, bits: byte & 15, least: 0x800 };
  if (byte >= 0xf0 && byte < 0xf5) return { more: 3, bits: byte & 7, least: 0x10000 };
  return { more: -1, bits: 0, least: 0 };
}

function isCharacter(code: number, least: number): boolean {
  return code >= least && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

/** The code point of the character of `more` further bytes at `index`; -1 if there is none. */
function codePointAt(bytes: readonly number[], index: number): { readonly code: number; readonly more: number } {
  const { more, bits, least } = lead(bytes[index] ?? 0);
  let code = bits;
  for (let taken = 1; taken <= more; taken += 1) {
    const byte = bytes[index + taken] ?? 0;
    if ((byte & 0xc0) !== 0x80) return { code: -1, more: 0 };
    code = (code << 6) | (byte & 63);
  }
  return more >= 0 && isCharacter(code, least) ? { code, more } : { code: -1, more: 0 };
}

/** The text of UTF-8 bytes; like Go, every byte that is not part of a character becomes U+FFFD. */
export function decodeUtf8(bytes: readonly number[]): string {
  const parts: string[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    const { code, more } = codePointAt(bytes, index);
    parts.push(code < 0 ? '\ufffd' : String.fromCodePoint(code));
    index += more;
  }
  return parts.join('');
}
