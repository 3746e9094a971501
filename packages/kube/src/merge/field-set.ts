import { canonicalJson, compareText, isObject } from '@argosy/std';

/**
 * A set of field paths in the form of FieldsV1, used as it is stored. Keys are path elements: `f:name`, `k:{"a":1}`,
 * `v:"x"`, `i:0`. A node without keys is a path that ends here; `.` marks a path that ends here although others go on.
 * The root is the exception: there no keys mean the empty set. Sets are never changed, parts are shared.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** A set under construction. */
export interface FieldSetDraft {
  [element: string]: FieldSet;
}

/** A node whose path ends there. */
export const LEAF: FieldSet = Object.freeze({});

/** The set without paths. */
export const EMPTY_SET: FieldSet = LEAF;

/** The key that says "and this path itself". */
export const SELF = '.';

/** Deepest nesting of a field set. */
export const MAX_FIELD_SET_DEPTH = 200;

/** Most paths a field set that comes from outside may have. */
export const MAX_FIELD_SET_NODES = 100_000;

/** True when a set has no paths; also true for a leaf, which looks the same. */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** True when the path that leads to `node` belongs to the set. */
export function isMember(node: FieldSet): boolean {
  return isEmptySet(node) || node[SELF] !== undefined;
}

/** `node` with its own path added. */
export function withSelf(node: FieldSet): FieldSet {
  return isMember(node) ? node : { [SELF]: LEAF, ...node };
}

function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  if (isEmptySet(a)) return isEmptySet(b) ? a : withSelf(b);
  if (isEmptySet(b)) return withSelf(a);
  return unionSets(a, b);
}

/** All paths of both. */
export function unionSets(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  let result: FieldSetDraft | undefined;
  for (const key of Object.keys(b)) {
    const [left, right] = [a[key], b[key] ?? LEAF];
    const node = left === undefined ? right : unionNodes(left, right);
    if (node === left) continue;
    result ??= { ...a };
    result[key] = node;
  }
  return result ?? a;
}

function withoutChildren(a: FieldSet, b: FieldSet): FieldSetDraft | undefined {
  let result: FieldSetDraft | undefined;
  for (const key of Object.keys(b)) {
    const [left, right] = [a[key], b[key]];
    if (left === undefined || right === undefined || key === SELF) continue;
    const node = differenceNodes(left, right);
    if (node === left) continue;
    result ??= { ...a };
    if (node === undefined) delete result[key];
    else result[key] = node;
  }
  return result;
}

/** What is left of a node; undefined when nothing is. */
function differenceNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  if (isEmptySet(a)) return isMember(b) ? undefined : a;
  let result = withoutChildren(a, b);
  if (a[SELF] !== undefined && isMember(b)) {
    result ??= { ...a };
    delete result[SELF];
  }
  return result === undefined ? a : normalNode(result);
}

/** The normal form of a draft: no `.` alone; undefined for a node that holds nothing. */
function normalNode(draft: FieldSetDraft): FieldSet | undefined {
  let count = 0;
  for (const _ in draft) count += 1;
  if (count === 0) return undefined;
  return count === 1 && draft[SELF] !== undefined ? LEAF : draft;
}

/** The paths of `a` that `b` does not have. Returns `a` itself when nothing goes. */
export function subtractSets(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return a;
  return differenceNodes(a, b) ?? EMPTY_SET;
}

function intersectNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const self = isMember(a) && isMember(b);
  const children: FieldSetDraft = self ? { [SELF]: LEAF } : {};
  for (const key of Object.keys(a)) {
    const [left, right] = [a[key], b[key]];
    if (key === SELF || left === undefined || right === undefined) continue;
    const node = intersectNodes(left, right);
    if (node !== undefined) children[key] = node;
  }
  return normalNode(children);
}

/** The paths that both have. */
export function intersectSets(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return EMPTY_SET;
  return intersectNodes(a, b) ?? EMPTY_SET;
}

/** What is left of a node when the subtrees at the paths of `b` go; undefined when nothing is. */
function withoutSubtrees(a: FieldSet, b: FieldSet): FieldSet | undefined {
  if (isMember(b)) return undefined;
  return isEmptySet(a) ? a : normalNode({ ...subtractSubtrees(a, b) });
}

/** The paths of `a` that do not lie at or below a path of `b`. */
export function subtractSubtrees(a: FieldSet, b: FieldSet): FieldSet {
  let result: FieldSetDraft | undefined;
  for (const key of Object.keys(b)) {
    const [left, right] = [a[key], b[key]];
    if (key === SELF || left === undefined || right === undefined) continue;
    const node = withoutSubtrees(left, right);
    result ??= { ...a };
    if (node === undefined) delete result[key];
    else result[key] = node;
  }
  return result ?? a;
}

/** True when two sets hold the same paths. */
export function sameSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => b[key] !== undefined && sameSets(a[key] ?? LEAF, b[key] ?? LEAF));
}

const PLAIN_KEY = /^k:\{"[^"\\]+":("[^"\\]*"|-?\d+|true|false)\}$/;

/** A path element in its one form; undefined when it is none. */
function canonicalElement(element: string): string | undefined {
  const kind = element.slice(0, 2);
  if (kind === 'f:') return element;
  if (kind === 'i:') return /^i:\d{1,9}$/.test(element) ? element : undefined;
  if (kind !== 'k:' && kind !== 'v:') return undefined;
  if (PLAIN_KEY.test(element)) return element;
  try {
    const value: unknown = JSON.parse(element.slice(2));
    if (kind === 'k:' && !isObject(value)) return undefined;
    return `${kind}${canonicalJson(value)}`;
  } catch {
    return undefined;
  }
}

function parseNode(value: unknown, budget: { nodes: number }, depth: number): FieldSet | undefined {
  budget.nodes -= 1;
  if (!isObject(value) || budget.nodes < 0 || depth > MAX_FIELD_SET_DEPTH) return undefined;
  const node: FieldSetDraft = {};
  for (const key of Object.keys(value)) {
    if (key === SELF) {
      node[SELF] = LEAF;
      continue;
    }
    const element = canonicalElement(key);
    const child = element === undefined ? undefined : parseNode(value[key], budget, depth + 1);
    if (element === undefined || child === undefined) return undefined;
    node[element] = child;
  }
  return normalNode(node) ?? LEAF;
}

/** Reads FieldsV1; undefined when it is malformed, too deep or too large. Shape: JSON in, a set in normal form out. */
export function parseFieldSet(fieldsV1: unknown): FieldSet | undefined {
  return parseNode(fieldsV1, { nodes: MAX_FIELD_SET_NODES }, 0);
}

/** FieldsV1 with its keys sorted, as it is stored. */
export function formatFieldSet(set: FieldSet): FieldSet {
  const keys = Object.keys(set);
  if (keys.length === 0) return LEAF;
  const sorted: FieldSetDraft = {};
  for (const key of keys.sort(compareText)) sorted[key] = formatFieldSet(set[key] ?? LEAF);
  return sorted;
}

/** One path element as messages print it: `.name`, `[name="c"]`, `[="x"]`, `[0]`. */
export function elementText(element: string): string {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  if (element.startsWith('i:')) return `[${text}]`;
  if (element.startsWith('v:')) return `[=${text}]`;
  const keys: unknown = JSON.parse(text);
  if (!isObject(keys)) return `[${text}]`;
  return `[${Object.keys(keys)
    .map((key) => `${key}=${JSON.stringify(keys[key])}`)
    .join(',')}]`;
}

/** Every path of a set as text, in order: `.spec.containers[name="c"].image`. */
export function fieldSetPaths(set: FieldSet): readonly string[] {
  const paths: string[] = [];
  const visit = (node: FieldSet, path: string): void => {
    for (const key of Object.keys(node).sort(compareText)) {
      const child = node[key];
      if (key === SELF || child === undefined) continue;
      const text = path + elementText(key);
      if (isMember(child)) paths.push(text);
      visit(child, text);
    }
  };
  visit(set, '');
  return paths;
}

/** The set of one path, given by its elements. */
export function pathSet(elements: readonly string[]): FieldSet {
  return elements.reduceRight((node: FieldSet, element) => ({ [element]: node }), LEAF);
}
