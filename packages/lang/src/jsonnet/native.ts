import { JsonnetObject, type Field } from './object.ts';
import type { Runtime } from './runtime.ts';
import { JsonnetArray, JsonnetFunction, type FunctionParameter, type Lazy, type Value } from './value.ts';

/** Arguments of a library function, worked out; as many as its signature names, the rest are null. */
export type Arguments = readonly [Value, Value, Value, Value, Value];

/** A library function whose arguments are worked out before it runs. */
export type Native = (values: Arguments, runtime: Runtime) => Value;

/** A library function that decides itself what it needs. */
export type LazyNative = (values: readonly (Lazy | undefined)[], runtime: Runtime) => Value;

/** Functions by signature: `name(a, b=null)`. Defaults are JSON; `id` stands for the identity function. */
export type NativeTable = Readonly<Record<string, Native>>;

/** The default of the `keyF` parameters. */
export const IDENTITY = new JsonnetFunction({
  parameters: [{ name: 'x', optional: false }],
  label: 'builtin function <id>',
  native: true,
  invoke: ([value], runtime) => runtime.force(value ?? null),
});

interface Signature {
  readonly name: string;
  readonly parameters: readonly FunctionParameter[];
  readonly defaults: readonly (Value | undefined)[];
}

function parseSignature(text: string): Signature {
  const [, name = '', list = ''] = /^(\w+)\((.*)\)$/.exec(text) ?? [];
  const parts = list === '' ? [] : list.split(', ').map((part) => part.split('='));
  return {
    name,
    parameters: parts.map(([parameter = '', fallback]) => ({ name: parameter, optional: fallback !== undefined })),
    defaults: parts.map(([, fallback]) => {
      if (fallback === undefined) return undefined;
      return fallback === 'id' ? IDENTITY : (JSON.parse(fallback) as Value);
    }),
  };
}

/** What looking at a whole argument costs: library functions walk over texts, lists and layers. */
function sizeSteps(value: Value): number {
  if (typeof value === 'string') return value.length >>> 6;
  if (value instanceof JsonnetArray) return value.items.length >>> 3;
  return value instanceof JsonnetObject ? value.layers.length >>> 3 : 0;
}

function field(value: Lazy): Field {
  return { visibility: 'hidden', plus: false, value };
}

/** The hidden fields of `std` that a table makes. */
export function nativeFields(table: NativeTable): (readonly [string, Field])[] {
  return Object.entries(table).map(([signature, native]) => {
    const { name, parameters, defaults } = parseSignature(signature);
    const invoke = (given: (Lazy | undefined)[], runtime: Runtime): Value => {
      const values: Value[] = [null, null, null, null, null];
      for (let index = 0; index < parameters.length; index += 1) {
        const value = runtime.force(given[index] ?? defaults[index] ?? null);
        runtime.step(sizeSteps(value));
        values[index] = value;
      }
      return native(values as unknown as Arguments, runtime);
    };
    const label = `builtin function <${name}>`;
    return [name, field(new JsonnetFunction({ parameters, label, native: true, invoke }))] as const;
  });
}

/** As nativeFields, for functions that get their arguments lazy; absent ones are undefined. */
export function lazyNativeFields(table: Readonly<Record<string, LazyNative>>): (readonly [string, Field])[] {
  return Object.entries(table).map(([signature, native]) => {
    const { name, parameters } = parseSignature(signature);
    const label = `builtin function <${name}>`;
    return [name, field(new JsonnetFunction({ parameters, label, native: true, invoke: native }))] as const;
  });
}

/** Plain hidden values of `std`. */
export function constantFields(constants: Readonly<Record<string, Value>>): (readonly [string, Field])[] {
  return Object.entries(constants).map(([name, value]) => [name, field(value)] as const);
}
