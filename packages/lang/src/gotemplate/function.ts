import type { Instant, Random } from '@argosy/std';
import { diagnostic, DiagnosticError, type Deadline } from '../diagnostic/index.ts';
import {
  GoCallable,
  GoMap,
  GoNamed,
  GoSlice,
  itemsOf,
  kindOf,
  typeOf,
  type GoType,
  type GoValue,
} from '../gofmt/index.ts';

/** What a template may know of the world: one captured instant and a source of everything random. */
export interface TemplateEnv {
  readonly now: Instant;
  /** Where the stream of random numbers begins: the same seed gives the same text. Guessable: never for real secrets. */
  readonly seed: number;
  /** Draws from here instead of from the seed's stream: the machine's own randomness, where texts become secrets. */
  readonly random?: Random;
  /** Asked now and then whether time is over. */
  readonly deadline?: Deadline;
}

/** What a function is given beside its arguments. */
export interface FunctionContext {
  readonly env: TemplateEnv;
  /** The execution's stream of random numbers. */
  random(): Random;
  /** Counts work against the execution's step limit. */
  spend(steps: number): void;
  /** Counts units of slow cryptography against the execution's limit; a unit is about 20 ms. */
  spendCryptography(units: number): void;
  /** Counts characters that a function is about to make against the output limit. */
  reserve(characters: number): void;
  /** Renders a template of the set, as Helm's `include` does. */
  renderNamed(name: string, data: GoValue): string;
  /** Renders a text with the templates of the set, as Helm's `tpl` does. */
  renderText(name: string, source: string, data: GoValue): string;
}

/** The body of a function. Wrong use is reported with `failCall`. */
export type FunctionBody = (args: readonly GoValue[], context: FunctionContext) => GoValue;

/** Go's name for a parameter that takes anything. */
export const ANY: GoType = 'interface {}';
/** The parameter type of text/template's own functions, which see nil as it is. */
export const REFLECT_VALUE: GoType = 'reflect.Value';

const SHORT_TYPES: ReadonlyMap<string, GoType> = new Map([
  ['any', ANY],
  ['value', REFLECT_VALUE],
  ['map', 'map[string]interface {}'],
  ['list', '[]interface {}'],
  ['time', 'time.Time'],
]);

/** A function that templates can call: parameters as Go declares them, checked before the body runs. */
export class GoFunction extends GoCallable {
  override readonly type: GoType;
  readonly params: readonly GoType[];
  /** The type of each further argument; `undefined` when there are none. */
  readonly variadic: GoType | undefined;
  readonly body: FunctionBody;

  constructor(signature: string, body: FunctionBody) {
    super();
    const names = signature === '' ? [] : signature.split(',').map((name) => name.trim());
    const types = names.map((name) => SHORT_TYPES.get(name.replace('...', '')) ?? name.replace('...', ''));
    const variadic = names.at(-1)?.startsWith('...') === true;
    this.params = variadic ? types.slice(0, -1) : types;
    this.variadic = variadic ? types.at(-1) : undefined;
    this.type = `func(${names.map((name, index) => (name.startsWith('...') ? '...' : '') + types[index]).join(', ')})`;
    this.body = body;
  }
}

/** Functions by name. */
export type FunctionTable = ReadonlyMap<string, GoFunction>;

/**
 * Makes a function from a signature: types separated by commas, `any`, `map`, `list`, `time` for the long ones,
 * `...type` for the last one when it may repeat. `goFunction('string, ...any', body)`.
 */
export function goFunction(signature: string, body: FunctionBody): GoFunction {
  return new GoFunction(signature, body);
}

/** Ends a function with an error; the engine adds where it was called. */
export function failCall(message: string): never {
  throw new DiagnosticError(diagnostic(message));
}

/** Types to which Go's untyped nil can be given. */
export function canBeNil(type: GoType): boolean {
  return type === ANY || type === REFLECT_VALUE || /^(\[\]|map\[|\*|func\()/.test(type);
}

/** The nil of a type. */
export function nilOf(type: GoType): GoValue {
  if (type.startsWith('[]')) return new GoSlice(type.slice(2), undefined);
  if (type.startsWith('map[string]')) return new GoMap(type.slice('map[string]'.length), undefined);
  return type === REFLECT_VALUE ? undefined : null;
}

/** The value as the parameter's type takes it; `undefined` when Go would not assign it. Not for nil. */
export function assignTo(value: GoValue, type: GoType): { readonly value: GoValue } | undefined {
  if (type === ANY || type === REFLECT_VALUE || typeOf(value) === type) return { value };
  // A named map or list can be given where its plain type is wanted.
  if (value instanceof GoNamed && typeOf(value.value) === type && /^(\[\]|map\[)/.test(type))
    return { value: value.value };
  return undefined;
}

/** The parameter type of the argument at `index`. */
export function parameterType(fn: GoFunction, index: number): GoType {
  return fn.params[index] ?? fn.variadic ?? ANY;
}

/** Characters that a function reads or makes in one step. */
const CHARACTERS_PER_STEP = 8;

/** What it costs to read a value once, not what is inside its items: items, or some characters, a step. */
function sizeSteps(value: GoValue): number {
  if (typeof value === 'string') return value.length / CHARACTERS_PER_STEP;
  if (typeof value !== 'object' || value === null) return 0;
  return (itemsOf(value)?.length ?? 0) / 4;
}

/** Runs a body. What is read and what is made count as steps; functions that do more by themselves spend more. */
export function runFunction(fn: GoFunction, args: readonly GoValue[], context: FunctionContext): GoValue {
  let steps = 0;
  for (const arg of args) steps += sizeSteps(arg);
  if (steps >= 1) context.spend(steps);
  const value = fn.body(args, context);
  steps = sizeSteps(value);
  if (steps >= 1) context.spend(steps);
  return value;
}

function preparedArgument(fn: GoFunction, index: number, value: GoValue): GoValue {
  const type = parameterType(fn, index);
  if (value === null || value === undefined) {
    if (!canBeNil(type)) return failCall(`arg ${index}: value is nil; should be of type ${type}`);
    return nilOf(type);
  }
  const assigned = assignTo(value, type);
  if (assigned !== undefined) return assigned.value;
  return failCall(`arg ${index}: value has type ${typeOf(value)}; should be ${type}`);
}

/** Calls a function value with ready arguments, as the template function `call` does; also for other languages. */
export function callGoFunction(fn: GoFunction, args: readonly GoValue[], context: FunctionContext): GoValue {
  if (fn.variadic !== undefined && args.length < fn.params.length) {
    return failCall(`wrong number of args: got ${args.length} want at least ${fn.params.length}`);
  }
  if (fn.variadic === undefined && args.length !== fn.params.length) {
    return failCall(`wrong number of args: got ${args.length} want ${fn.params.length}`);
  }
  return runFunction(
    fn,
    args.map((value, index) => preparedArgument(fn, index, value)),
    context,
  );
}

/** The elements of a list argument; an error in sprig's words for anything else. */
export function listArgument(value: GoValue, complaint: string): readonly GoValue[] {
  const items = itemsOf(value);
  if (items !== undefined) return items;
  // reflect.TypeOf(nil) is a nil interface, and asking it for its kind ends in a nil pointer.
  if (value === null || value === undefined)
    return failCall('runtime error: invalid memory address or nil pointer dereference');
  return failCall(`${complaint} ${kindOf(value)}`);
}
