import { setOwn } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { compareQuantity, formatQuantity, parseQuantity, subtractQuantity, type Quantity } from '@argosy/kube/schema';
import type { StoredObject } from '../../store/index.ts';
import { draftOf, ensurePart, part, parts, textAt, type Draft } from '../draft.ts';
import { forbidden } from '../errors.ts';
import type { ServedResource } from '../resource.ts';
import type { ApiState } from '../state.ts';
import { addAmounts, amountsOf, type Amounts } from './pod-totals.ts';
import { isInScope } from './scopes.ts';
import { storageOf, usageOf } from './usage.ts';

const QUOTAS = '/resourcequotas';
const ZERO = parseQuantity('0');

/** One object before and after a write; `undefined` where it did not or does not exist. */
export interface QuotaChange {
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

function takenBy(quota: KubeObject, storage: string, object: KubeObject | undefined): Amounts {
  return object !== undefined && isInScope(quota, storage, object) ? usageOf(storage, object) : new Map();
}

/** Events end without a write of anybody: what counts them is counted afresh. */
const isRecounted = (name: string): boolean => name.startsWith('count/events');

/** Counts what is stored, for each name that the quota limits. */
export function countedUsage(state: ApiState, quota: KubeObject, names: readonly string[]): Amounts {
  const { store } = state;
  const namespace = quota.metadata.namespace ?? '';
  let found: Amounts = new Map();
  for (const storage of new Set(names.map(storageOf))) {
    for (const stored of store.list(storage, namespace)) {
      found = addAmounts(found, takenBy(quota, storage, store.tree(stored)));
    }
  }
  return new Map(names.map((name) => [name, found.get(name) ?? ZERO]));
}

/** Amounts as a ResourceList, in the order of names. */
export function listOf(amounts: Amounts): Draft {
  const list: Draft = {};
  for (const name of [...amounts.keys()].sort()) setOwn(list, name, formatQuantity(amounts.get(name) ?? ZERO));
  return list;
}

interface Reckoning {
  readonly hard: Amounts;
  /** Used after the write. */
  readonly used: Amounts;
  /** What the write adds; names that it leaves alone are absent. */
  readonly added: Amounts;
}

function addedBy(quota: KubeObject, storage: string, given: QuotaChange & { hard: Amounts }): Amounts {
  const [was, is] = [takenBy(quota, storage, given.before), takenBy(quota, storage, given.after)];
  const added = new Map<string, Quantity>();
  for (const name of given.hard.keys()) {
    const difference = subtractQuantity(is.get(name) ?? ZERO, was.get(name) ?? ZERO);
    if (compareQuantity(difference, ZERO) !== 0) added.set(name, difference);
  }
  return added;
}

function reckon(state: ApiState, quota: KubeObject, given: QuotaChange & { storage: string }): Reckoning | undefined {
  const tree = quota as unknown as Draft;
  const hard = amountsOf(part(part(tree, 'spec'), 'hard'));
  const added = addedBy(quota, given.storage, { ...given, hard });
  if (added.size === 0) return undefined;
  const known = amountsOf(part(part(tree, 'status'), 'used'));
  const uncounted = [...hard.keys()].filter((name) => !known.has(name) || isRecounted(name));
  const recounted = countedUsage(state, quota, uncounted);
  const used = new Map<string, Quantity>();
  for (const name of hard.keys()) {
    const before = known.get(name);
    const change = added.get(name) ?? ZERO;
    used.set(
      name,
      recounted.get(name) ?? addAmounts(new Map([[name, before ?? ZERO]]), new Map([[name, change]])).get(name) ?? ZERO,
    );
  }
  return { hard, used, added };
}

const shown = (names: readonly string[], amounts: (name: string) => Quantity | undefined): string =>
  names.map((name) => `${name}=${formatQuantity(amounts(name) ?? ZERO)}`).join(',');

/** The words of a refusal; `undefined` when the quota allows the write. */
function exceededText(quota: KubeObject, { hard, used, added }: Reckoning): string | undefined {
  const over = [...added.keys()].sort().filter((name) => {
    const grows = compareQuantity(added.get(name) ?? ZERO, ZERO) > 0;
    return grows && compareQuantity(used.get(name) ?? ZERO, hard.get(name) ?? ZERO) > 0;
  });
  if (over.length === 0) return undefined;
  const before = (name: string): Quantity => subtractQuantity(used.get(name) ?? ZERO, added.get(name) ?? ZERO);
  return (
    `exceeded quota: ${quota.metadata.name}, requested: ${shown(over, (name) => added.get(name))}, ` +
    `used: ${shown(over, before)}, limited: ${shown(over, (name) => hard.get(name))}`
  );
}

const COMPUTE = /^(?:(requests|limits)\.)?([^/]*)$/;

/** The amounts that every container must state because a quota limits them, by container. */
function missingText(quota: KubeObject, pod: KubeObject): string | undefined {
  if (!isInScope(quota, '/pods', pod)) return undefined;
  const spec = part(pod as unknown as Draft, 'spec');
  const hard = Object.keys(part(part(quota as unknown as Draft, 'spec'), 'hard') ?? {}).sort();
  const texts = hard.flatMap((name) => {
    const [, kind = 'requests', resource = ''] = COMPUTE.exec(name) ?? [];
    if (!['cpu', 'memory'].includes(resource)) return [];
    const silent = [...parts(spec, 'containers'), ...parts(spec, 'initContainers')].filter(
      (container) => part(part(container, 'resources'), kind)?.[resource] === undefined,
    );
    return silent.length === 0
      ? []
      : [
          `${name} for: ${silent
            .map((item) => textAt(item, 'name'))
            .sort()
            .join(',')}`,
        ];
  });
  return texts.length === 0 ? undefined : `failed quota: ${quota.metadata.name}: must specify ${texts.join('; ')}`;
}

function writeUsed(state: ApiState, quota: KubeObject, { hard, used }: Reckoning): void {
  const draft = draftOf(quota, false);
  const status = ensurePart(draft, 'status');
  status['hard'] = listOf(hard);
  status['used'] = listOf(used);
  state.store.write(QUOTAS, draft as unknown as KubeObject);
}

function charge(state: ApiState, stored: StoredObject, given: QuotaChange & { resource: ServedResource }): void {
  const { resource, before, after } = given;
  const quota = state.store.tree(stored);
  const name = (after ?? before)?.metadata.name ?? '';
  if (resource.storage === '/pods' && before === undefined && after !== undefined) {
    const missing = missingText(quota, after);
    if (missing !== undefined) throw forbidden(resource, name, missing);
  }
  const reckoning = reckon(state, quota, { before, after, storage: resource.storage });
  if (reckoning === undefined) return;
  const exceeded = exceededText(quota, reckoning);
  if (exceeded !== undefined) throw forbidden(resource, name, exceeded);
  writeUsed(state, quota, reckoning);
}

/** True when writes in a namespace are charged at all. */
export function hasQuotas(state: ApiState, namespace: string): boolean {
  return namespace !== '' && state.store.list(QUOTAS, namespace).length > 0;
}

/**
 * Charges a write to the quotas of its namespace, in the step of the write itself: `status.used` is never behind, and two
 * writes cannot share the last place. Call it when the write is in the store; a refusal takes all of it back.
 * @throws KubeError Forbidden when a quota does not allow it.
 */
export function chargeQuotas(state: ApiState, resource: ServedResource, change: QuotaChange): void {
  const namespace = (change.after ?? change.before)?.metadata.namespace ?? '';
  if (namespace === '') return;
  for (const stored of state.store.list(QUOTAS, namespace)) charge(state, stored, { ...change, resource });
}
