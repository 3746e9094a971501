import { isObject } from '@argosy/std';

import { kubeError, type KubeError, type KubeObject } from '../meta/index.ts';
import type { TypeSchema } from '../schema/index.ts';
import { goText } from './go-text.ts';
import { elementText, EMPTY_SET, LEAF, withSelf, type FieldSet, type FieldSetDraft } from './field-set.ts';
import { atomOf, itemElement, itemOf, memberOf, type Members } from './typed-value.ts';

/** Most problems of an applied configuration that are reported together. */
const MAX_PROBLEMS = 20;

/** Where the walk stands, as a chain to the root: a path is only written out when there is a problem. */
interface Visit {
  readonly schema: TypeSchema;
  readonly parent: Visit | undefined;
  /** The path element below `parent`, as FieldsV1 writes it. */
  readonly element: string;
  readonly problems: string[];
}

function pathOf(visit: Visit): string {
  return visit.parent === undefined ? '' : pathOf(visit.parent) + elementText(visit.element);
}

function problem(visit: Visit, text: string): void {
  if (visit.problems.length < MAX_PROBLEMS) visit.problems.push(`${pathOf(visit)}: ${text}`);
}

const EXPECTED: { readonly [scalar: string]: string } = {
  integer: 'numeric (int or float)',
  number: 'numeric (int or float)',
  boolean: 'boolean',
  'int-or-string': 'string or number',
  quantity: 'string or number',
};

function fitsScalar(schema: TypeSchema, value: unknown): boolean {
  switch (schema.scalar) {
    case 'integer':
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'int-or-string':
    case 'quantity':
      return typeof value === 'string' || typeof value === 'number';
    default:
      return typeof value === 'string';
  }
}

function shapeProblem(schema: TypeSchema, value: unknown): string | undefined {
  if (value === null || schema.shape === 'any') return undefined;
  if (schema.shape === 'list') return Array.isArray(value) ? undefined : `expected list, got ${goText(value)}`;
  if (schema.shape !== 'scalar') return isObject(value) ? undefined : `expected map, got ${goText(value)}`;
  if (fitsScalar(schema, value)) return undefined;
  return `expected ${EXPECTED[schema.scalar ?? ''] ?? 'string'}, got ${goText(value)}`;
}

function isEmptyValue(value: unknown): boolean {
  return value === null || (isObject(value) && Object.keys(value).length === 0);
}

function memberSet(visit: Visit, value: Members): FieldSet {
  const { schema, problems } = visit;
  const closed = schema.shape === 'struct' && !schema.preserveUnknown;
  const node: FieldSetDraft = {};
  for (const key of Object.keys(value)) {
    const named = schema.fields.has(key);
    const at = { schema: memberOf(schema, key), parent: visit, element: `f:${key}`, problems };
    if (closed && !named) {
      problem(at, 'field not declared in schema');
      continue;
    }
    const set = configNode(at, value[key]);
    // A declared field is owned through what it holds; without anything in it, by itself when it is empty on purpose.
    const own = named && !isEmptyValue(value[key]) ? set : withSelf(set ?? LEAF);
    if (own !== undefined) node[at.element] = own;
  }
  return node;
}

function itemSet(visit: Visit, value: readonly unknown[]): FieldSet {
  const { schema, problems } = visit;
  const node: FieldSetDraft = {};
  value.forEach((item, index) => {
    const element = itemElement(schema, item);
    if (element === undefined) {
      const missing = schema.keys.find((key) => !isObject(item) || !Object.hasOwn(item, key)) ?? '';
      const reason = `associative list with keys has an element that omits key field ${JSON.stringify(missing)}`;
      return problem(visit, `element ${index}: ${reason} (and doesn't have default value)`);
    }
    if (node[element] !== undefined) return problem(visit, `duplicate entries for key ${elementText(element)}`);
    const set = configNode({ schema: itemOf(schema), parent: visit, element, problems }, item);
    node[element] = withSelf(set ?? LEAF);
  });
  return node;
}

/** The node of a value in a configuration; undefined when it owns nothing (an empty keyed list). */
function configNode(visit: Visit, value: unknown): FieldSet | undefined {
  const wrong = shapeProblem(visit.schema, value);
  if (wrong !== undefined) {
    problem(visit, wrong);
    return LEAF;
  }
  const atom = atomOf(visit.schema, value);
  if (atom === 'leaf') return LEAF;
  if (atom === 'members') {
    const set = isObject(value) ? memberSet(visit, value) : LEAF;
    return set === LEAF || Object.keys(set).length > 0 ? set : undefined;
  }
  const set = Array.isArray(value) ? itemSet(visit, value) : LEAF;
  return set === LEAF || Object.keys(set).length > 0 ? set : undefined;
}

function refusal(config: KubeObject, problems: readonly string[]): KubeError {
  const { namespace = '', name } = config.metadata;
  const where = `${namespace}/${name}; ${config.apiVersion}, Kind=${config.kind}`;
  const list = problems.length === 1 ? problems[0] : `errors:\n${problems.map((text) => `  ${text}`).join('\n')}`;
  return kubeError('BadRequest', `failed to create typed patch object (${where}): ${list}`);
}

/**
 * The paths that a configuration owns: its leaves, its list items, its map members.
 * @throws KubeError BadRequest with upstream's words for fields without schema, wrong types, missing or repeated keys.
 */
export function configFieldSet(schema: TypeSchema, config: KubeObject): FieldSet {
  const problems: string[] = [];
  const set = memberSet({ schema, parent: undefined, element: '', problems }, config);
  if (problems.length > 0) throw refusal(config, problems);
  return Object.keys(set).length === 0 ? EMPTY_SET : set;
}
