import { overload, type Overload } from './registry.ts';
import { fail } from './run.ts';
import { CelDuration, CelList, CelOptional, CelTimestamp, CelUint, isMap, NONE } from './values.ts';

const ZEROS: ReadonlySet<unknown> = new Set<unknown>([null, '', 0, 0n, false]);

/** True for zero, false, empty and null. */
function isZero(value: unknown): boolean {
  if (ZEROS.has(value)) return true;
  if (value instanceof CelUint) return value.value === 0n;
  if (value instanceof CelDuration || value instanceof CelTimestamp) return value.ns === 0n;
  if (value instanceof Uint8Array) return value.length === 0;
  return (value instanceof CelList || isMap(value)) && value.size === 0;
}

function unwrap(list: CelList): CelList {
  const items = list.items().filter((item) => !(item instanceof CelOptional) || item.present);
  return new CelList(items.map((item) => (item instanceof CelOptional ? item.value : item)));
}

/** Functions that make optionals. */
export const OPTIONAL_FUNCTIONS: readonly Overload[] = [
  overload('optional.of', ['any'], ([value]) => new CelOptional(true, value)),
  overload('optional.none', [], () => NONE),
  overload('optional.ofNonZeroValue', ['any'], ([value]) => (isZero(value) ? NONE : new CelOptional(true, value))),
  overload('optional.unwrap', ['list'], ([list]) => unwrap(list)),
];

/** Methods of optionals. `or` and `orValue` do not evaluate their argument in vain; the compiler sees to that. */
export const OPTIONAL_METHODS: readonly Overload[] = [
  overload('hasValue', ['optional_type'], ([value]) => value.present),
  overload('value', ['optional_type'], ([value]) =>
    value.present ? value.value : fail('optional.none() dereference'),
  ),
  overload('or', ['optional_type', 'optional_type'], ([value, other]) => (value.present ? value : other)),
  overload('orValue', ['optional_type', 'any'], ([value, other]) => (value.present ? value.value : other)),
  overload('unwrapOpt', ['list'], ([list]) => unwrap(list)),
];
