import type { ValidationRule } from './validation-rules.ts';
import type { ValueRules } from './value-rules.ts';

/** What a leaf holds. The last six are strings (or numbers) with a meaning of their own in built-in types. */
export type ScalarKind =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'int-or-string'
  | 'quantity'
  | 'time'
  | 'micro-time'
  | 'duration'
  | 'bytes';

/** How a list or map is owned by server-side apply: as one value, by member, as a set of scalars, or by keyed items. */
export type Relation = 'atomic' | 'granular' | 'set' | 'map';

/** How strategic merge treats a field. Without any of it lists are replaced and maps merged. */
export interface PatchStrategy {
  /** The list is merged: by `key`, or as a set of scalars when there is none. */
  readonly merge: boolean;
  /** Members that the patch's `$retainKeys` does not name are dropped. */
  readonly retainKeys: boolean;
  /** The map is replaced, not merged. */
  readonly replace: boolean;
  readonly key: string | undefined;
}

/** Facts about the Go struct field behind a built-in field: what protobuf decoding and encoding/json need. */
export interface GoField {
  /** Protobuf field number; 0 when the field has none. */
  readonly number: number;
  readonly pointer: boolean;
  /** Written even when zero: no `omitempty`. */
  readonly always: boolean;
  /** Width of integers. */
  readonly bits: 32 | 64;
  /** Values of lists inside a message of their own (`Verbs`, `ExtraValue`). */
  readonly wrapped: boolean;
}

/**
 * One node of a type: of a built-in kind or of a custom resource. Children are made when first asked for, so a huge
 * CRD costs what is used of it. Treat nodes as frozen; they may be cyclic (JSONSchemaProps).
 */
export interface TypeSchema {
  readonly shape: 'struct' | 'map' | 'list' | 'scalar' | 'any';
  /** The Go or kind name where there is one; `''` otherwise. For messages. */
  readonly name: string;
  readonly scalar: ScalarKind | undefined;
  readonly relation: Relation;
  /** The keys of list items when `relation` is `map`. */
  readonly keys: readonly string[];
  /** Fields of a struct, by JSON name, in order of declaration. Empty for other shapes. */
  readonly fields: ReadonlyMap<string, TypeSchema>;
  /** The items of a list, the values of a map. */
  readonly element: TypeSchema | undefined;
  readonly required: readonly string[];
  /** Fields that the schema does not name are kept (x-kubernetes-preserve-unknown-fields). */
  readonly preserveUnknown: boolean;
  /** A whole object lives here (x-kubernetes-embedded-resource). */
  readonly embedded: boolean;
  readonly nullable: boolean;
  /** The default as JSON, `undefined` when there is none. Never change it: copy. */
  readonly fallback: unknown;
  readonly patch: PatchStrategy | undefined;
  readonly go: GoField | undefined;
  /** Value validations of a custom resource's schema. */
  readonly rules: ValueRules | undefined;
  /** Rules (`x-kubernetes-validations`) of a custom resource's schema, compiled. */
  readonly validations: readonly ValidationRule[];
  /** True when anything at or below this node has such rules. */
  readonly hasValidations: boolean;
  /** Structs embedded into this one: protobuf number → node. Only for built-in structs. */
  readonly embeddedStructs: ReadonlyMap<number, TypeSchema>;
  /** The OpenAPI v3 JSON this node was compiled from; `undefined` for built-in types. */
  readonly source: { readonly [key: string]: unknown } | undefined;
  /** True when anything at or below this node has a default: lets defaulting skip whole subtrees. */
  readonly hasDefaults: boolean;
}

/** What is known when a node is made; the rest has defaults. `fields` and `element` are called once, when needed. */
export interface SchemaFacts {
  readonly shape: TypeSchema['shape'];
  readonly name?: string;
  readonly scalar?: ScalarKind | undefined;
  readonly relation?: Relation;
  readonly keys?: readonly string[];
  readonly fields?: () => ReadonlyMap<string, TypeSchema>;
  readonly element?: () => TypeSchema;
  readonly required?: readonly string[];
  readonly preserveUnknown?: boolean;
  readonly embedded?: boolean;
  readonly nullable?: boolean;
  readonly fallback?: unknown;
  readonly patch?: PatchStrategy | undefined;
  readonly go?: GoField | undefined;
  readonly rules?: (() => ValueRules | undefined) | undefined;
  readonly validations?: (schema: TypeSchema) => readonly ValidationRule[];
  readonly hasValidations?: () => boolean;
  readonly embeddedStructs?: () => ReadonlyMap<number, TypeSchema>;
  readonly source?: { readonly [key: string]: unknown } | undefined;
  /** A cheaper answer than asking the children. */
  readonly hasDefaults?: () => boolean;
}

const NO_FIELDS: ReadonlyMap<string, TypeSchema> = new Map();
const NO_STRUCTS: ReadonlyMap<number, TypeSchema> = new Map();
const NO_NAMES: readonly string[] = [];
const NO_VALIDATIONS: readonly ValidationRule[] = [];

class SchemaNode implements TypeSchema {
  readonly shape: TypeSchema['shape'];
  readonly name: string;
  readonly scalar: ScalarKind | undefined;
  readonly relation: Relation;
  readonly keys: readonly string[];
  readonly required: readonly string[];
  readonly preserveUnknown: boolean;
  readonly embedded: boolean;
  readonly nullable: boolean;
  readonly fallback: unknown;
  readonly patch: PatchStrategy | undefined;
  readonly go: GoField | undefined;
  readonly source: { readonly [key: string]: unknown } | undefined;
  readonly facts: SchemaFacts;
  #fields: ReadonlyMap<string, TypeSchema> | undefined;
  #element: TypeSchema | undefined;
  #rules: ValueRules | undefined | null = null;
  #validations: readonly ValidationRule[] | undefined;
  #hasDefaults: boolean | undefined;

  constructor(facts: SchemaFacts) {
    this.facts = facts;
    this.shape = facts.shape;
    this.name = facts.name ?? '';
    this.scalar = facts.scalar;
    this.relation = facts.relation ?? (facts.shape === 'list' ? 'atomic' : 'granular');
    this.keys = facts.keys ?? NO_NAMES;
    this.required = facts.required ?? NO_NAMES;
    this.preserveUnknown = facts.preserveUnknown ?? false;
    this.embedded = facts.embedded ?? false;
    this.nullable = facts.nullable ?? false;
    this.fallback = facts.fallback;
    this.patch = facts.patch;
    this.go = facts.go;
    this.source = facts.source;
  }

  get fields(): ReadonlyMap<string, TypeSchema> {
    this.#fields ??= this.facts.fields?.() ?? NO_FIELDS;
    return this.#fields;
  }

  get element(): TypeSchema | undefined {
    this.#element ??= this.facts.element?.();
    return this.#element;
  }

  get rules(): ValueRules | undefined {
    if (this.#rules === null) this.#rules = this.facts.rules?.();
    return this.#rules;
  }

  get validations(): readonly ValidationRule[] {
    this.#validations ??= this.facts.validations?.(this) ?? NO_VALIDATIONS;
    return this.#validations;
  }

  get hasValidations(): boolean {
    return this.facts.hasValidations?.() ?? false;
  }

  get embeddedStructs(): ReadonlyMap<number, TypeSchema> {
    return this.facts.embeddedStructs?.() ?? NO_STRUCTS;
  }

  get hasDefaults(): boolean {
    if (this.#hasDefaults === undefined) {
      // A cycle answers "no" for itself while it is being asked; its other branches decide.
      this.#hasDefaults = false;
      this.#hasDefaults = this.facts.hasDefaults?.() ?? (this.fallback !== undefined || this.#childHasDefaults());
    }
    return this.#hasDefaults;
  }

  #childHasDefaults(): boolean {
    if (this.element?.hasDefaults === true) return true;
    for (const field of this.fields.values()) if (field.hasDefaults) return true;
    return false;
  }
}

/** Makes a node. */
export function defineSchema(facts: SchemaFacts): TypeSchema {
  return new SchemaNode(facts);
}

/** The same node with some facts changed: how a field of a named type gets its own list type or default. */
export function withFacts(schema: TypeSchema, change: Partial<SchemaFacts>): TypeSchema {
  const base: SchemaFacts = {
    shape: schema.shape,
    name: schema.name,
    scalar: schema.scalar,
    relation: schema.relation,
    keys: schema.keys,
    fields: () => schema.fields,
    ...(schema.shape === 'list' || schema.shape === 'map' ? { element: () => schema.element ?? ANY_SCHEMA } : {}),
    required: schema.required,
    preserveUnknown: schema.preserveUnknown,
    embedded: schema.embedded,
    nullable: schema.nullable,
    fallback: schema.fallback,
    patch: schema.patch,
    go: schema.go,
    rules: () => schema.rules,
    validations: () => schema.validations,
    hasValidations: () => schema.hasValidations,
    embeddedStructs: () => schema.embeddedStructs,
    source: schema.source,
  };
  return new SchemaNode({ ...base, ...change });
}

/** A value without a schema: server-side apply deduces (maps by member, lists as one value), nothing is pruned. */
export const ANY_SCHEMA: TypeSchema = new SchemaNode({ shape: 'any', preserveUnknown: true, nullable: true });
