import { formatTime, isObject } from '@argosy/std';
import { kubeError, matchesLabels, selectorFromSpec, type KubeObject } from '@argosy/kube/meta';
import type { LabelSelectorSpec, ObjectKey } from '@argosy/kube/meta';
import type { DeleteOptions } from '@argosy/kube/port';
import type { StoredObject } from '../store/index.ts';
import { deleteStored } from './deleting.ts';
import { draftOf, ensurePart, numberAt, part, parts, textAt, type Draft } from './draft.ts';
import { conflict } from './errors.ts';
import type { Outcome } from './state.ts';
import { liveObject } from './updating.ts';
import { storeDraft, type WriteContext } from './writing.ts';

const BUDGETS = 'policy/poddisruptionbudgets';

function success(code: number, tells: number, warnings: readonly string[]): Outcome {
  const object = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return { code, tells, warnings, body: { kind: 'object', object: object as unknown as KubeObject } };
}

/** pods/binding: puts a pod on a node, once. */
export function bindPod(context: WriteContext, key: ObjectKey, binding: KubeObject): Outcome {
  const { resource, env } = context;
  const stored = liveObject(context, key);
  const draft = draftOf(context.state.store.tree(stored), false);
  const spec = ensurePart(draft, 'spec');
  const node = textAt(part(binding as unknown as Draft, 'target'), 'name');
  if (node === '') throw kubeError('BadRequest', 'binding target.name must not be empty');
  if (textAt(spec, 'nodeName') !== '') {
    throw conflict(
      resource,
      key.name,
      `pod ${key.name} is already assigned to node ${JSON.stringify(spec['nodeName'])}`,
    );
  }
  if (stored.deletionTimestamp !== undefined) {
    throw conflict(resource, key.name, `pod ${key.name} is being deleted, cannot be assigned to a host`);
  }
  spec['nodeName'] = node;
  const status = ensurePart(draft, 'status');
  const others = parts(status, 'conditions').filter((item) => item['type'] !== 'PodScheduled');
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: formatTime(env.now),
  };
  const { lastProbeTime: _none, ...condition } = scheduled;
  status['conditions'] = [...others, condition];
  const written = storeDraft(context, draft);
  return success(201, context.dryRun ? 0 : written.resourceVersion, context.warnings);
}

function budgetsOf(context: WriteContext, pod: StoredObject): readonly StoredObject[] {
  const { store } = context.state;
  return store.list(BUDGETS, pod.namespace).filter((stored) => {
    const selector = part(part(store.tree(stored) as unknown as Draft, 'spec'), 'selector');
    if (selector === undefined) return false;
    return matchesLabels(selectorFromSpec(selector as LabelSelectorSpec), pod.labels);
  });
}

function refuseEviction(pod: StoredObject, budget: KubeObject): never {
  const status = part(budget as unknown as Draft, 'status');
  const message = `The disruption budget ${budget.metadata.name} needs ${numberAt(status, 'desiredHealthy') ?? 0} healthy pods and has ${numberAt(status, 'currentHealthy') ?? 0} currently`;
  throw kubeError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    details: { name: pod.name, kind: 'pods', causes: [{ reason: 'DisruptionBudget', message }] },
  });
}

/** Takes one disruption from the pod's budget. @throws KubeError TooManyRequests when there is none left. */
function spendBudget(context: WriteContext, pod: StoredObject): void {
  const budgets = budgetsOf(context, pod);
  const [stored] = budgets;
  if (stored === undefined) return;
  if (budgets.length > 1) {
    throw kubeError(
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const { store } = context.state;
  const budget = store.tree(stored);
  const draft = draftOf(budget, false);
  const status = ensurePart(draft, 'status');
  const allowed = numberAt(status, 'disruptionsAllowed') ?? 0;
  if (allowed <= 0) refuseEviction(pod, budget);
  status['disruptionsAllowed'] = allowed - 1;
  ensurePart(status, 'disruptedPods')[pod.name] = formatTime(context.env.now);
  store.write(BUDGETS, draft as unknown as KubeObject);
}

/** pods/eviction: a deletion that respects disruption budgets. */
export function evictPod(context: WriteContext, key: ObjectKey, eviction: KubeObject): Outcome {
  const pod = liveObject(context, key);
  const phase = pod.fields['status.phase'];
  const finished = phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending';
  if (!finished && pod.deletionTimestamp === undefined) spendBudget(context, pod);
  const options = isObject(eviction['deleteOptions']) ? (eviction['deleteOptions'] as DeleteOptions) : {};
  deleteStored(context, pod, options);
  return success(201, context.dryRun ? 0 : context.state.store.resourceVersion(), context.warnings);
}
