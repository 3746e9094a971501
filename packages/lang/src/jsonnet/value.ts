import type { Runtime } from './runtime.ts';
import type { JsonnetObject } from './object.ts';

/** A value that has been worked out. Strings are well-formed UTF-16; their items are code points. */
export type Value = null | boolean | number | string | JsonnetArray | JsonnetObject | JsonnetFunction;

/** A value, or the promise to work one out. */
export type Lazy = Value | Thunk;

/** Makes the lazy form of an expression in a frame. */
export type LazyMaker = (frame: Frame, runtime: Runtime) => Lazy;

/** Compiled code: works out a value in a frame. */
export type Code = (frame: Frame, runtime: Runtime) => Value;

/** Variables in scope. Object scopes also know `self` and where in the inheritance chain they stand. */
export class Frame {
  readonly slots: (Lazy | undefined)[];
  readonly parent: Frame | undefined;
  readonly self: JsonnetObject | undefined;
  readonly layer: number;

  constructor(slots: (Lazy | undefined)[], parent: Frame | undefined, scope?: { self: JsonnetObject; layer: number }) {
    this.slots = slots;
    this.parent = parent;
    this.self = scope?.self;
    this.layer = scope?.layer ?? 0;
  }
}

/** A value worked out once, when first needed. */
export class Thunk {
  code: Code | undefined;
  frame: Frame | undefined;
  /** What stack traces call it. */
  readonly label: string;
  value: Value = null;

  constructor(code: Code, frame: Frame, label: string) {
    this.code = code;
    this.frame = frame;
    this.label = label;
  }

  /** Keeps the value and lets go of what it was made from. */
  settle(value: Value): void {
    this.value = value;
    this.code = undefined;
    this.frame = undefined;
  }
}

/** A list of lazy values. */
export class JsonnetArray {
  readonly items: readonly Lazy[];

  constructor(items: readonly Lazy[]) {
    this.items = items;
  }
}

/** A parameter as callers see it. */
export interface FunctionParameter {
  readonly name: string;
  readonly optional: boolean;
}

/** Something that can be called: compiled code or a part of the standard library. */
export class JsonnetFunction {
  readonly parameters: readonly FunctionParameter[];
  /** Takes exactly one entry a parameter; `undefined` where the default applies. May return a TailCall. */
  readonly invoke: (values: (Lazy | undefined)[], runtime: Runtime) => Value;
  /** What stack traces call it. */
  readonly label: string;
  /** Standard library functions do not count as stack frames, as in go-jsonnet. */
  readonly native: boolean;

  constructor(options: {
    readonly parameters: readonly FunctionParameter[];
    readonly invoke: (values: (Lazy | undefined)[], runtime: Runtime) => Value;
    readonly label: string;
    readonly native: boolean;
  }) {
    this.parameters = options.parameters;
    this.invoke = options.invoke;
    this.label = options.label;
    this.native = options.native;
  }
}

/** A call in tail position that asked for it with `tailstrict`: the caller runs it in place of the current one. */
export class TailCall {
  readonly target: JsonnetFunction;
  readonly values: (Lazy | undefined)[];

  constructor(target: JsonnetFunction, values: (Lazy | undefined)[]) {
    this.target = target;
    this.values = values;
  }
}

/** The names that `std.type` gives. */
export type TypeName = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | 'function';

/** The type of a value, as `std.type` names it. */
export function typeName(value: Value): TypeName {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value as 'boolean' | 'number' | 'string';
  if (value instanceof JsonnetArray) return 'array';
  return value instanceof JsonnetFunction ? 'function' : 'object';
}
