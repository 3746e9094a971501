import { compareQuantity } from '../quantity/index.ts';
import { comparePrerelease, type Version } from '../semver/index.ts';
import { compareGoText } from '../gofmt/index.ts';
import { sameAddress, type IpRange } from './ip.ts';
import { spend, spendUnits, type Run } from './run.ts';
import {
  CelDuration,
  CelList,
  CelObject,
  CelOptional,
  CelTimestamp,
  CelType,
  CelUint,
  isMap,
  type CelMap,
  type KubeValue,
} from './values.ts';

/** A number of any of the three kinds; `undefined` for all else. */
function numberOf(value: unknown): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof CelUint ? value.value : undefined;
}

function orderOf<T extends bigint | number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders numbers of any kind; `undefined` when one is NaN. */
function compareNumbers(a: bigint | number, b: bigint | number): number | undefined {
  if (Number.isNaN(a) || Number.isNaN(b)) return undefined;
  if (typeof a === typeof b) return orderOf(a, b);
  // compat(lang-0712): an integer is rounded to a double before it is compared with one.
  return orderOf(Number(a), Number(b));
}

/** Orders byte strings. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = (a[index] ?? 0) - (b[index] ?? 0);
    if (order !== 0) return order < 0 ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}

/** Orders semantic versions by precedence. */
export function compareVersionValues(a: Version, b: Version): number {
  return (
    orderOf(a.major, b.major) ||
    orderOf(a.minor, b.minor) ||
    orderOf(a.patch, b.patch) ||
    comparePrerelease(a.prerelease, b.prerelease)
  );
}

function compareObjects(a: object, b: object): number | undefined {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return orderOf(a.ns, b.ns);
  if (a instanceof CelDuration && b instanceof CelDuration) return orderOf(a.ns, b.ns);
  return undefined;
}

/** The order of two values: negative, zero, positive; NaN when they compare false either way; `undefined` for none. */
export function compareValues(a: unknown, b: unknown, run: Run): number | undefined {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) return compareNumbers(left, right) ?? Number.NaN;
  if (typeof a === 'string' && typeof b === 'string') {
    spendUnits(run, Math.min(a.length, b.length));
    return compareGoText(a, b);
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return isReference(a) && isReference(b) ? compareObjects(a, b) : undefined;
}

const isReference = (value: unknown): value is object => typeof value === 'object' && value !== null;

function equalLists(a: CelList, b: CelList, run: Run): boolean {
  if (a.size !== b.size) return false;
  spend(run, a.size);
  for (let index = 0; index < a.size; index += 1) {
    if (!equalValues(a.get(index), b.get(index), run)) return false;
  }
  return true;
}

function equalMaps(a: CelMap, b: CelMap, run: Run): boolean {
  if (a.size !== b.size) return false;
  spend(run, a.size);
  return a.keys().every((key) => {
    const other = b.find(key);
    return other !== undefined && equalValues(a.find(key), other, run);
  });
}

function equalRanges(a: IpRange, b: IpRange): boolean {
  return a.bits === b.bits && sameAddress(a.address, b.address);
}

function equalKube(a: KubeValue, b: KubeValue): boolean {
  switch (a.type) {
    case 'kubernetes.Quantity':
      return b.type === a.type && compareQuantity(a.quantity, b.quantity) === 0;
    case 'kubernetes.Semver':
      return b.type === a.type && compareVersionValues(a.version, b.version) === 0;
    case 'kubernetes.URL':
      return b.type === a.type && a.url.text === b.url.text;
    case 'net.IP':
      return b.type === a.type && sameAddress(a.address, b.address);
    case 'net.CIDR':
      return b.type === a.type && equalRanges(a.range, b.range);
    default:
      return b.type === a.type && a.name === b.name;
  }
}

function equalOptionals(a: CelOptional, b: CelOptional, run: Run): boolean {
  return a.present === b.present && (!a.present || equalValues(a.value, b.value, run));
}

function equalCollections(a: object, b: object, run: Run): boolean | undefined {
  if (a instanceof CelList) return b instanceof CelList && equalLists(a, b, run);
  return isMap(a) ? isMap(b) && equalMaps(a, b, run) : undefined;
}

function equalObjects(a: object, b: object, run: Run): boolean {
  const collections = equalCollections(a, b, run);
  if (collections !== undefined) return collections;
  if (a instanceof CelType) return b instanceof CelType && a.name === b.name;
  if (a instanceof CelOptional) return b instanceof CelOptional && equalOptionals(a, b, run);
  if (a instanceof CelObject) return b instanceof CelObject && equalKube(a.held, b.held);
  return compareObjects(a, b) === 0;
}

/** Equality over all types: numbers of different kinds compare by value, values of different types differ. */
export function equalValues(a: unknown, b: unknown, run: Run): boolean {
  if (typeof a === 'string') {
    if (typeof b === 'string' && b.length === a.length) spendUnits(run, a.length / 4);
    return a === b;
  }
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) return compareNumbers(left, right) === 0;
  if (isReference(a) && isReference(b)) return equalObjects(a, b, run);
  return a === b;
}
