import { encodeBytes } from '../gofmt/index.ts';

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ['?', '?'],
  ["'", "'"],
  ['"', '"'],
  ['`', '`'],
]);
const ESCAPE = /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/gu;

/** The lone surrogates that stand for bytes in a text until `encodeBytes` turns them into bytes. */
const BYTE_BASE = 0xdc00;

interface Escape {
  readonly code: number;
  /** Written as two hexadecimal or three octal digits: one byte in a bytes literal. */
  readonly isByte: boolean;
}

/** The code point that an escape stands for; `undefined` when it is none. */
function escapeCode(groups: readonly (string | undefined)[]): Escape | undefined {
  const [hex, short, long, octal] = groups;
  if (hex !== undefined) return { code: Number.parseInt(hex, 16), isByte: true };
  if (octal !== undefined) return { code: Number.parseInt(octal, 8), isByte: true };
  const unicode = short ?? long;
  return unicode === undefined ? undefined : { code: Number.parseInt(unicode, 16), isByte: false };
}

function isScalarValue(code: number): boolean {
  return code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff);
}

/** What an escape turns into; `undefined` when it is none, or none that may stand here. */
function resolveEscape(groups: readonly (string | undefined)[], asBytes: boolean): string | undefined {
  const escape = escapeCode(groups);
  if (escape === undefined) return SIMPLE.get(groups[4] ?? '');
  if (!isScalarValue(escape.code) || (asBytes && !escape.isByte)) return undefined;
  const isRaw = asBytes && escape.code > 0x7f;
  return isRaw ? String.fromCharCode(BYTE_BASE + escape.code) : String.fromCodePoint(escape.code);
}

function unescape(text: string, asBytes: boolean): string | undefined {
  let valid = true;
  const out = text.replace(ESCAPE, (_whole, ...groups: (string | undefined)[]) => {
    const resolved = resolveEscape(groups, asBytes);
    if (resolved === undefined) valid = false;
    return resolved ?? '';
  });
  return valid ? out : undefined;
}

interface Quoted {
  readonly body: string;
  readonly raw: boolean;
  readonly bytes: boolean;
}

function strip(token: string): Quoted {
  const prefix = /^[rRbB]*/.exec(token)?.[0].toLowerCase() ?? '';
  const rest = token.slice(prefix.length);
  const long = rest.startsWith('"""') || rest.startsWith("'''");
  const width = long && rest.length >= 6 ? 3 : 1;
  return { body: rest.slice(width, rest.length - width), raw: prefix.includes('r'), bytes: prefix.includes('b') };
}

/** The value of a quoted token (prefix and quotes included): a text, bytes, or `undefined` for a bad escape. */
export function readQuoted(token: string): string | Uint8Array | undefined {
  const { body: source, raw, bytes } = strip(token);
  const body = source.replaceAll(/\r\n?/g, '\n');
  const text = raw ? body : unescape(body, bytes);
  if (text === undefined) return undefined;
  return bytes ? encodeBytes(text) : text;
}
