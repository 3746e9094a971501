import {
  compareGoText,
  GoComplex,
  GoInteger,
  GoMap,
  GoNamed,
  GoObject,
  GoSlice,
  GoStruct,
  entriesOf,
  integerOf,
  isNilValue,
  isRecord,
  itemsOf,
  kindOf,
  sprintf,
  typeOf,
  type GoValue,
} from '../gofmt/index.ts';
import { failCall } from './function.ts';

type BasicKind = 'invalid' | 'bool' | 'complex' | 'int' | 'uint' | 'float' | 'string';

function basicKind(value: GoValue): BasicKind {
  const kind = kindOf(value);
  if (kind.startsWith('int') && kind !== 'interface' && kind !== 'invalid') return 'int';
  if (kind.startsWith('uint')) return 'uint';
  if (kind === 'float64') return 'float';
  if (kind === 'complex128') return 'complex';
  return kind === 'bool' || kind === 'string' ? kind : 'invalid';
}

/** The text or number under a named type. */
function bare(value: GoValue): GoValue {
  return value instanceof GoNamed ? bare(value.value) : value;
}

function sameComplex(a: GoValue, b: GoValue): boolean {
  return a instanceof GoComplex && b instanceof GoComplex && a.real === b.real && a.imaginary === b.imaginary;
}

function equalOthers(a: GoValue, b: GoValue): boolean {
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (kindA !== kindB && kindA !== 'invalid' && kindB !== 'invalid') {
    return failCall(sprintf('non-comparable types %s: %s, %s: %v', [a, typeOf(a), typeOf(b), b]));
  }
  if (isNilValue(a) || isNilValue(b)) return isNilValue(a) === isNilValue(b);
  if (kindB === 'map' || kindB === 'slice' || kindB === 'func') {
    return failCall(sprintf('non-comparable type %s: %s', [b, typeOf(b)]));
  }
  return a === b;
}

const isAbsent = (value: GoValue): boolean => value === undefined || value === null;

function equalPair(a: GoValue, b: GoValue): boolean {
  const [kindA, kindB] = [basicKind(a), basicKind(b)];
  const integer = integerOf(a);
  if (integer !== undefined && integerOf(b) !== undefined) return integer === integerOf(b);
  if (kindA !== kindB) return isAbsent(a) || isAbsent(b) ? false : failCall('incompatible types for comparison');
  if (kindA === 'invalid') return equalOthers(a, b);
  return kindA === 'complex' ? sameComplex(a, b) : bare(a) === bare(b);
}

/** The template function `eq`: equal to any of the others. */
export function equalAny(args: readonly GoValue[]): boolean {
  const [first, ...others] = args;
  if (others.length === 0) return failCall('missing argument for comparison');
  return others.some((other) => equalPair(first, other));
}

/** The template function `lt`. */
export function lessThan(a: GoValue, b: GoValue): boolean {
  const [kindA, kindB] = [basicKind(a), basicKind(b)];
  if (kindA === 'invalid' || kindB === 'invalid') return failCall('invalid type for comparison');
  const [integerA, integerB] = [integerOf(a), integerOf(b)];
  if (integerA !== undefined && integerB !== undefined) return integerA < integerB;
  if (kindA !== kindB) return failCall('incompatible types for comparison');
  if (kindA === 'bool' || kindA === 'complex') return failCall('invalid type for comparison');
  if (kindA === 'string') return compareGoText(String(bare(a)), String(bare(b))) < 0;
  return Number(a) < Number(b);
}

/** The template function `le`. */
export function lessOrEqual(a: GoValue, b: GoValue): boolean {
  return lessThan(a, b) || equalAny([a, b]);
}

/** How deep two values are compared: deeper ones can only be inside themselves. */
const EQUAL_DEPTH_LIMIT = 1000;

/** What counts the steps: the context of a function call. */
export interface Spender {
  spend(steps: number): void;
}

/** Where a comparison stands; each part is a step, since parts may be shared. */
interface At {
  readonly depth: number;
  readonly context: Spender;
}

function below(at: At): At {
  at.context.spend(1);
  return { depth: at.depth + 1, context: at.context };
}

function equalObjects(a: GoObject, b: GoObject, at: At): boolean {
  if (a.type !== b.type) return false;
  if (a instanceof GoSlice || a instanceof GoMap) {
    return isNilValue(a) === isNilValue(b) && (isNilValue(a) || equalMembers(a, b, at));
  }
  if (a instanceof GoNamed && b instanceof GoNamed) return deepEqualAt(a.value, b.value, below(at));
  return a instanceof GoStruct && b instanceof GoStruct ? equalStructs(a, b, at) : equalAtoms(a, b);
}

function equalAtoms(a: GoObject, b: GoObject): boolean {
  if (a instanceof GoInteger) return integerOf(a) === integerOf(b);
  return a instanceof GoComplex ? sameComplex(a, b) : a.kind !== 'func' && a.text() === b.text();
}

function equalStructs(a: GoStruct, b: GoStruct, at: At): boolean {
  return [...a.parts.fields].every(([name, field]) => deepEqualAt(field, b.parts.fields.get(name), below(at)));
}

function equalMembers(a: GoValue, b: GoValue, at: At): boolean {
  const [itemsA, itemsB] = [itemsOf(a), itemsOf(b)];
  if (itemsA !== undefined) {
    if (itemsB?.length !== itemsA.length) return false;
    return itemsA.every((item, index) => deepEqualAt(item, itemsB[index], below(at)));
  }
  const [entriesA, entriesB] = [entriesOf(a) ?? {}, entriesOf(b)];
  const keys = Object.keys(entriesA);
  if (entriesB === undefined || Object.keys(entriesB).length !== keys.length) return false;
  return keys.every((key) => Object.hasOwn(entriesB, key) && deepEqualAt(entriesA[key], entriesB[key], below(at)));
}

function samePlainShape(a: GoValue, b: GoValue): boolean {
  return Array.isArray(a) ? Array.isArray(b) : isRecord(a) && isRecord(b);
}

function deepEqualAt(a: GoValue, b: GoValue, at: At): boolean {
  if (at.depth > EQUAL_DEPTH_LIMIT) return failCall(`values are compared to a depth of ${EQUAL_DEPTH_LIMIT}`);
  if (typeof a === 'string') at.context.spend(a.length >> 6);
  if (a === b || (isAbsent(a) && isAbsent(b))) return true;
  if (a instanceof GoObject && b instanceof GoObject) return equalObjects(a, b, at);
  return samePlainShape(a, b) && equalMembers(a, b, at);
}

/** Go's reflect.DeepEqual: types count, so int 1 is not int64 1. Each part is a step. */
export function deepEqual(a: GoValue, b: GoValue, context: Spender): boolean {
  return deepEqualAt(a, b, { depth: 0, context });
}
