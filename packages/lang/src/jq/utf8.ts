/** The bytes of a text in UTF-8; a lone half of a pair becomes U+FFFD. */
export function encodeUtf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const raw = character.codePointAt(0) ?? 0;
    const point = raw >= 0xd800 && raw <= 0xdfff ? 0xfffd : raw;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x1_0000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
  }
  return bytes;
}

/** How a sequence starts: its length, the bits of its first byte, the least code point it may hold. */
function lead(byte: number): { readonly size: number; readonly bits: number; readonly least: number } | undefined {
  if (byte < 0x80) return { size: 1, bits: byte, least: 0 };
  if (byte >= 0xc2 && byte < 0xe0) return { size: 2, bits: byte & 0x1f, least: 0x80 };
  if (byte >= 0xe0 && byte < 0xf0) return { size: 3, bits: byte & 0x0f, least: 0x800 };
  return byte >= 0xf0 && byte < 0xf5 ? { size: 4, bits: byte & 0x07, least: 0x1_0000 } : undefined;
}

function sequence(bytes: readonly number[], at: number): { readonly point: number; readonly size: number } | undefined {
  const start = lead(bytes[at] ?? 0);
  if (start === undefined) return undefined;
  let point = start.bits;
  for (let offset = 1; offset < start.size; offset += 1) {
    const byte = bytes[at + offset] ?? 0;
    if ((byte & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (byte & 63);
  }
  const isValid = point >= start.least && point <= 0x10_ffff && (point < 0xd800 || point > 0xdfff);
  return isValid ? { point, size: start.size } : undefined;
}

/** UTF-8 as text; every byte that belongs to no code point becomes one U+FFFD, as in Go. */
export function decodeUtf8(bytes: readonly number[]): string {
  const characters: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = sequence(bytes, at);
    characters.push(found === undefined ? '\ufffd' : String.fromCodePoint(found.point));
    at += found?.size ?? 1;
  }
  return characters.join('');
}
