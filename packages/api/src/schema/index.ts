/**
 * One source for a kind's TypeScript type and its OpenAPI v3 structural schema: write the shape once with these
 * builders, read the type back with `Infer`.
 */

/** A structural schema as it stands in a CRD. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A schema that describes values of type T. `shape` exists for the type checker only. */
export interface Schema<T> {
  readonly json: JsonSchema;
  readonly shape?: T;
}

/** The TypeScript type that a schema describes. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

type Fields = { readonly [name: string]: Schema<unknown> };
type RequiredOf<F extends Fields> = { readonly [K in keyof F]: Infer<F[K]> };
type OptionalOf<F extends Fields> = { readonly [K in keyof F]?: Infer<F[K]> };

/** More keywords beside the type: description, enum, pattern, minimum, default, x-kubernetes-*. */
export type Keywords = { readonly [keyword: string]: unknown };

/** Text. */
export function string(keywords: Keywords = {}): Schema<string> {
  return { json: { type: 'string', ...keywords } };
}

/** One of a few words. */
export function oneOf<const W extends string>(...words: readonly W[]): Schema<W> {
  return { json: { type: 'string', enum: words } };
}

/** RFC 3339 text, nullable as metav1.Time is. */
export function time(): Schema<string> {
  return { json: { type: 'string', format: 'date-time' } };
}

/** A whole number. */
export function integer(keywords: Keywords = {}): Schema<number> {
  return { json: { type: 'integer', format: 'int64', ...keywords } };
}

/** Any number. */
export function number(keywords: Keywords = {}): Schema<number> {
  return { json: { type: 'number', ...keywords } };
}

/** true or false. */
export function boolean(keywords: Keywords = {}): Schema<boolean> {
  return { json: { type: 'boolean', ...keywords } };
}

/** A whole number or text. */
export function intOrString(): Schema<number | string> {
  return { json: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] } };
}

/** Anything at all; nothing inside is pruned or checked. */
export function anything(): Schema<unknown> {
  return { json: { 'x-kubernetes-preserve-unknown-fields': true } };
}

/** An object whose members are not described; nothing inside is pruned. `T` is how code reads it. */
export function opaque<T = { readonly [key: string]: unknown }>(): Schema<T> {
  return { json: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
}

/** A list. `keywords` may carry x-kubernetes-list-type and -map-keys. */
export function array<T>(items: Schema<T>, keywords: Keywords = {}): Schema<readonly T[]> {
  return { json: { type: 'array', items: items.json, ...keywords } };
}

/** A list whose elements are told apart by `keys` in server-side apply. */
export function keyedArray<T>(items: Schema<T>, ...keys: readonly string[]): Schema<readonly T[]> {
  return array(items, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });
}

/** Members of any name and one type. */
export function map<T>(values: Schema<T>): Schema<{ readonly [key: string]: T }> {
  return { json: { type: 'object', additionalProperties: values.json } };
}

/** An object with named members: those that must be there, and those that may. */
export function object<R extends Fields, O extends Fields>(
  required: R,
  optional: O,
  keywords: Keywords = {},
): Schema<RequiredOf<R> & OptionalOf<O>> {
  const properties = Object.fromEntries(
    [...Object.entries(required), ...Object.entries(optional)].map(([name, schema]) => [name, schema.json]),
  );
  const names = Object.keys(required);
  return { json: { type: 'object', properties, ...(names.length === 0 ? {} : { required: names }), ...keywords } };
}

/** An object all of whose members may be absent. */
export function partial<O extends Fields>(optional: O, keywords: Keywords = {}): Schema<OptionalOf<O>> {
  return object({}, optional, keywords);
}

/** A column that `kubectl get` prints. `priority` above 0 shows only with -o wide. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly priority?: number;
  readonly format?: string;
  readonly description?: string;
}

/** Everything that a CustomResourceDefinition says of a kind. */
export interface KindDefinition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly hasStatusSubresource: boolean;
  readonly columns: readonly PrinterColumn[];
  /** Top-level members beside apiVersion, kind and metadata. */
  readonly fields: { readonly [name: string]: JsonSchema };
  readonly required: readonly string[];
}

/** The CustomResourceDefinition manifest of a kind, ready to be applied. */
export function crdOf(kind: KindDefinition): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: JsonSchema;
} {
  const schema = {
    type: 'object',
    required: ['metadata', ...kind.required],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      ...kind.fields,
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: kind.shortNames,
      },
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          ...(kind.hasStatusSubresource ? { subresources: { status: {} } } : {}),
          additionalPrinterColumns: kind.columns,
        },
      ],
    },
  };
}
