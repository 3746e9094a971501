import { Failure, describe, failure, notApplicable } from './failure.ts';
import type { Native } from './instructions.ts';
import { toJson } from './json-text.ts';
import type { Machine } from './machine.ts';
import { textOf } from './text.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import { type Value, isArray, isObject } from './value.ts';

const HTML: { readonly [character: string]: string } = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&apos;',
  '"': '&quot;',
};

const TSV: { readonly [character: string]: string } = {
  '\t': '\\t',
  '\r': '\\r',
  '\n': '\\n',
  '\\': '\\\\',
  '\0': '\\0',
};

const onText =
  (change: (text: string) => string | Failure): Native =>
  (input, _args, machine) => {
    const text = textOf(input, machine);
    machine.charge(text.length / 4);
    return change(text);
  };

interface Row {
  readonly name: string;
  readonly separator: string;
  readonly escape: (text: string) => string;
}

function cell(value: Value, row: Row): string | Failure {
  if (isArray(value) || isObject(value)) {
    return failure(`@${row.name} cannot format an array including: ${describe(value)}`);
  }
  if (typeof value === 'string') return row.escape(value);
  const text = toJson(value);
  return text === 'null' && row.name !== 'sh' ? '' : text;
}

function joinRow(input: Value, row: Row, machine: Machine): Value | Failure {
  if (!isArray(input)) return notApplicable(`@${row.name}`, input);
  const cells: string[] = [];
  for (const value of input) {
    const text = cell(value, row);
    if (text instanceof Failure) return text;
    machine.chargeText(text.length);
    cells.push(text);
  }
  machine.charge(cells.length);
  return cells.join(row.separator);
}

const CSV_ROW: Row = {
  name: 'csv',
  separator: ',',
  escape: (text) => `"${text.replaceAll('"', '""').replaceAll('\0', '\\0')}"`,
};
const TSV_ROW: Row = {
  name: 'tsv',
  separator: '\t',
  // oxlint-disable-next-line no-control-regex -- NUL is one of the characters that are escaped
  escape: (text) => text.replaceAll(/[\t\r\n\\\0]/g, (character) => TSV[character] ?? character),
};
const SH_ROW: Row = {
  name: 'sh',
  separator: ' ',
  escape: (text) => `'${text.replaceAll("'", "'\\''").replaceAll('\0', '\\0')}'`,
};

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Writes bytes in groups of `bits`, padded with `=` to a whole block. */
function encodeBase(text: string, alphabet: string, block: number): string {
  const bits = Math.log2(alphabet.length);
  let encoded = '';
  let held = 0;
  let count = 0;
  for (const byte of encodeUtf8(text)) {
    held = (held << 8) | byte;
    count += 8;
    while (count >= bits) {
      count -= bits;
      encoded += alphabet[(held >> count) & (alphabet.length - 1)] ?? '';
    }
    held &= (1 << count) - 1;
  }
  if (count > 0) encoded += alphabet[(held << (bits - count)) & (alphabet.length - 1)] ?? '';
  return encoded.padEnd(Math.ceil(encoded.length / block) * block, '=');
}

/** Reads what `encodeBase` wrote; gives the position of the first wrong character, else the bytes. */
function decodeBase(
  text: string,
  alphabet: string,
): { readonly bytes: readonly number[] } | { readonly wrong: number } {
  const bits = Math.log2(alphabet.length);
  const bytes: number[] = [];
  let held = 0;
  let count = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\n' || character === '\r') continue;
    const digit = alphabet.indexOf(character);
    if (digit < 0) return { wrong: at };
    digits += 1;
    held = (held << bits) | digit;
    count += bits;
    if (count >= 8) {
      count -= 8;
      bytes.push((held >> count) & 0xff);
      held &= (1 << count) - 1;
    }
  }
  // A single digit of a block cannot hold a byte.
  const left = (digits * bits) % 8;
  return left >= bits ? { wrong: text.length - (bits === 6 ? 1 : 0) } : { bytes };
}

function fromBase64(text: string): string | Failure {
  const padding = text.indexOf('=');
  const digits = padding < 0 ? text : text.slice(0, padding);
  const decoded = decodeBase(digits, BASE64);
  if ('bytes' in decoded) return decodeUtf8(decoded.bytes);
  return failure(`illegal base64 data at input byte ${encodeUtf8(digits.slice(0, decoded.wrong)).length}`);
}

function fromBase32(text: string): string | Failure {
  const padding = text.indexOf('=');
  const digits = padding < 0 ? text : text.slice(0, padding);
  const decoded = decodeBase(digits, BASE32);
  if ('bytes' in decoded) return decodeUtf8(decoded.bytes);
  return failure(`illegal base32 data at input byte ${encodeUtf8(digits.slice(0, decoded.wrong)).length}`);
}

/** Percent-encodes as Go's `url.QueryEscape`. compat(lang-0411): a space becomes `+`. */
function toUri(text: string): string {
  let encoded = '';
  for (const byte of encodeUtf8(text)) {
    const character = String.fromCharCode(byte);
    if (/^[A-Za-z0-9\-_.~]$/.test(character)) encoded += character;
    else encoded += character === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

function fromUri(text: string): string | Failure {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    const code = text.slice(at + 1, at + 3);
    if (character === '%' && !/^[0-9a-fA-F]{2}$/.test(code)) return notApplicable('@urid', text);
    if (character === '%') {
      bytes.push(Number.parseInt(code, 16));
      at += 2;
    } else bytes.push(...encodeUtf8(character === '+' ? ' ' : character));
  }
  return decodeUtf8(bytes);
}

const FORMATS: ReadonlyMap<string, Native> = new Map<string, Native>([
  ['@text', (input, _args, machine) => textOf(input, machine)],
  ['@json', (input, _args, machine) => (typeof input === 'string' ? toJson(input) : textOf(input, machine))],
  ['@html', onText((text) => text.replaceAll(/[<>&'"]/g, (character) => HTML[character] ?? character))],
  ['@uri', onText(toUri)],
  ['@urid', onText(fromUri)],
  ['@csv', (input, _args, machine) => joinRow(input, CSV_ROW, machine)],
  ['@tsv', (input, _args, machine) => joinRow(input, TSV_ROW, machine)],
  ['@sh', (input, _args, machine) => joinRow(isArray(input) ? input : [input], SH_ROW, machine)],
  ['@base64', onText((text) => encodeBase(text, BASE64, 4))],
  ['@base64d', onText(fromBase64)],
  ['@base32', onText((text) => encodeBase(text, BASE32, 8))],
  ['@base32d', onText(fromBase32)],
]);

/** What a format does; an unknown one fails when it is used, not before. */
export function formatFor(name: string): Native {
  return FORMATS.get(name) ?? (() => failure(`format not defined: ${name}`));
}

/** `format(name)`. */
export const FORMAT_NATIVES: readonly (readonly [string, Native])[] = [
  [
    'format/1',
    (input, [name = null], machine) =>
      typeof name === 'string' ? formatFor(`@${name}`)(input, [], machine) : notApplicable('format', name),
  ],
];
