import { DiagnosticError, limitReached } from '../diagnostic/index.ts';
import { formatGoFloat } from './number.ts';
import { formatGoTime, GO_LAYOUTS } from '../gotime/index.ts';
import { GoTime } from './time.ts';
import {
  entriesOf,
  GoNamed,
  GoObject,
  GoSlice,
  GoStruct,
  integerOf,
  isNilValue,
  itemsOf,
  kindOf,
  sortedKeys,
  typeOf,
  type GoValue,
} from './values.ts';

/** How encoding/json writes: `escapeHtml` is its default, `indent` that of MarshalIndent. */
export interface JsonStyle {
  readonly escapeHtml: boolean;
  readonly indent?: string;
}

/** How deep a value is written. */
export const JSON_DEPTH_LIMIT = 1000;
/** How many parts of a value are written at once. */
export const JSON_PARTS_LIMIT = 200_000;

/** Thrown for what JSON cannot hold; the words are Go's. */
export class GoJsonError extends Error {
  override readonly name = 'GoJsonError';
}

const SHORT = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escapeUnit(char: string): string {
  const short = SHORT.get(char);
  if (short !== undefined) return short;
  const code = char.charCodeAt(0);
  // Of the control characters only the first 32 need it.
  if (code >= 0x7f && code <= 0x9f) return char;
  if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

const HTML_UNSAFE = /["\\<>&\u2028\u2029\p{Cc}\p{Cs}]/gu;
const RAW_UNSAFE = /["\\\u2028\u2029\p{Cc}\p{Cs}]/gu;

/** A text literal as encoding/json writes it. */
export function quoteJson(text: string, escapeHtml: boolean): string {
  return `"${text.replace(escapeHtml ? HTML_UNSAFE : RAW_UNSAFE, escapeUnit)}"`;
}

/** A float64 as encoding/json writes it: exponents below 1e-6 and from 1e21 on. */
export function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) {
    throw new GoJsonError(`json: unsupported value: ${formatGoFloat(value, 'g', -1)}`);
  }
  const size = Math.abs(value);
  if (Object.is(value, -0)) return '-0';
  if (size !== 0 && (size < 1e-6 || size >= 1e21)) {
    return formatGoFloat(value, 'e', -1).replace(/e-0(\d)$/, 'e-$1');
  }
  return String(value).includes('e') ? formatGoFloat(value, 'f', -1) : String(value);
}

interface At {
  readonly style: JsonStyle;
  readonly depth: number;
  /** Parts written so far. */
  readonly meter: { parts: number };
}

function joined(parts: readonly string[], brackets: string, at: At): string {
  const [open, close] = [brackets.charAt(0), brackets.charAt(1)];
  const { indent } = at.style;
  if (indent === undefined || parts.length === 0) return open + parts.join(',') + close;
  const pad = `\n${indent.repeat(at.depth + 1)}`;
  return `${open}${pad}${parts.join(`,${pad}`)}\n${indent.repeat(at.depth)}${close}`;
}

function base64Bytes(items: readonly GoValue[]): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let out = '';
  for (let at = 0; at < items.length; at += 3) {
    const [a, b, c] = [0, 1, 2].map((offset) => Number(integerOf(items[at + offset]) ?? 0n)) as [
      number,
      number,
      number,
    ];
    const group = (a << 16) | (b << 8) | c;
    for (const shift of [18, 12, 6, 0]) out += alphabet.charAt((group >> shift) & 63);
  }
  const missing = (3 - (items.length % 3)) % 3;
  return out.slice(0, out.length - missing) + '='.repeat(missing);
}

function encodeObject(value: GoObject, at: At): string {
  const integer = integerOf(value);
  if (integer !== undefined) return String(integer);
  if (value instanceof GoStruct) return encodeStruct(value, at);
  if (value instanceof GoTime) return quoteJson(formatGoTime(value, GO_LAYOUTS.rfc3339Nano), at.style.escapeHtml);
  if (value instanceof GoNamed) return encode(value.value, at);
  if (value.kind === 'slice' || value.kind === 'map') return encodeCollection(value, at);
  const text = value.kind === 'func' ? undefined : value.text();
  if (text === undefined) throw new GoJsonError(`json: unsupported type: ${typeOf(value)}`);
  return quoteJson(text, at.style.escapeHtml);
}

function encodeStruct(value: GoStruct, at: At): string {
  if (value.parts.json !== undefined) return encode(value.parts.json(), at);
  const below = { ...at, depth: at.depth + 1 };
  const member = ([name, field]: readonly [string, GoValue]): string =>
    `${quoteJson(name, at.style.escapeHtml)}:${at.style.indent === undefined ? '' : ' '}${encode(field, below)}`;
  // A type with a text form of its own (a version) is written as that text.
  const text = value.text();
  return text === undefined
    ? joined([...value.parts.fields].map(member), '{}', at)
    : quoteJson(text, at.style.escapeHtml);
}

function encodeCollection(value: GoValue, at: At): string {
  if (isNilValue(value)) return 'null';
  if (at.depth > JSON_DEPTH_LIMIT) throw new GoJsonError('json: unsupported value: encountered a cycle');
  const below = { ...at, depth: at.depth + 1 };
  if (value instanceof GoSlice && value.elementType === 'uint8') return `"${base64Bytes(value.items)}"`;
  const items = itemsOf(value);
  if (items !== undefined)
    return joined(
      items.map((item) => encode(item, below)),
      '[]',
      at,
    );
  const entries = entriesOf(value) ?? {};
  const colon = at.style.indent === undefined ? ':' : ': ';
  const parts = sortedKeys(entries).map(
    (key) => quoteJson(key, at.style.escapeHtml) + colon + encode(entries[key], below),
  );
  return joined(parts, '{}', at);
}

function encode(value: GoValue, at: At): string {
  at.meter.parts += 1;
  if (at.meter.parts > JSON_PARTS_LIMIT) throw new DiagnosticError(limitReached('JSON parts', JSON_PARTS_LIMIT));
  switch (typeof value) {
    case 'string':
      return quoteJson(value, at.style.escapeHtml);
    case 'number':
      return jsonNumber(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      break;
  }
  if (value === null || value === undefined) return 'null';
  if (kindOf(value) === 'complex128') throw new GoJsonError('json: unsupported type: complex128');
  return value instanceof GoObject ? encodeObject(value, at) : encodeCollection(value, at);
}

/** Go's json.Marshal (or MarshalIndent, or an Encoder without HTML escapes). Throws GoJsonError. */
export function formatGoJson(value: GoValue, style: JsonStyle = { escapeHtml: true }): string {
  return encode(value, { style, depth: 0, meter: { parts: 0 } });
}
