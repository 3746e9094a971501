import { after, formatTime, seconds } from '@argosy/std';
import { setCondition, type Condition, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
import type { DeleteOptions } from '@argosy/kube/port';
import type { StoredObject } from '../store/index.ts';
import { admitValidating, type WriteReview } from './admission/index.ts';
import { CLEANUP_FINALIZER } from './custom-resources.ts';
import { draftOf, ensurePart, numberAt, part, textAt, type Draft } from './draft.ts';
import { conflict, invalid, invalidField, notFound } from './errors.ts';
import { terminatingCondition } from './kinds/custom-definition.ts';
import { rulesOf } from './kinds/index.ts';
import { chargeQuotas, hasQuotas } from './quota/index.ts';
import { DEFINITIONS } from './registry.ts';
import type { Outcome } from './state.ts';
import { admit, answerStored, removeObject, storeDraft, withVersionText, type WriteContext } from './writing.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** Default seconds between the deletion of a pod and its end. */
export const DEFAULT_GRACE_SECONDS = 30;

function demandPreconditions(context: WriteContext, live: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { resource } = context;
  if (uid !== undefined && uid !== live.metadata.uid) {
    const why =
      `the UID in the precondition (${uid}) does not match the UID in record (${live.metadata.uid ?? ''}). ` +
      'The object might have been deleted and then recreated';
    throw conflict(resource, live.metadata.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
    const why =
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record ` +
      `(${live.metadata.resourceVersion ?? ''}). The object might have been modified`;
    throw conflict(resource, live.metadata.name, why);
  }
}

function demandSound(options: DeleteOptions): void {
  const grace = options.gracePeriodSeconds;
  const kind = { group: 'meta.k8s.io', kind: 'DeleteOptions' };
  if (grace !== undefined && !Number.isSafeInteger(grace)) {
    throw invalid(kind, '', [invalidField('gracePeriodSeconds', grace, 'must be a whole number of seconds')]);
  }
  const policy = options.propagationPolicy;
  if (policy !== undefined && !['Orphan', 'Background', 'Foreground'].includes(policy)) {
    const why = 'must be one of Orphan, Background, Foreground';
    throw invalid(kind, '', [invalidField('propagationPolicy', policy, why)]);
  }
}

/** The finalizers after a deletion with `options`: the garbage collector's own follow the policy. */
function finalizersFor(context: WriteContext, live: KubeObject, options: DeleteOptions): readonly string[] {
  const current = live.metadata.finalizers ?? [];
  if (context.resource.traits.ignoresPropagation) return current;
  const asked = options.propagationPolicy;
  const held = current.includes(ORPHAN) || current.includes(FOREGROUND);
  if (asked === undefined && held) return current;
  const policy = asked ?? context.resource.traits.defaultPropagation;
  const others = current.filter((name) => name !== ORPHAN && name !== FOREGROUND);
  if (policy === 'Orphan') return [...others, ORPHAN];
  return policy === 'Foreground' ? [...others, FOREGROUND] : others;
}

/** Seconds of grace for a pod; 0 for everything else. */
function graceSeconds(context: WriteContext, live: KubeObject, options: DeleteOptions): number {
  if (context.resource.storage !== '/pods') return 0;
  const spec = part(live as unknown as Draft, 'spec');
  const phase = textAt(part(live as unknown as Draft, 'status'), 'phase');
  if (textAt(spec, 'nodeName') === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const asked = options.gracePeriodSeconds ?? numberAt(spec, 'terminationGracePeriodSeconds') ?? DEFAULT_GRACE_SECONDS;
  return Math.max(asked < 0 ? 1 : asked, 0);
}

function holdsNamespace(context: WriteContext, live: KubeObject): boolean {
  if (context.resource.storage !== '/namespaces') return false;
  const finalizers = part(live as unknown as Draft, 'spec')?.['finalizers'];
  return Array.isArray(finalizers) && finalizers.length > 0;
}

function statusAnswer(context: WriteContext, removed: StoredObject): Outcome {
  const { resource, warnings, dryRun } = context;
  const details = { name: removed.name, group: resource.group, kind: resource.resource, uid: removed.uid };
  const { group: _core, ...coreDetails } = details;
  const object = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: resource.group === '' ? coreDetails : details,
  } as unknown as KubeObject;
  return { code: 200, tells: dryRun ? 0 : removed.resourceVersion, warnings, body: { kind: 'object', object } };
}

/** Removes an object for good and cleans up behind its definition. `last` is its last state when it differs. */
export function removeStored(context: WriteContext, stored: StoredObject, last?: KubeObject): StoredObject {
  const { state, resource } = context;
  const before = hasQuotas(state, stored.namespace) ? state.store.tree(stored) : undefined;
  const removed = removeObject(context, stored, last);
  if (before !== undefined) chargeQuotas(state, resource, { before, after: undefined });
  finishDefinition(context, stored.resource);
  return removed;
}

/** Lets go of a terminating definition once its last instance is gone. */
function finishDefinition(context: WriteContext, storage: string): void {
  const { state } = context;
  const name = state.registry.ofStorage(storage)[0]?.definition?.name;
  const definition = name === undefined ? undefined : state.store.get(DEFINITIONS, '', name);
  if (definition?.deletionTimestamp === undefined || state.store.count(storage) > 0) return;
  releaseDefinition(context, definition);
}

/** Takes our finalizer from a definition without instances; without others it is gone. */
function releaseDefinition(context: WriteContext, definition: StoredObject): void {
  const { store } = context.state;
  const tree = store.tree(definition);
  const finalizers = (tree.metadata.finalizers ?? []).filter((item) => item !== CLEANUP_FINALIZER);
  const { finalizers: _old, ...metadata } = tree.metadata;
  if (finalizers.length === 0) store.remove(definition, { ...tree, metadata });
  else store.write(DEFINITIONS, { ...tree, metadata: { ...metadata, finalizers } });
}

/** Deletes every instance of a definition that is going away. */
function emptyDefinition(context: WriteContext, definition: StoredObject): void {
  const { state } = context;
  const spec = part(state.store.tree(definition) as unknown as Draft, 'spec');
  const storage = `${textAt(spec, 'group')}/${textAt(part(spec, 'names'), 'plural')}`;
  const resource = state.registry.ofStorage(storage)[0];
  if (resource === undefined || state.store.count(storage) === 0) {
    releaseDefinition(context, definition);
    return;
  }
  for (const stored of state.store.list(storage, '')) {
    deleteStored({ ...context, resource, warnings: [] }, stored, { propagationPolicy: 'Background' });
  }
}

interface Marking {
  readonly finalizers: readonly string[];
  readonly grace: number;
}

/** Writes deletionTimestamp and what goes with it. */
function markDeleting(context: WriteContext, live: KubeObject, marking: Marking): StoredObject {
  const { env, resource } = context;
  const draft = draftOf(live, false);
  const meta = ensurePart(draft, 'metadata');
  meta['deletionTimestamp'] = formatTime(after(env.now, seconds(marking.grace)));
  meta['deletionGracePeriodSeconds'] = marking.grace;
  if (marking.finalizers.length > 0) meta['finalizers'] = marking.finalizers;
  else delete meta['finalizers'];
  const generation = live.metadata.generation ?? 0;
  if (generation > 0 && live.metadata.deletionTimestamp === undefined) meta['generation'] = generation + 1;
  if (resource.storage === '/namespaces') ensurePart(draft, 'status')['phase'] = 'Terminating';
  if (resource.storage === DEFINITIONS) {
    const status = ensurePart(draft, 'status');
    status['conditions'] = setCondition(status['conditions'] as readonly Condition[], terminatingCondition(), env.now);
  }
  return storeDraft(context, draft);
}

/** A DELETE of something that is being deleted already: only a shorter grace period changes anything. */
function deleteAgain(context: WriteContext, stored: StoredObject, options: DeleteOptions): StoredObject {
  const live = context.state.store.tree(stored);
  const finalizers = live.metadata.finalizers ?? [];
  const old = live.metadata.deletionGracePeriodSeconds ?? 0;
  const grace = Math.min(old, graceSeconds(context, live, options));
  const shortens = options.gracePeriodSeconds !== undefined && grace < old;
  if (finalizers.length > 0 || holdsNamespace(context, live)) {
    return shortens ? markDeleting(context, live, { finalizers, grace }) : stored;
  }
  const ended = graceSeconds(context, live, options) === 0;
  if (ended) return removeStored(context, stored);
  return shortens ? markDeleting(context, live, { finalizers, grace }) : stored;
}

/** Deletes one stored object: at once, or by marking it. Answers the removed or the marked state. */
export function deleteStored(context: WriteContext, stored: StoredObject, options: DeleteOptions): StoredObject {
  const { state } = context;
  const live = state.store.tree(stored);
  demandPreconditions(context, live, options);
  rulesOf(context.resource.storage).beforeDelete?.(live, context);
  const key = { namespace: stored.namespace, name: stored.name };
  const review: WriteReview = { operation: 'DELETE', subresource: '', object: undefined, oldObject: live, key };
  admit(context, review);
  admitValidating(context, review);
  if (live.metadata.deletionTimestamp !== undefined) return deleteAgain(context, stored, options);
  const finalizers = finalizersFor(context, live, options);
  const grace = graceSeconds(context, live, options);
  if (finalizers.length === 0 && grace === 0 && !holdsNamespace(context, live)) return removeStored(context, stored);
  const marked = markDeleting(context, live, { finalizers, grace });
  if (context.resource.storage === DEFINITIONS) emptyDefinition(context, marked);
  return marked;
}

const ORPHAN_WARNING =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set ' +
  'propagationPolicy=Orphan to suppress this warning';

/** Answers a DELETE of one object. */
export function deleteObject(context: WriteContext, key: ObjectKey, options: DeleteOptions): Outcome {
  const { state, resource } = context;
  demandSound(options);
  const stored = state.store.get(resource.storage, key.namespace, key.name);
  if (stored === undefined) throw notFound(resource, key.name);
  if (resource.storage === 'batch/jobs' && options.propagationPolicy === undefined) {
    context.warnings.push(ORPHAN_WARNING);
  }
  const result = deleteStored(context, stored, options);
  const gone = state.store.get(resource.storage, key.namespace, key.name) === undefined;
  if (gone && !resource.traits.answersDeleted && resource.storage !== DEFINITIONS) return statusAnswer(context, result);
  const outcome = answerStored(context, result, 200);
  if (outcome.body.kind !== 'object') return { ...outcome, tells: state.store.resourceVersion() };
  const object = withVersionText(outcome.body.object, String(stored.resourceVersion));
  return { ...outcome, body: { kind: 'object', object } };
}
