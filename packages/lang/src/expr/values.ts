import { compareText, setOwn } from '@argosy/std';
import { formatGoDuration } from '../duration/index.ts';
import { formatGoTime, GO_LAYOUTS, timeText, type GoZone, type ZonedTime } from '../gotime/index.ts';
import { formatFloat, formatJsonFloat } from './numbers.ts';
import { ExprFailure } from './failure.ts';
import { Walk } from './walk.ts';

/**
 * A value of the language: null is nil, a bigint Go's int, a number Go's float64, a plain object Go's
 * map[string]any, a Map Go's map[any]any. Objects may have any prototype: only own members count.
 */
export type ExprValue = unknown;

/** A moment with its zone: Go's time.Time. */
export class GoTime implements ZonedTime {
  readonly epochNs: bigint;
  readonly zone: GoZone;

  constructor(epochNs: bigint, zone: GoZone) {
    this.epochNs = epochNs;
    this.zone = zone;
  }
}

/** A span in nanoseconds: Go's time.Duration. */
export class GoDuration {
  readonly ns: bigint;

  constructor(ns: bigint) {
    this.ns = BigInt.asIntN(64, ns);
  }
}

/** A time zone as a value: Go's *time.Location. */
export class GoLocation {
  readonly zone: GoZone;

  constructor(zone: GoZone) {
    this.zone = zone;
  }
}

/** A plain object of the environment or of a map literal. */
export interface GoRecord {
  readonly [key: string]: ExprValue;
}

/** True for Go's map[string]any: an object that is none of the other kinds. */
export function isRecord(value: ExprValue): value is GoRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Map || isGoObject(value));
}

/** True for a time, a duration or a zone. */
export function isGoObject(value: ExprValue): value is GoTime | GoDuration | GoLocation {
  return value instanceof GoTime || value instanceof GoDuration || value instanceof GoLocation;
}

/** What Go's %T prints. */
export function goTypeOf(value: ExprValue): string {
  switch (typeof value) {
    case 'undefined':
      return '<nil>';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float64';
    case 'string':
      return 'string';
    case 'function':
      return 'func(...interface {}) (interface {}, error)';
    default:
      return objectType(value);
  }
}

function objectType(value: ExprValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (value instanceof Map) return 'map[interface {}]interface {}';
  if (value instanceof GoTime) return 'time.Time';
  if (value instanceof GoDuration) return 'time.Duration';
  return value instanceof GoLocation ? '*time.Location' : 'map[string]interface {}';
}

/** What the built-in `type` answers. */
export function typeWord(value: ExprValue): string {
  if (value === null || value === undefined) return 'nil';
  if (value instanceof GoLocation) return 'time.Location';
  const name = goTypeOf(value);
  if (name === 'float64') return 'float';
  if (name.startsWith('map[')) return 'map';
  if (name.startsWith('func(')) return 'func';
  return name.startsWith('[]') ? 'array' : name;
}

/** Go prints maps by sorted keys: nil, then integers, floats, false and true, texts. */
const KEY_RANKS: readonly string[] = ['object', 'boolean', 'bigint', 'number', 'string'];

function compareKeys(a: ExprValue, b: ExprValue): number {
  const rank = KEY_RANKS.indexOf(typeof a) - KEY_RANKS.indexOf(typeof b);
  if (rank !== 0) return rank;
  if (typeof a === 'string' && typeof b === 'string') return compareUtf8(a, b);
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === 'number' && typeof b === 'number' ? a - b : Number(a) - Number(b);
}

/** Orders texts by their UTF-8 bytes, as Go does. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [x, y] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (x === y) continue;
    const [highX, highY] = [x >= 0xd800 && x <= 0xdfff, y >= 0xd800 && y <= 0xdfff];
    // A surrogate stands for a character beyond all others.
    return highX === highY ? x - y : highX ? 1 : -1;
  }
  return a.length - b.length;
}

function entriesOf(value: ExprValue): readonly (readonly [ExprValue, ExprValue])[] {
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value as GoRecord);
  return entries.toSorted(([a], [b]) => compareKeys(a, b));
}

function goText(value: ExprValue, walk: Walk): string {
  switch (typeof value) {
    case 'string':
      walk.scalar(value.length);
      return value;
    case 'number':
      return formatFloat(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return walk.within(() => objectText(value, walk));
  }
}

function objectText(value: ExprValue, walk: Walk): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map((item) => goText(item, walk)).join(' ')}]`;
  if (value instanceof GoTime) return timeText(value);
  if (value instanceof GoDuration) return formatGoDuration(value.ns);
  if (value instanceof GoLocation) return value.zone.name;
  if (typeof value === 'function') return 'func';
  const parts = entriesOf(value).map(([key, item]) => `${goText(key, walk)}:${goText(item, walk)}`);
  return `map[${parts.join(' ')}]`;
}

/** Prints a value as Go's fmt does with %v. */
export function formatValue(value: ExprValue, walk = new Walk()): string {
  return goText(value, walk);
}

// eslint-disable-next-line no-control-regex -- control characters are exactly what must be escaped
const UNSAFE = /[\u0000-\u001f"\\<>&\u2028\u2029]/g;
const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Quotes a text as Go's encoding/json does: also `<`, `>` and `&` are escaped. */
export function quoteJson(text: string): string {
  const escaped = text.replace(/\p{Surrogate}/gu, '\ufffd').replace(UNSAFE, (char) => {
    return SHORT_ESCAPES.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

interface JsonStyle {
  readonly indent: string;
  /** How deep the value stands. */
  readonly depth: number;
  readonly walk: Walk;
}

const deeper = (style: JsonStyle): JsonStyle => ({ ...style, depth: style.depth + 1 });

function jsonList(items: readonly string[], brackets: string, style: JsonStyle): string {
  const [open, close] = [brackets.charAt(0), brackets.charAt(1)];
  if (items.length === 0) return brackets;
  if (style.indent === '') return `${open}${items.join(',')}${close}`;
  const inner = style.indent.repeat(style.depth + 1);
  return `${open}\n${inner}${items.join(`,\n${inner}`)}\n${style.indent.repeat(style.depth)}${close}`;
}

function jsonObject(value: ExprValue, style: JsonStyle): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => jsonText(item, deeper(style)));
    return jsonList(items, '[]', style);
  }
  if (value instanceof GoTime) return quoteJson(formatGoTime(value, GO_LAYOUTS.rfc3339Nano));
  if (value instanceof GoDuration) return String(value.ns);
  if (value instanceof GoLocation) return '{}';
  if (value instanceof Map || typeof value === 'function') {
    throw new ExprFailure(`json: unsupported type: ${goTypeOf(value)}`);
  }
  const colon = style.indent === '' ? ':' : ': ';
  const parts = entriesOf(value).map(
    ([key, item]) => `${quoteJson(String(key))}${colon}${jsonText(item, deeper(style))}`,
  );
  return jsonList(parts, '{}', style);
}

function jsonText(value: ExprValue, style: JsonStyle): string {
  style.walk.scalar(typeof value === 'string' ? value.length : 0);
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new ExprFailure(`json: unsupported value: ${formatFloat(value)}`);
    return formatJsonFloat(value);
  }
  return typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : style.walk.within(() => jsonObject(value, style));
}

/** Writes a value as Go's encoding/json does: sorted keys, whole ints, `<` escaped. Throws ExprFailure. */
export function toJsonText(value: ExprValue, indent = '', walk = new Walk()): string {
  return jsonText(value, { indent, depth: 0, walk });
}

const INTEGER_LIMIT = 2 ** 63;

/** A JSON value as a value of the language, where whole numbers are ints; those beyond int64 stay floats. */
export function fromJsonIntegers(value: unknown, walk = new Walk()): ExprValue {
  if (typeof value === 'number') {
    return Number.isInteger(value) && Math.abs(value) < INTEGER_LIMIT ? BigInt(value) : value;
  }
  if (Array.isArray(value)) return walk.within(() => value.map((item) => fromJsonIntegers(item, walk)));
  if (!isRecord(value)) return value;
  return walk.within(() => {
    const copy: { [key: string]: ExprValue } = {};
    for (const key of Object.keys(value)) setOwn(copy, key, fromJsonIntegers(value[key], walk));
    return copy;
  });
}

/**
 * A value of the language as JSON: ints that a number holds exactly become numbers, larger ones stay bigint; times
 * and durations as Go writes them; a map with other keys than texts gets their text.
 */
export function toJsonValue(value: ExprValue, walk = new Walk()): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value === 'object' && value !== null) return walk.within(() => objectJson(value, walk));
  return typeof value === 'function' ? formatValue(value) : (value ?? null);
}

function objectJson(value: object, walk: Walk): unknown {
  if (Array.isArray(value)) return value.map((item) => toJsonValue(item, walk));
  if (isGoObject(value)) return goObjectJson(value);
  const copy: { [key: string]: unknown } = {};
  for (const [key, item] of entriesOf(value)) setOwn(copy, formatValue(key), toJsonValue(item, walk));
  return copy;
}

function goObjectJson(value: GoTime | GoDuration | GoLocation): unknown {
  if (value instanceof GoDuration) return toJsonValue(value.ns);
  return value instanceof GoLocation ? value.zone.name : (JSON.parse(toJsonText(value)) as unknown);
}

/** Orders keys of a record by code unit. */
export const sortedKeys = (value: GoRecord): string[] => Object.keys(value).sort(compareText);
