import { encodeBytes, isAscii } from '../gofmt/index.ts';

/** A text as its UTF-8 bytes, one character a byte: upstream counts and cuts by bytes. */
export function toBinary(text: string): string {
  if (isAscii(text)) return text;
  let out = '';
  for (const byte of encodeBytes(text)) out += String.fromCharCode(byte);
  return out;
}

/** What Go shows for bytes that are no character. */
const RUNE_ERROR = 0xfffd;

/** A character of a binary text: its code point and how many bytes it takes. */
export interface Rune {
  readonly code: number;
  readonly width: number;
}

function widthOf(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/** Decodes one character as Go does: broken bytes are U+FFFD of width 1, nothing is U+FFFD of width 0. */
export function runeAt(binary: string, at: number): Rune {
  if (at >= binary.length) return { code: RUNE_ERROR, width: 0 };
  const first = binary.charCodeAt(at);
  const width = widthOf(first);
  if (width === 1) return { code: first, width };
  let code = first & (0xff >> (width + 1));
  for (let index = 1; index < width; index += 1) {
    const next = binary.charCodeAt(at + index);
    if ((next & 0xc0) !== 0x80) return { code: RUNE_ERROR, width: 1 };
    code = (code << 6) | (next & 0x3f);
  }
  return width === 0 ? { code: RUNE_ERROR, width: 1 } : { code, width };
}

/** How many bytes a code point takes in UTF-8. */
export function runeLength(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** The first character that is accepted. */
export function findRune(
  binary: string,
  accepts: (code: number) => boolean,
): { readonly at: number; readonly code: number } | undefined {
  for (let at = 0; at < binary.length;) {
    const byte = binary.charCodeAt(at);
    const rune = byte < 0x80 ? undefined : runeAt(binary, at);
    const code = rune?.code ?? byte;
    if (accepts(code)) return { at, code };
    at += rune?.width ?? 1;
  }
  return undefined;
}

/** The characters of a binary text with where they begin. */
export function runesOf(binary: string): readonly (Rune & { readonly at: number })[] {
  const runes: (Rune & { readonly at: number })[] = [];
  for (let at = 0; at < binary.length;) {
    const rune = runeAt(binary, at);
    runes.push({ ...rune, at });
    at += rune.width;
  }
  return runes;
}
