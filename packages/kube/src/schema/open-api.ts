import { isObject } from '@argosy/std';

import { kubeError } from '../meta/index.ts';
import { objectMetaSchema } from './builtin-schema.ts';
import { ANY_SCHEMA, defineSchema, withFacts, type Relation, type ScalarKind, type TypeSchema } from './type-schema.ts';
import { compileValidations } from './validation-rules.ts';
import { compileRules, stringsAt } from './value-rules.ts';

type Raw = { readonly [key: string]: unknown };

/** Deepest nesting a custom resource's schema may have. */
export const MAX_SCHEMA_DEPTH = 200;

const SCALAR_TYPES: { readonly [type: string]: ScalarKind } = {
  string: 'string',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
};

const LIST_RELATIONS: { readonly [listType: string]: Relation } = { atomic: 'atomic', set: 'set', map: 'map' };

/** What one compilation remembers: whether a raw node holds a default, or a rule, anywhere. */
interface Compilation {
  readonly defaults: WeakMap<object, boolean>;
  readonly validations: WeakMap<object, boolean>;
}

/** True when `keyword` stands at or below `raw`; every node is looked at once. */
function holds(raw: unknown, keyword: string, seen: WeakMap<object, boolean>): boolean {
  if (!isObject(raw)) return false;
  const known = seen.get(raw);
  if (known !== undefined) return known;
  const members = isObject(raw['properties']) ? Object.values(raw['properties']) : [];
  const answer =
    raw[keyword] !== undefined ||
    holds(raw['items'], keyword, seen) ||
    holds(raw['additionalProperties'], keyword, seen) ||
    members.some((member) => holds(member, keyword, seen));
  seen.set(raw, answer);
  return answer;
}

function shapeOf(raw: Raw): TypeSchema['shape'] {
  if (raw['x-kubernetes-int-or-string'] === true) return 'scalar';
  const type = raw['type'];
  if (type === 'array') return 'list';
  if (type === 'object')
    return raw['additionalProperties'] === undefined || raw['additionalProperties'] === false ? 'struct' : 'map';
  if (typeof type === 'string' && Object.hasOwn(SCALAR_TYPES, type)) return 'scalar';
  return isObject(raw['properties']) ? 'struct' : 'any';
}

function scalarOf(raw: Raw): ScalarKind | undefined {
  if (raw['x-kubernetes-int-or-string'] === true) return 'int-or-string';
  const type = raw['type'];
  return typeof type === 'string' && Object.hasOwn(SCALAR_TYPES, type) ? SCALAR_TYPES[type] : undefined;
}

function relationOf(raw: Raw, shape: TypeSchema['shape']): Relation {
  if (shape === 'list') return LIST_RELATIONS[String(raw['x-kubernetes-list-type'])] ?? 'atomic';
  return raw['x-kubernetes-map-type'] === 'atomic' ? 'atomic' : 'granular';
}

function fieldsOf(raw: Raw, compilation: Compilation): ReadonlyMap<string, TypeSchema> {
  const fields = new Map<string, TypeSchema>();
  const members = isObject(raw['properties']) ? raw['properties'] : {};
  for (const name of Object.keys(members)) fields.set(name, compileNode(members[name], compilation));
  if (raw['x-kubernetes-embedded-resource'] === true) addTypeMeta(fields);
  return fields;
}

function addTypeMeta(fields: Map<string, TypeSchema>): void {
  const text = (name: string): TypeSchema =>
    withFacts(fields.get(name) ?? ANY_SCHEMA, {
      shape: 'scalar',
      scalar: 'string',
      preserveUnknown: false,
      nullable: false,
    });
  fields.set('apiVersion', text('apiVersion'));
  fields.set('kind', text('kind'));
  const raw = fields.get('metadata')?.source;
  // metadata may only restrict name and generateName; its shape is always ObjectMeta.
  fields.set(
    'metadata',
    withFacts(objectMetaSchema(), raw === undefined ? {} : { rules: () => compileRules(raw), source: raw }),
  );
}

function elementOf(raw: Raw, shape: TypeSchema['shape'], compilation: Compilation): (() => TypeSchema) | undefined {
  if (shape === 'list') return () => compileNode(raw['items'], compilation);
  if (shape === 'map') return () => compileNode(raw['additionalProperties'], compilation);
  return undefined;
}

function compileNode(raw: unknown, compilation: Compilation): TypeSchema {
  if (!isObject(raw)) return ANY_SCHEMA;
  const shape = shapeOf(raw);
  const element = elementOf(raw, shape, compilation);
  return defineSchema({
    shape,
    scalar: shape === 'scalar' ? scalarOf(raw) : undefined,
    relation: relationOf(raw, shape),
    keys: stringsAt(raw, 'x-kubernetes-list-map-keys'),
    ...(shape === 'struct' ? { fields: () => fieldsOf(raw, compilation) } : {}),
    ...(element === undefined ? {} : { element }),
    required: stringsAt(raw, 'required'),
    preserveUnknown: shape === 'any' || raw['x-kubernetes-preserve-unknown-fields'] === true,
    embedded: raw['x-kubernetes-embedded-resource'] === true,
    nullable: raw['nullable'] === true,
    fallback: raw['default'],
    rules: () => compileRules(raw),
    source: raw,
    validations: (schema) => compileValidations(raw, schema),
    hasValidations: () => holds(raw, 'x-kubernetes-validations', compilation.validations),
    hasDefaults: () => holds(raw, 'default', compilation.defaults),
  });
}

const freshCompilation = (): Compilation => ({ defaults: new WeakMap(), validations: new WeakMap() });

/** Compiles a part of a schema whose depth is checked already. */
export function compileFragment(raw: unknown): TypeSchema {
  return compileNode(raw, freshCompilation());
}

function nestingOf(raw: unknown, left: number): boolean {
  if (typeof raw !== 'object' || raw === null) return true;
  return left > 0 && Object.values(raw).every((child) => nestingOf(child, left - 1));
}

/**
 * Compiles the `openAPIV3Schema` of a CRD version. Nodes are made when used, so the cost is that of the parts used.
 * apiVersion, kind and metadata of the root are always there, with ObjectMeta's own type. Use `structuralErrors` to
 * refuse schemas first: what this does not understand becomes "any value".
 * @throws KubeError Invalid when the schema is nested deeper than `MAX_SCHEMA_DEPTH` allows.
 */
export function compileSchema(openAPIV3Schema: unknown): TypeSchema {
  // Schema nodes lie two JSON levels apart (`properties`, then the name).
  if (!nestingOf(openAPIV3Schema, MAX_SCHEMA_DEPTH * 2)) {
    throw kubeError('Invalid', `openAPIV3Schema: Invalid value: nested deeper than ${MAX_SCHEMA_DEPTH} levels`);
  }
  const raw: Raw = isObject(openAPIV3Schema) ? openAPIV3Schema : {};
  const root = compileNode({ type: 'object', ...raw, 'x-kubernetes-embedded-resource': true }, freshCompilation());
  return withFacts(root, { source: raw, embedded: false });
}
