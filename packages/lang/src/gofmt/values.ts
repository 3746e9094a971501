import { byteLength, compareGoText } from './utf8.ts';

/**
 * How Go values are held here:
 * nil interface = `null`, no value at all (an absent map key) = `undefined`, bool = boolean, float64 = number,
 * int = bigint, string = string, `[]interface {}` = array, `map[string]interface {}` = plain object;
 * everything else is a GoObject. Plain JSON is therefore a Go value as it stands, its numbers being float64.
 */
export type GoValue = unknown;

/** A Go type's name, such as `int64`, `[]string`, `map[string]interface {}`, `*v3.Version`. */
export type GoType = string;

/** Go's reflect kinds, as far as they occur. */
export type GoKind =
  | 'invalid'
  | 'bool'
  | 'int'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float64'
  | 'complex128'
  | 'string'
  | 'slice'
  | 'map'
  | 'struct'
  | 'ptr'
  | 'func'
  | 'interface';

/** A value that JavaScript has no kind for. */
export abstract class GoObject {
  abstract readonly type: GoType;
  abstract readonly kind: GoKind;
  /** What Go's String or Error method gives; `undefined` when the type has none. */
  text(): string | undefined {
    return undefined;
  }
  /** A method bound to this value; `undefined` when there is none. */
  method(_name: string): GoCallable | undefined {
    return undefined;
  }
}

/** What a function is to the printer; the template engine's functions extend it. */
export abstract class GoCallable extends GoObject {
  override readonly kind = 'func';
}

/** An integer that is not Go's plain `int`: `int64`, `uint8`, `time.Duration` … */
export class GoInteger extends GoObject {
  override readonly type: GoType;
  override readonly kind: GoKind;
  readonly value: bigint;
  private readonly say: ((value: bigint) => string) | undefined;

  constructor(
    kind: GoKind,
    value: bigint,
    named?: { readonly type: GoType; readonly text?: (value: bigint) => string },
  ) {
    super();
    this.kind = kind;
    this.value = value;
    this.type = named?.type ?? kind;
    this.say = named?.text;
  }

  override text(): string | undefined {
    return this.say?.(this.value);
  }
}

/** A complex constant such as `1+2i`. */
export class GoComplex extends GoObject {
  override readonly type = 'complex128';
  override readonly kind = 'complex128';
  readonly real: number;
  readonly imaginary: number;

  constructor(real: number, imaginary: number) {
    super();
    this.real = real;
    this.imaginary = imaginary;
  }
}

/** A slice whose elements are not `interface {}`, or a nil slice. */
export class GoSlice extends GoObject {
  override readonly kind = 'slice';
  override readonly type: GoType;
  readonly elementType: GoType;
  readonly items: readonly GoValue[];
  readonly isNil: boolean;

  constructor(elementType: GoType, items: readonly GoValue[] | undefined) {
    super();
    this.elementType = elementType;
    this.type = `[]${elementType}`;
    this.items = items ?? [];
    this.isNil = items === undefined;
  }
}

/** A map with text keys whose elements are not `interface {}`, or a nil map. */
export class GoMap extends GoObject {
  override readonly kind = 'map';
  override readonly type: GoType;
  readonly elementType: GoType;
  readonly entries: { readonly [key: string]: GoValue };
  readonly isNil: boolean;

  constructor(elementType: GoType, entries: { readonly [key: string]: GoValue } | undefined) {
    super();
    this.elementType = elementType;
    this.type = `map[string]${elementType}`;
    this.entries = entries ?? {};
    this.isNil = entries === undefined;
  }
}

/** What a struct is made of. */
export interface StructParts {
  readonly fields: ReadonlyMap<string, GoValue>;
  readonly methods?: ReadonlyMap<string, GoCallable>;
  readonly text?: () => string;
  /** What encoding/json sees instead of the fields: members by their JSON names. */
  readonly json?: () => GoValue;
}

/** A struct, or a pointer to one when its type's name begins with `*`. */
export class GoStruct extends GoObject {
  override readonly type: GoType;
  override readonly kind: GoKind;
  readonly parts: StructParts;

  constructor(type: GoType, parts: StructParts) {
    super();
    this.type = type;
    this.kind = type.startsWith('*') ? 'ptr' : 'struct';
    this.parts = parts;
  }

  override text(): string | undefined {
    return this.parts.text?.();
  }

  override method(name: string): GoCallable | undefined {
    return this.parts.methods?.get(name);
  }
}

/** A named type over a slice, map or text, with methods of its own: Helm's `.Files`, `.Capabilities.APIVersions`. */
export class GoNamed extends GoObject {
  override readonly type: GoType;
  readonly value: GoValue;
  private readonly methods: ReadonlyMap<string, GoCallable>;
  private readonly say: (() => string) | undefined;

  constructor(type: GoType, value: GoValue, parts: Omit<StructParts, 'fields'> = {}) {
    super();
    this.type = type;
    this.value = value;
    this.methods = parts.methods ?? new Map<string, GoCallable>();
    this.say = parts.text;
  }

  override get kind(): GoKind {
    return kindOf(this.value);
  }

  override text(): string | undefined {
    return this.say?.();
  }

  override method(name: string): GoCallable | undefined {
    return this.methods.get(name);
  }
}

/** A Go int64. */
export function int64(value: bigint | number): GoInteger {
  return new GoInteger('int64', BigInt.asIntN(64, BigInt(value)));
}

/** True for a `map[string]interface {}`. */
export function isRecord(value: GoValue): value is { [key: string]: GoValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof GoObject);
}

const SCALAR_KINDS: { readonly [type: string]: GoKind } = {
  undefined: 'invalid',
  boolean: 'bool',
  number: 'float64',
  bigint: 'int',
  string: 'string',
};

/** Go's reflect kind of what an interface holds. */
export function kindOf(value: GoValue): GoKind {
  const scalar = SCALAR_KINDS[typeof value];
  if (scalar !== undefined) return scalar;
  if (value === null) return 'invalid';
  if (Array.isArray(value)) return 'slice';
  return value instanceof GoObject ? value.kind : 'map';
}

/** Go's name of the type of what an interface holds; `<nil>` for none. */
export function typeOf(value: GoValue): GoType {
  if (value instanceof GoObject) return value.type;
  const kind = kindOf(value);
  if (kind === 'slice') return '[]interface {}';
  if (kind === 'map') return 'map[string]interface {}';
  return kind === 'invalid' ? '<nil>' : kind;
}

/** The elements of any slice; `undefined` for everything else. */
export function itemsOf(value: GoValue): readonly GoValue[] | undefined {
  if (Array.isArray(value)) return value as readonly GoValue[];
  if (value instanceof GoSlice) return value.items;
  return value instanceof GoNamed ? itemsOf(value.value) : undefined;
}

/** The members of any map; `undefined` for everything else. Read them with Object.hasOwn. */
export function entriesOf(value: GoValue): { readonly [key: string]: GoValue } | undefined {
  if (isRecord(value)) return value;
  if (value instanceof GoMap) return value.entries;
  return value instanceof GoNamed ? entriesOf(value.value) : undefined;
}

/** A map's keys in Go's order. */
export function sortedKeys(entries: { readonly [key: string]: GoValue }): string[] {
  return Object.keys(entries).sort(compareGoText);
}

/** The value of any integer kind; `undefined` for everything else. */
export function integerOf(value: GoValue): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return value instanceof GoInteger ? value.value : undefined;
}

/** The length of text (bytes), a slice or a map; `undefined` for what has none. */
export function lengthOf(value: GoValue): number | undefined {
  if (typeof value === 'string') return byteLength(value);
  const items = itemsOf(value);
  if (items !== undefined) return items.length;
  const entries = entriesOf(value);
  if (entries !== undefined) return Object.keys(entries).length;
  return value instanceof GoNamed ? lengthOf(value.value) : undefined;
}

/** True for nil: no value, a nil interface, a nil slice or map. */
export function isNilValue(value: GoValue): boolean {
  if (value === undefined || value === null) return true;
  return (value instanceof GoSlice || value instanceof GoMap) && value.isNil;
}

/** The zero value of a number, text or bool is false, as is anything empty: text/template's truth. */
export function isTruthy(value: GoValue): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value !== '';
    case 'number':
      return value !== 0;
    case 'bigint':
      return value !== 0n;
    default:
      break;
  }
  if (value === null || value === undefined) return false;
  if (value instanceof GoInteger) return value.value !== 0n;
  if (value instanceof GoComplex) return value.real !== 0 || value.imaginary !== 0;
  const length = lengthOf(value);
  return length === undefined || length > 0;
}
