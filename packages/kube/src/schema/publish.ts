import { isObject, type JsonObject, type JsonValue } from '@argosy/std';

import { apiVersionOf, type GroupVersionKind } from '../meta/index.ts';
import type { TypeSchema } from './type-schema.ts';

type Draft = { [key: string]: JsonValue | undefined };

/** Named structs found while publishing: name → schema, to be published as components. */
export type Components = Map<string, TypeSchema>;

const SCALARS: { readonly [scalar: string]: JsonObject } = {
  string: { type: 'string' },
  number: { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
  time: { type: 'string', format: 'date-time' },
  'micro-time': { type: 'string', format: 'date-time' },
  duration: { type: 'string' },
  quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  'int-or-string': { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
};

function scalarJson(schema: TypeSchema): JsonObject {
  if (schema.scalar === 'integer') return { type: 'integer', format: `int${schema.go?.bits ?? 64}` };
  return SCALARS[schema.scalar ?? 'string'] ?? {};
}

function patchKeys(patch: TypeSchema['patch']): Draft {
  if (patch === undefined) return {};
  const { merge, retainKeys, replace, key } = patch;
  const words = [merge ? 'merge' : '', retainKeys ? 'retainKeys' : '', replace ? 'replace' : ''];
  const strategy = words.filter((word) => word !== '').join(',');
  return {
    ...(key === undefined ? {} : { 'x-kubernetes-patch-merge-key': key }),
    ...(strategy === '' ? {} : { 'x-kubernetes-patch-strategy': strategy }),
  };
}

/** x-kubernetes-* keys that say how server-side apply and strategic merge treat the place. */
function extensions(schema: TypeSchema): Draft {
  const keys: Draft = patchKeys(schema.patch);
  if (schema.shape === 'list') keys['x-kubernetes-list-type'] = schema.relation;
  else if (schema.relation === 'atomic') keys['x-kubernetes-map-type'] = 'atomic';
  if (schema.keys.length > 0) keys['x-kubernetes-list-map-keys'] = [...schema.keys];
  if (schema.fallback !== undefined) keys['default'] = schema.fallback as JsonValue;
  return keys;
}

function structJson(schema: TypeSchema, found: Components): JsonObject {
  const properties: Draft = {};
  for (const [name, field] of schema.fields) properties[name] = fieldJson(field, found);
  return {
    type: 'object',
    ...(schema.fields.size === 0 ? {} : { properties }),
    ...(schema.required.length === 0 ? {} : { required: [...schema.required] }),
    ...(schema.relation === 'atomic' ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  };
}

function fieldJson(schema: TypeSchema, found: Components): JsonObject {
  if (schema.source !== undefined) return schema.source as JsonObject;
  switch (schema.shape) {
    case 'scalar':
      return { ...scalarJson(schema), ...extensions(schema) };
    case 'list':
      return { type: 'array', items: elementJson(schema, found), ...extensions(schema) };
    case 'map':
      return { type: 'object', additionalProperties: elementJson(schema, found), ...extensions(schema) };
    case 'struct':
      return { allOf: [reference(schema, found)], ...extensions(schema) };
    default:
      return { 'x-kubernetes-preserve-unknown-fields': true };
  }
}

function elementJson(schema: TypeSchema, found: Components): JsonObject {
  return schema.element === undefined ? {} : fieldJson(schema.element, found);
}

function reference(schema: TypeSchema, found: Components): JsonObject {
  const known = [...found].find(([, other]) => other.name === schema.name && sameFields(other, schema));
  let name = known?.[0] ?? schema.name;
  for (let suffix = 2; known === undefined && found.has(name); suffix += 1) name = `${schema.name}${suffix}`;
  if (known === undefined) found.set(name, schema);
  return { $ref: `#/components/schemas/${name}` };
}

function sameFields(a: TypeSchema, b: TypeSchema): boolean {
  return a.fields.size === b.fields.size && [...a.fields.keys()].every((name) => b.fields.has(name));
}

/** The published form of a custom resource's root: its own JSON, with apiVersion, kind and metadata described. */
function customRoot(source: JsonObject, metadata: TypeSchema | undefined, found: Components): JsonObject {
  const properties = isObject(source['properties']) ? (source['properties'] as JsonObject) : {};
  return {
    ...source,
    properties: {
      ...properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: metadata === undefined ? { type: 'object' } : { allOf: [reference(metadata, found)] },
    },
  };
}

/**
 * The OpenAPI v3 JSON of one type: built-in ones from their facts, custom ones as written in their CRD, with the
 * x-kubernetes-* keys. Named structs become references `#/components/schemas/<name>` and are added to `found`;
 * publish those with the same function until nothing new turns up (`openApiComponents` does so).
 */
export function openApiOf(schema: TypeSchema, found: Components = new Map()): JsonObject {
  if (schema.source === undefined)
    return schema.shape === 'struct' ? structJson(schema, found) : fieldJson(schema, found);
  const metadata = schema.fields.get('metadata');
  return customRoot(schema.source as JsonObject, metadata?.name === 'ObjectMeta' ? metadata : undefined, found);
}

/** `components.schemas` for kinds of one group and version: each kind by name, plus every struct they use. */
export function openApiComponents(
  kinds: readonly { readonly gvk: GroupVersionKind; readonly schema: TypeSchema }[],
): JsonObject {
  const found: Components = new Map(kinds.map(({ gvk, schema }) => [gvk.kind, schema]));
  const schemas: Draft = {};
  const gvks = new Map(kinds.map(({ gvk }) => [gvk.kind, gvk]));
  // A Map walks what is added during the walk, so every struct found on the way gets its turn.
  for (const [name, schema] of found) {
    const gvk = gvks.get(name);
    const own = openApiOf(schema, found);
    const label = gvk === undefined ? {} : { 'x-kubernetes-group-version-kind': [{ ...gvk }] };
    schemas[name] = { ...own, ...label };
  }
  return schemas;
}

/** `apps/v1` → `apis/apps/v1`, `v1` → `api/v1`: where a group version's OpenAPI document lies. */
export function openApiPath(gv: { readonly group: string; readonly version: string }): string {
  return gv.group === '' ? `api/${gv.version}` : `apis/${apiVersionOf(gv)}`;
}
