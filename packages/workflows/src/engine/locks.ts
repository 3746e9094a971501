import type { NodeStatus } from '@argosy/api/workflows';
import { lenient, substitute, type TagScope } from '@argosy/lang/tags';
import { err, isObject, ok, type Result } from '@argosy/std';

/** Most locks that one workflow or one template may ask for. */
export const MAX_LOCKS = 20;

/** A lock by upstream's name: `<namespace>/Mutex/<name>` or `<namespace>/ConfigMap/<map>/<key>`. */
export interface LockRef {
  readonly name: string;
  readonly kind: 'mutex' | 'semaphore';
}

/** Who waits for locks and who holds them, by holder: the workflow's name or a node's id. */
export interface LockTable {
  readonly holding: Map<string, readonly LockRef[]>;
  readonly waiting: Map<string, readonly LockRef[]>;
}

type Json = { readonly [key: string]: unknown };

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function mutexOf(item: Json, namespace: string): Result<LockRef, string> {
  if (item['database'] === true) return err('synchronization.mutexes: database is not supported yet');
  const name = text(item['name']);
  if (name === '') return err('synchronization.mutexes: name is required');
  return ok({ name: `${text(item['namespace']) || namespace}/Mutex/${name}`, kind: 'mutex' });
}

function semaphoreOf(item: Json, namespace: string): Result<LockRef, string> {
  if (item['database'] !== undefined) return err('synchronization.semaphores: database is not supported yet');
  const ref = isObject(item['configMapKeyRef']) ? item['configMapKeyRef'] : {};
  const [map, key] = [text(ref['name']), text(ref['key'])];
  if (map === '' || key === '') return err('synchronization.semaphores: configMapKeyRef needs a name and a key');
  return ok({ name: `${text(item['namespace']) || namespace}/ConfigMap/${map}/${key}`, kind: 'semaphore' });
}

/** The locks that are asked for; an error text for a list that makes no sense. */
export function locksOf(given: unknown, namespace: string): Result<readonly LockRef[], string> {
  const asked = isObject(given) ? given : {};
  for (const field of ['mutex', 'semaphore']) {
    if (asked[field] !== undefined) return err(`synchronization.${field} was replaced by a list`);
  }
  const locks: LockRef[] = [];
  const all = [
    ...objects(asked['mutexes']).map((item) => mutexOf(item, namespace)),
    ...objects(asked['semaphores']).map((item) => semaphoreOf(item, namespace)),
  ];
  if (all.length > MAX_LOCKS) return err(`synchronization has ${all.length} locks: at most ${MAX_LOCKS} are allowed`);
  for (const lock of all) {
    if (!lock.ok) return lock;
    if (locks.some((other) => other.name === lock.value.name)) {
      return err(`synchronization names ${lock.value.name} twice`);
    }
    locks.push(lock.value);
  }
  return ok(locks);
}

/** The locks of a spec or a template with their tags replaced. */
export function askedLocks(given: unknown, namespace: string, scope: TagScope): Result<readonly LockRef[], string> {
  if (given === undefined) return ok([]);
  const resolved = substitute(given, scope, lenient);
  return resolved.ok ? locksOf(resolved.value, namespace) : resolved;
}

function addAll(table: Map<string, readonly LockRef[]>, lock: LockRef, holders: readonly unknown[]): void {
  for (const holder of holders) table.set(text(holder), [...(table.get(text(holder)) ?? []), lock]);
}

function readSide(status: Json, side: 'holding' | 'waiting'): Map<string, readonly LockRef[]> {
  const table = new Map<string, readonly LockRef[]>();
  const mutex = isObject(status['mutex']) ? status['mutex'] : {};
  const semaphore = isObject(status['semaphore']) ? status['semaphore'] : {};
  for (const item of objects(mutex[side])) {
    addAll(table, { name: text(item['mutex']), kind: 'mutex' }, [item['holder']]);
  }
  for (const item of objects(semaphore[side])) {
    const holders = Array.isArray(item['holders']) ? item['holders'] : [];
    addAll(table, { name: text(item['semaphore']), kind: 'semaphore' }, holders);
  }
  return table;
}

/** Reads status.synchronization. */
export function readLocks(status: unknown): LockTable {
  const given = isObject(status) ? status : {};
  return { holding: readSide(given, 'holding'), waiting: readSide(given, 'waiting') };
}

function sideOf(table: ReadonlyMap<string, readonly LockRef[]>, kind: LockRef['kind']): readonly Json[] {
  const entries = [...table].flatMap(([holder, locks]) =>
    locks.filter((lock) => lock.kind === kind).map((lock) => ({ holder, name: lock.name })),
  );
  if (kind === 'mutex') return entries.map(({ holder, name }) => ({ mutex: name, holder }));
  const names = [...new Set(entries.map((entry) => entry.name))];
  return names.map((name) => ({
    semaphore: name,
    holders: entries.filter((entry) => entry.name === name).map((entry) => entry.holder),
  }));
}

function sidesOf(table: LockTable, kind: LockRef['kind']): Json | undefined {
  const [holding, waiting] = [sideOf(table.holding, kind), sideOf(table.waiting, kind)];
  if (holding.length + waiting.length === 0) return undefined;
  return { ...(holding.length === 0 ? {} : { holding }), ...(waiting.length === 0 ? {} : { waiting }) };
}

/** Writes status.synchronization; undefined when nobody holds or waits. */
export function writeLocks(table: LockTable): Json | undefined {
  const [mutex, semaphore] = [sidesOf(table, 'mutex'), sidesOf(table, 'semaphore')];
  if (mutex === undefined && semaphore === undefined) return undefined;
  return { ...(mutex === undefined ? {} : { mutex }), ...(semaphore === undefined ? {} : { semaphore }) };
}

/** True for a node that has not begun because it waits for a lock. */
export function isLockWaiting(node: NodeStatus): boolean {
  return node.phase === 'Pending' && node.synchronizationStatus !== undefined;
}
