import { isFunctionTable, type ExprFunction, type FunctionTable } from './functions.ts';
import { GoDuration, GoLocation, GoTime, isRecord, type ExprValue } from './values.ts';

/** What the checker knows of a value before it runs. */
export interface Nature {
  readonly kind:
    | 'unknown'
    | 'nil'
    | 'bool'
    | 'int'
    | 'float'
    | 'string'
    | 'array'
    | 'map'
    | 'time'
    | 'duration'
    | 'location'
    | 'func';
  /** Go's name of the type, as messages print it. */
  readonly text: string;
  /** Of arrays: what the elements are. Of maps: what the members are. */
  readonly element?: Nature;
  /** Of maps: whether keys are texts or anything. */
  readonly key?: 'string' | 'any';
  /** Of functions of the environment: the function, or the table that it is. */
  readonly callee?: ExprFunction;
}

/** Nothing is known. */
export const UNKNOWN: Nature = { kind: 'unknown', text: 'unknown' };
/** Go's `interface {}`: anything. */
export const ANY: Nature = { kind: 'unknown', text: 'interface {}' };
/** The literal nil. */
export const NIL: Nature = { kind: 'nil', text: 'unknown' };
/** Go's bool. */
export const BOOL: Nature = { kind: 'bool', text: 'bool' };
/** Go's int. */
export const INT: Nature = { kind: 'int', text: 'int' };
/** Go's float64. */
export const FLOAT: Nature = { kind: 'float', text: 'float64' };
/** Go's string. */
export const STRING: Nature = { kind: 'string', text: 'string' };
/** Go's time.Time. */
export const TIME: Nature = { kind: 'time', text: 'time.Time' };
/** Go's time.Duration. */
export const DURATION: Nature = { kind: 'duration', text: 'time.Duration' };
/** Go's *time.Location. */
export const LOCATION: Nature = { kind: 'location', text: '*time.Location' };
/** An array of anything. */
export const ARRAY: Nature = { kind: 'array', text: '[]interface {}', element: ANY };
/** An array of texts, as `split` gives it. */
export const STRINGS: Nature = { kind: 'array', text: '[]string', element: STRING };
/** A map of texts to anything. */
export const MAP: Nature = { kind: 'map', text: 'map[string]interface {}', element: ANY, key: 'string' };
/** A map of anything to anything, as `groupBy` gives it. */
export const ANY_MAP: Nature = { kind: 'map', text: 'map[interface {}]interface {}', element: ANY, key: 'any' };
/** A built-in function that is named, not called. */
export const FUNCTION: Nature = { kind: 'func', text: 'func(...interface {}) (interface {}, error)' };

/** An array of one kind of element; Go's type stays `[]interface {}`. */
export const arrayOf = (element: Nature): Nature => ({ ...ARRAY, element });

/** Anything may be in it. */
export const isUnknown = (nature: Nature): boolean => nature.kind === 'unknown';

/** An int or a float. */
export const isNumber = (nature: Nature): boolean => nature.kind === 'int' || nature.kind === 'float';

/** Go's AssignableTo. */
export function assignable(from: Nature, to: Nature): boolean {
  if (to.text === 'interface {}') return from.text !== 'unknown' || from.kind === 'nil';
  return from.kind !== 'unknown' && from.kind !== 'nil' && from.text === to.text;
}

/** What `==` and `in` may compare. */
export function comparable(a: Nature, b: Nature): boolean {
  if (isUnknown(a) || isUnknown(b) || a.kind === 'nil' || b.kind === 'nil') return true;
  if ((isNumber(a) && isNumber(b)) || (a.kind === b.kind && a.kind === 'array')) return true;
  return assignable(a, b);
}

const PRIMITIVES: { readonly [type: string]: Nature } = {
  boolean: BOOL,
  bigint: INT,
  number: FLOAT,
  string: STRING,
  undefined: NIL,
};

/** The nature of a value of the environment, as Go's reflection sees it: the members of a map may be anything. */
export function natureOf(value: ExprValue): Nature {
  const primitive = PRIMITIVES[typeof value];
  if (primitive !== undefined) return primitive;
  if (value === null) return NIL;
  if (Array.isArray(value)) return ARRAY;
  if (value instanceof GoTime) return TIME;
  if (value instanceof GoDuration) return DURATION;
  if (value instanceof GoLocation) return LOCATION;
  if (value instanceof Map) return ANY_MAP;
  return isRecord(value) ? MAP : UNKNOWN;
}

/** The nature of a function, or of a table of functions such as `sprig`. */
export function natureOfFunction(item: ExprFunction | FunctionTable): Nature {
  return isFunctionTable(item) ? MAP : { ...FUNCTION, callee: item };
}
