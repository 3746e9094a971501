import type { Result } from '@argosy/std';
import { DiagnosticError, type Diagnostic } from '../diagnostic/index.ts';
import { decodeBase64 } from './encoders.ts';
import { parseDuration, parseTimestamp } from './time.ts';
import { CelList, CelOptional, fromJson, jsonMap, NONE } from './values.ts';

/**
 * What is known of a value before it is there: how its JSON is read, and which fields it has. Rules of a schema see
 * only what the schema names.
 */
export interface CelShape {
  readonly kind: 'any' | 'scalar' | 'double' | 'timestamp' | 'duration' | 'bytes' | 'list' | 'map' | 'struct';
  /** The type's name in messages. */
  readonly name: string;
  /** The shape of the items of a list, the values of a map. */
  readonly element?: () => CelShape;
  /** The shape of a struct's field; `undefined` when it has no such field. */
  readonly field?: (name: string) => CelShape | undefined;
}

/** Nothing is known: numbers that are whole are ints. */
export const ANY_SHAPE: CelShape = Object.freeze({ kind: 'any', name: 'dyn' });

/** What the text says as another type; the text itself when it does not. */
function parsedText(value: unknown, parse: (text: string) => unknown): unknown {
  if (typeof value !== 'string') return fromJson(value);
  try {
    return parse(value);
  } catch (error) {
    if (error instanceof DiagnosticError) return value;
    throw error;
  }
}

/** A date alone is its first moment. */
function momentOf(text: string): unknown {
  return parseTimestamp(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
}

function shapedStruct(value: { readonly [key: string]: unknown }, shape: CelShape): unknown {
  return jsonMap(value, (key, member) => {
    const field = shape.field?.(key);
    return field === undefined ? undefined : shapedValue(member, field);
  });
}

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shapedCollection(value: unknown, shape: CelShape): unknown {
  const element = shape.element?.() ?? ANY_SHAPE;
  const read = (item: unknown): unknown => shapedValue(item, element);
  if (shape.kind === 'list' && Array.isArray(value)) return new CelList(value, read);
  if (shape.kind === 'map' && isObject(value)) return jsonMap(value, (_key, member) => read(member));
  return shape.kind === 'struct' && isObject(value) ? shapedStruct(value, shape) : fromJson(value);
}

/** JSON as a value of the shape, read where it is looked at. JSON that does not fit the shape is read as it is. */
export function shapedValue(value: unknown, shape: CelShape): unknown {
  switch (shape.kind) {
    case 'double':
      return typeof value === 'number' ? value : fromJson(value);
    case 'timestamp':
      return parsedText(value, momentOf);
    case 'duration':
      return parsedText(value, parseDuration);
    case 'bytes':
      return parsedText(value, (text) => decodeBase64(text) ?? text);
    case 'list':
    case 'map':
    case 'struct':
      return shapedCollection(value, shape);
    default:
      return fromJson(value);
  }
}

/** A map whose members are computed when they are looked at, each once. An error is that of the expression that looks. */
export function lazyMap(names: readonly string[], read: (name: string) => Result<unknown, Diagnostic>): unknown {
  const known = new Map<string, Result<unknown, Diagnostic>>();
  return jsonMap(Object.fromEntries(names.map((name) => [name, true])), (name) => {
    const found = known.get(name) ?? read(name);
    known.set(name, found);
    if (!found.ok) throw new DiagnosticError(found.error);
    return found.value;
  });
}

/** A value that may be missing, as `optional.of(x)` and `optional.none()` make it. */
export function optionalValue(value: unknown): unknown {
  return value === undefined ? NONE : new CelOptional(true, value);
}
