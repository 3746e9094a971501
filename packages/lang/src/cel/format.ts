import { encodeBytes, formatGoFloat, toPlainText, decodeBytes } from '../gofmt/index.ts';
import { fail, spendUnits, type Run } from './run.ts';
import { formatDuration, formatTimestamp } from './time.ts';
import { CelDuration, CelList, CelTimestamp, CelType, CelUint, isMap, typeName, type CelMap } from './values.ts';

const CLAUSE = /%(?:%|(?:\.(\d+))?([\s\S]?))/gu;
const DEFAULT_PRECISION = 6;

const clauseError = (message: string): never => fail(`error during formatting: ${message}`);

function formatMap(map: CelMap): string {
  const entries = map.keys().map((key) => [asText(key), asText(map.find(key))] as const);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${sorted.map(([key, value]) => `${key}: ${value}`).join(', ')}}`;
}

function formatSpecial(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? undefined : value > 0 ? 'Infinity' : '-Infinity';
}

function objectText(value: object): string | undefined {
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof Uint8Array) return toPlainText(decodeBytes(value));
  if (value instanceof CelList) return `[${value.items().map(asText).join(', ')}]`;
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (value instanceof CelType) return value.name;
  return isMap(value) ? formatMap(value) : undefined;
}

/** `%s`. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'null';
  if (typeof value === 'number') return formatSpecial(value) ?? formatGoFloat(value, 'f', -1);
  const isScalar = typeof value === 'boolean' || typeof value === 'bigint';
  const text = isScalar ? String(value) : objectText(value as object);
  return (
    text ??
    clauseError(
      `string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeName(value)}`,
    )
  );
}

function integerOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return value instanceof CelUint ? value.value : undefined;
}

function decimal(value: unknown): string {
  const special = typeof value === 'number' ? formatSpecial(value) : undefined;
  const integer = integerOf(value);
  if (integer !== undefined) return String(integer);
  return special ?? clauseError(`decimal clause can only be used on integers, was given ${typeName(value)}`);
}

function fixed(value: unknown, precision: number): string {
  const number = typeof value === 'number' ? value : Number.NaN;
  if (typeof value !== 'number' && value !== 'NaN' && value !== 'Infinity' && value !== '-Infinity') {
    clauseError(`fixed-point clause can only be used on doubles, was given ${typeName(value)}`);
  }
  if (typeof value === 'string') return value;
  return formatSpecial(number) ?? formatGoFloat(number, 'f', precision);
}

function scientific(value: unknown, precision: number): string {
  if (typeof value !== 'number') {
    return clauseError(`scientific clause can only be used on doubles, was given ${typeName(value)}`);
  }
  return formatSpecial(value) ?? formatGoFloat(value, 'e', precision);
}

function binary(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  const integer = integerOf(value);
  return (
    integer?.toString(2) ??
    clauseError(`only integers and bools can be formatted as binary, was given ${typeName(value)}`)
  );
}

function octal(value: unknown): string {
  const integer = integerOf(value);
  return integer?.toString(8) ?? clauseError(`octal clause can only be used on integers, was given ${typeName(value)}`);
}

function hexadecimal(value: unknown, upper: boolean): string {
  const bytes = typeof value === 'string' ? encodeBytes(value) : value;
  const text =
    bytes instanceof Uint8Array
      ? [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      : integerOf(value)?.toString(16);
  if (text === undefined) {
    return clauseError(
      `only integers, byte buffers, and strings can be formatted as hex, was given ${typeName(value)}`,
    );
  }
  return upper ? text.toUpperCase() : text;
}

/** One verb with its value. */
const VERBS: ReadonlyMap<string, (value: unknown, precision: number) => string> = new Map([
  ['s', (value: unknown) => asText(value)],
  ['d', (value: unknown) => decimal(value)],
  ['f', fixed],
  ['e', scientific],
  ['b', (value: unknown) => binary(value)],
  ['o', (value: unknown) => octal(value)],
  ['x', (value: unknown) => hexadecimal(value, false)],
  ['X', (value: unknown) => hexadecimal(value, true)],
]);

/** `template.format(list)` of the strings library. */
export function formatString(template: string, list: CelList, run: Run): string {
  let used = 0;
  const out = template.replace(CLAUSE, (whole, precision: string | undefined, verb: string | undefined) => {
    if (whole === '%%') return '%';
    if (verb === undefined || verb === '') fail('could not parse formatting clause: unexpected end of string');
    const format =
      VERBS.get(verb) ?? fail(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
    if (used >= list.size) fail(`index ${used} out of range`);
    const digits = precision === undefined ? DEFAULT_PRECISION : Number(precision);
    if (digits > 100) fail('could not parse formatting clause: precision over 100');
    const text = format(list.get(used), digits);
    used += 1;
    spendUnits(run, text.length);
    return text;
  });
  spendUnits(run, template.length);
  return out;
}
