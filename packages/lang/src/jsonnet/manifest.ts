import type { JsonValue } from '@argosy/std';
import { setOwn } from '@argosy/std';
import { formatNumber, printLines, quoteJson } from './print.ts';
import type { JsonnetObject } from './object.ts';
import type { Runtime } from './runtime.ts';
import { JsonnetArray, JsonnetFunction, type Value } from './value.ts';

/** A value worked out to the bottom, as JSON. Functions have no JSON form. Hidden fields are left out. */
export function toJson(value: Value, runtime: Runtime, refusal: Refusal = refuseFunction): JsonValue {
  return new Manifester(runtime, refusal).convert(value, 0);
}

/** The message for a function in the result; the path has names and indices from the outside in. */
export type Refusal = (path: readonly (string | number)[]) => string;

function refuseFunction(): string {
  return "Couldn't manifest function as JSON";
}

/** Works values out and counts what comes out. */
class Manifester {
  readonly #runtime: Runtime;
  readonly #refusal: Refusal;
  readonly #path: (string | number)[] = [];
  #size = 0;

  constructor(runtime: Runtime, refusal: Refusal) {
    this.#runtime = runtime;
    this.#refusal = refusal;
  }

  convert(value: Value, depth: number): JsonValue {
    this.#count(typeof value === 'string' ? value.length + 1 : 1);
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof JsonnetFunction) throw this.#runtime.error(this.#refusal(this.#path));
    const { outputDepth } = this.#runtime.limits;
    if (depth >= outputDepth) throw this.#runtime.stackOverflow('jsonnet output depth');
    return value instanceof JsonnetArray ? this.#array(value, depth) : this.#object(value, depth);
  }

  #count(size: number): void {
    this.#size += size;
    const { outputSize } = this.#runtime.limits;
    if (this.#size > outputSize) throw this.#runtime.limit('jsonnet output size', outputSize);
    this.#runtime.step();
  }

  #array(value: JsonnetArray, depth: number): JsonValue {
    const items: JsonValue[] = [];
    for (const item of value.items) {
      this.#path.push(items.length);
      items.push(this.convert(this.#runtime.force(item), depth + 1));
      this.#path.pop();
    }
    return items;
  }

  #object(value: JsonnetObject, depth: number): JsonValue {
    const object: { [key: string]: JsonValue } = {};
    value.checkAsserts(this.#runtime);
    for (const name of value.names(false)) {
      this.#count(name.length);
      this.#path.push(name);
      setOwn(object, name, this.convert(value.get(name, this.#runtime), depth + 1));
      this.#path.pop();
    }
    return object;
  }
}

/** The text of a value as `+` and `std.toString` give it: strings as they are, the rest as one line of JSON. */
export function toText(value: Value, runtime: Runtime): string {
  if (typeof value === 'string') return value;
  return toJsonLine(value, runtime);
}

/** One line of JSON: `{"a": 1, "b": [ ]}`. */
export function toJsonLine(value: Value, runtime: Runtime): string {
  return printLine(toJson(value, runtime));
}

/** JSON on one line, with a space after colons and commas; empty lists and objects have a space inside. */
export function printLine(value: JsonValue): string {
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'string') return quoteJson(value);
  if (value === null || typeof value !== 'object') return String(value);
  return printLines(value, { indent: '', newline: '', keySeparator: ': ', itemSeparator: ', ', empty: ' ' });
}
