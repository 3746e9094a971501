/** What an argument of a predicate function is. */
export interface ArgumentShape {
  readonly kind: 'value' | 'predicate';
  readonly optional: boolean;
}

const value: ArgumentShape = { kind: 'value', optional: false };
const predicate: ArgumentShape = { kind: 'predicate', optional: false };
const optionalPredicate: ArgumentShape = { kind: 'predicate', optional: true };
const optionalValue: ArgumentShape = { kind: 'value', optional: true };

/** The functions that take a predicate, with their arguments. */
export const PREDICATE_SHAPES: ReadonlyMap<string, readonly ArgumentShape[]> = new Map([
  ...['all', 'none', 'any', 'one', 'filter', 'map', 'find', 'findIndex', 'findLast', 'findLastIndex', 'groupBy'].map(
    (name): [string, readonly ArgumentShape[]] => [name, [value, predicate]],
  ),
  ['count', [value, optionalPredicate]],
  ['sum', [value, optionalPredicate]],
  ['sortBy', [value, predicate, optionalValue]],
  ['reduce', [value, predicate, optionalValue]],
]);

/** Every other built-in function. */
export const BUILTIN_NAMES: ReadonlySet<string> = new Set(
  `len type abs ceil floor round int float string trim trimPrefix trimSuffix upper lower split splitAfter replace
   repeat join indexOf lastIndexOf hasPrefix hasSuffix max min mean median toJSON fromJSON toBase64 fromBase64 now
   duration date timezone first last get take keys values toPairs fromPairs reverse uniq concat flatten sort bitand
   bitor bitxor bitnand bitnot bitshl bitshr bitushr`.split(/\s+/),
);

/** True for the name of any built-in function. */
export function isBuiltin(name: string): boolean {
  return BUILTIN_NAMES.has(name) || PREDICATE_SHAPES.has(name);
}
