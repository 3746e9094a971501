import { cloneJson, equalJson, isObject, setOwn } from '@argosy/std';

import { kubeError, type KubeError } from '../meta/index.ts';
import { checkDepth, MAX_DEPTH } from '../schema/index.ts';
import { MAX_JSON_PATCH_COPY_CHARACTERS, MAX_JSON_PATCH_OPERATIONS } from './limits.ts';

type Container = unknown[] | { [key: string]: unknown };

interface Operation {
  readonly op: string;
  readonly path: readonly string[];
  readonly pathText: string;
  readonly from: readonly string[];
  readonly fromText: string;
  readonly value: unknown;
}

/** One run: the document so far, and the containers made by this run, which alone may be written to. */
interface Run {
  root: unknown;
  readonly fresh: WeakSet<object>;
  copied: number;
}

const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test'];

function malformed(message: string): KubeError {
  return kubeError('BadRequest', message);
}

/** Upstream's generic text; the cause says which operation failed and why. */
function refused(message: string, pathText: string): KubeError {
  return kubeError('Invalid', 'the server rejected our request due to an error in our request', {
    details: { causes: [{ reason: 'UnexpectedServerResponse', message, field: pathText }] },
  });
}

function parsePointer(value: unknown, where: string): readonly string[] {
  if (typeof value !== 'string') throw malformed(`json patch ${where}: Invalid value: must be a JSON pointer`);
  if (value === '') return [];
  if (!value.startsWith('/') || /~(?![01])/.test(value)) {
    throw malformed(
      `json patch ${where}: Invalid value: ${JSON.stringify(value)}: must be a JSON pointer such as "/a/b"`,
    );
  }
  const parts = value.slice(1).split('/');
  if (parts.length > MAX_DEPTH) throw malformed(`json patch ${where}: at most ${MAX_DEPTH} segments are allowed`);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function parseOperationName(item: { readonly [key: string]: unknown }, index: number): string {
  const op = Object.hasOwn(item, 'op') ? item['op'] : undefined;
  if (typeof op === 'string' && OPERATIONS.includes(op)) return op;
  const allowed = `supported values: "${OPERATIONS.join('", "')}"`;
  throw malformed(`json patch [${index}].op: Unsupported value: ${JSON.stringify(op) ?? 'nothing'}: ${allowed}`);
}

function parseOperation(item: unknown, index: number): Operation {
  if (!isObject(item)) throw malformed(`json patch [${index}]: must be an object`);
  const op = parseOperationName(item, index);
  const needsFrom = op === 'move' || op === 'copy';
  const hasValue = Object.hasOwn(item, 'value');
  if (!hasValue && (op === 'add' || op === 'replace')) throw malformed(`json patch [${index}].value: Required value`);
  return {
    op,
    path: parsePointer(item['path'], `[${index}].path`),
    pathText: String(item['path']),
    from: needsFrom ? parsePointer(item['from'], `[${index}].from`) : [],
    fromText: needsFrom ? String(item['from']) : '',
    value: hasValue ? item['value'] : null,
  };
}

/** An index into a list as RFC 6901 writes it; undefined for anything else. */
function indexOf(key: string): number | undefined {
  return /^(0|[1-9]\d{0,8})$/.test(key) ? Number(key) : undefined;
}

function child(container: unknown, key: string): { readonly found: boolean; readonly value: unknown } {
  if (Array.isArray(container)) {
    const index = indexOf(key);
    const found = index !== undefined && index < container.length;
    return { found, value: found ? container[index] : undefined };
  }
  const found = isObject(container) && Object.hasOwn(container, key);
  return { found, value: found ? container[key] : undefined };
}

function read(root: unknown, path: readonly string[]): { readonly found: boolean; readonly value: unknown } {
  let current = { found: true, value: root };
  for (const key of path) {
    current = child(current.value, key);
    if (!current.found) return current;
  }
  return current;
}

function ownCopy(value: unknown, run: Run): Container | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (run.fresh.has(value)) return value as Container;
  const copy: Container = Array.isArray(value) ? value.slice() : { ...(value as { [key: string]: unknown }) };
  run.fresh.add(copy);
  return copy;
}

/** The container that holds the last segment of `path`, writable; undefined when it does not exist. */
function writableParent(run: Run, path: readonly string[]): Container | undefined {
  let container = ownCopy(run.root, run);
  run.root = container ?? run.root;
  for (let depth = 0; depth < path.length - 1 && container !== undefined; depth += 1) {
    const key = path[depth] ?? '';
    const next = child(container, key);
    const copy = next.found ? ownCopy(next.value, run) : undefined;
    if (copy !== undefined && copy !== next.value) put(container, key, copy);
    container = copy;
  }
  return container;
}

function put(container: Container, key: string, value: unknown): void {
  if (Array.isArray(container)) container[Number(key)] = value;
  else setOwn(container, key, value);
}

function add(run: Run, operation: Operation, value: unknown): void {
  const { path, pathText, op } = operation;
  if (path.length === 0) {
    run.root = value;
    return;
  }
  const container = writableParent(run, path);
  const key = path.at(-1) ?? '';
  if (container === undefined)
    throw refused(`${op} operation does not apply: doc is missing path: ${pathText}`, pathText);
  if (!Array.isArray(container)) {
    setOwn(container, key, value);
    return;
  }
  const index = key === '-' ? container.length : indexOf(key);
  if (index === undefined || index > container.length) {
    const limit = `0 to ${container.length}, or "-"`;
    throw refused(`${op} operation does not apply: ${pathText}: invalid array index, allowed: ${limit}`, pathText);
  }
  container.splice(index, 0, value);
}

function remove(run: Run, path: readonly string[], failure: KubeError): unknown {
  const container = path.length === 0 ? undefined : writableParent(run, path);
  const key = path.at(-1) ?? '';
  const old = child(container, key);
  if (container === undefined || !old.found) throw failure;
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
  return old.value;
}

function replace(run: Run, operation: Operation): void {
  const { path, pathText } = operation;
  if (!read(run.root, path).found) {
    throw refused(`replace operation does not apply: doc is missing key: ${pathText}: missing value`, pathText);
  }
  const container = path.length === 0 ? undefined : writableParent(run, path);
  if (container === undefined) run.root = operation.value;
  else put(container, path.at(-1) ?? '', operation.value);
}

function move(run: Run, operation: Operation): void {
  const { path, from, fromText, pathText } = operation;
  const missing = refused(`move operation does not apply: doc is missing from path: ${fromText}`, fromText);
  if (from.length < path.length && from.every((key, index) => key === path[index])) {
    throw refused(`move operation does not apply: ${fromText} cannot move into itself at ${pathText}`, pathText);
  }
  if (!read(run.root, from).found) throw missing;
  if (fromText === pathText) return;
  add(run, operation, remove(run, from, missing));
}

/** The length of a value as JSON text, counted only until it passes `limit`. */
function textLength(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value.length + 2 : 5;
  let sum = 2;
  for (const key of Object.keys(value)) {
    const keyLength = Array.isArray(value) ? 1 : key.length + 4;
    sum += keyLength + textLength((value as { readonly [key: string]: unknown })[key], limit - sum);
    if (sum > limit) break;
  }
  return sum;
}

function copy(run: Run, operation: Operation): void {
  const source = read(run.root, operation.from);
  const { fromText } = operation;
  if (!source.found) throw refused(`copy operation does not apply: doc is missing from path: ${fromText}`, fromText);
  run.copied += textLength(source.value, MAX_JSON_PATCH_COPY_CHARACTERS - run.copied);
  if (run.copied > MAX_JSON_PATCH_COPY_CHARACTERS) {
    throw refused(
      `copy operations of one patch may duplicate at most ${MAX_JSON_PATCH_COPY_CHARACTERS} characters`,
      fromText,
    );
  }
  add(run, operation, cloneJson(source.value));
}

function test(run: Run, operation: Operation): void {
  const { path, pathText, value } = operation;
  const actual = read(run.root, path);
  const parent = actual.found ? undefined : read(run.root, path.slice(0, -1));
  // compat(kube-0201): upstream lets `test` for null pass when the member is absent but its parent exists; scripts
  // use it to say "only if not there yet".
  const absent = !actual.found && value === null && parent?.found === true && isObject(parent.value);
  if (absent || (actual.found && equalJson(actual.value, value))) return;
  throw refused(`testing value ${pathText} failed: test failed`, pathText);
}

function applyOperation(run: Run, operation: Operation): void {
  const { op, path, pathText } = operation;
  switch (op) {
    case 'add':
      return add(run, operation, operation.value);
    case 'remove':
      remove(run, path, refused(`remove operation does not apply: doc is missing path: ${pathText}`, pathText));
      return;
    case 'replace':
      return replace(run, operation);
    case 'move':
      return move(run, operation);
    case 'copy':
      return copy(run, operation);
    default:
      return test(run, operation);
  }
}

/**
 * RFC 6902. All operations apply or none: inputs are never changed, the result shares what did not change.
 * Limits: `MAX_JSON_PATCH_OPERATIONS`, `MAX_JSON_PATCH_COPY_CHARACTERS`, `MAX_DEPTH`.
 * @throws KubeError BadRequest for a malformed patch, RequestEntityTooLarge for too many operations, Invalid when a
 *   `test` fails or a path does not exist.
 */
export function applyJsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw malformed('json patch must be a list of operations');
  if (operations.length > MAX_JSON_PATCH_OPERATIONS) {
    const text = `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}`;
    throw kubeError('RequestEntityTooLarge', `${text}, got ${operations.length}`);
  }
  checkDepth(operations, 'json patch');
  const run: Run = { root: target, fresh: new WeakSet(), copied: 0 };
  for (const operation of operations.map(parseOperation)) applyOperation(run, operation);
  checkDepth(run.root, 'the result of the json patch');
  return run.root;
}
