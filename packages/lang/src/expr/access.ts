import { sliceBytes, toBytes, isAsciiText } from './bytes.ts';
import { fail } from './failure.ts';
import { methodOf } from './methods.ts';
import { truncate } from './numbers.ts';
import { equal } from './operators.ts';
import {
  formatValue,
  goTypeOf,
  isGoObject,
  isRecord,
  type ExprValue,
  type GoDuration,
  type GoLocation,
  type GoRecord,
  type GoTime,
} from './values.ts';

/** An index as Go's runtime takes it: an int, or a float cut off. */
export function toInt(value: ExprValue): number {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? Number(truncate(value)) : fail(`invalid operation: int(${goTypeOf(value)})`);
}

/** A place in a list of that length; negative ones count from the end. */
function placeOf(key: ExprValue, length: number): number {
  const wanted = toInt(key);
  const index = wanted < 0 ? length + wanted : wanted;
  return index >= 0 && index < length ? index : fail(`index out of range: ${index} (array length is ${length})`);
}

function byteOf(text: string, key: ExprValue): bigint {
  // compat(lang-0202): an index into a text gives a byte as a number, as Go does.
  const bytes = toBytes(text);
  return BigInt(bytes[placeOf(key, bytes.length)] ?? 0);
}

function memberOf(record: GoRecord, key: ExprValue): ExprValue {
  if (typeof key !== 'string') {
    if (key === null || key === undefined) return Object.hasOwn(record, '') ? (record[''] ?? null) : null;
    return fail(`reflect.Value.MapIndex: value of type ${goTypeOf(key)} is not assignable to type string`);
  }
  return Object.hasOwn(record, key) ? (record[key] ?? null) : null;
}

function methodIn(from: GoTime | GoDuration | GoLocation, key: ExprValue): ExprValue {
  const method = typeof key === 'string' ? methodOf(from, key) : undefined;
  return method ?? fail(`cannot fetch ${formatValue(key)} from ${goTypeOf(from)}`);
}

/** `from[key]` and `from.key`. A missing key of a map is nil; anything else that is missing fails. */
export function fetchMember(from: ExprValue, key: ExprValue): ExprValue {
  if (typeof from === 'string') return byteOf(from, key);
  if (typeof from !== 'object' || from === null) {
    return fail(`cannot fetch ${formatValue(key)} from ${goTypeOf(from)}`);
  }
  if (Array.isArray(from)) return (from as readonly ExprValue[])[placeOf(key, from.length)] ?? null;
  if (from instanceof Map) return (from as ReadonlyMap<ExprValue, ExprValue>).get(key ?? null) ?? null;
  return isGoObject(from) ? methodIn(from, key) : memberOf(from as GoRecord, key);
}

/** `value[from:to]`: places behind the end are cut off, negative ones count from the end. */
export function slice(value: ExprValue, from: ExprValue, to: ExprValue): ExprValue {
  const list = Array.isArray(value) ? (value as readonly ExprValue[]) : undefined;
  if (list === undefined && typeof value !== 'string') return fail(`cannot slice ${formatValue(from ?? 0n)}`);
  const text = typeof value === 'string' ? value : '';
  const length = list?.length ?? (isAsciiText(text) ? text.length : toBytes(text).length);
  const place = (item: ExprValue, absent: number): number => {
    const wanted = item === undefined ? absent : toInt(item);
    return Math.max(0, wanted < 0 ? length + wanted : wanted);
  };
  const end = Math.min(place(to, length), length);
  const start = Math.min(place(from, 0), end);
  return list === undefined ? sliceBytes(text, start, end) : list.slice(start, end);
}

/** `needle in container`: an element of an array, or a key of a map. */
export function contains(needle: ExprValue, container: ExprValue): boolean {
  if (container === null || container === undefined) return false;
  if (Array.isArray(container)) return (container as readonly ExprValue[]).some((item) => equal(item, needle));
  if (container instanceof Map) return (container as ReadonlyMap<ExprValue, ExprValue>).has(needle ?? null);
  if (!isRecord(container)) return fail(`operator "in" not defined on ${goTypeOf(container)}`);
  const key = needle ?? '';
  if (typeof key !== 'string') {
    return fail(`reflect.Value.MapIndex: value of type ${goTypeOf(key)} is not assignable to type string`);
  }
  return Object.hasOwn(container, key);
}
