import { kubeError, type KubeObject } from '@argosy/kube/meta';
import type { FieldError } from '@argosy/kube/schema';
import type { StoredObject } from '../store/index.ts';
import { admitMutating, answersOf, type AdmissionContext, type WriteReview } from './admission/index.ts';
import { convertNow, convertToServed, keepConverted, knownConverted } from './conversion.ts';
import { presentObject } from './convert.ts';
import type { Draft } from './draft.ts';
import { invalid, invalidField } from './errors.ts';
import type { ServedResource } from './resource.ts';
import { chargeQuotas, hasQuotas } from './quota/index.ts';
import type { Outcome } from './state.ts';

/** What a step passes down its write path. */
export interface WriteContext extends AdmissionContext {
  /** Who is recorded as owning what is written; `undefined` when the caller did not say. */
  readonly fieldManager: string | undefined;
}

/** Longest name of a field manager, in characters. */
export const MAX_FIELD_MANAGER_LENGTH = 128;

/** Refuses a field manager that is too long or not printable. @throws KubeError Invalid. */
export function demandFieldManager(name: string | undefined): void {
  if (name === undefined || (name.length <= MAX_FIELD_MANAGER_LENGTH && /^[\x20-\x7e]*$/.test(name))) return;
  const why = `must be at most ${MAX_FIELD_MANAGER_LENGTH} printable characters`;
  throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [invalidField('fieldManager', name, why)]);
}

/** The manager's name for a write: what the caller gave, else the last part of who it is. */
export function managerOf(context: WriteContext): string {
  return context.fieldManager ?? context.env.user.name.slice(context.env.user.name.lastIndexOf(':') + 1);
}

/**
 * Fields that an endpoint ignores, so that nobody comes to own them through it, where the schema alone cannot tell: the
 * main endpoint of a custom resource with a status subresource. `undefined` leaves it to the schema.
 */
export function resetFieldsOf(resource: ServedResource, subresource: string): readonly string[] | undefined {
  return resource.definition !== undefined && resource.hasStatus && subresource === '' ? ['status'] : undefined;
}

/** Throws 422 with all errors when there are any. */
export function demandValid(resource: ServedResource, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(resource, name, errors);
}

/** The admission that may change the draft: mutating webhooks, then plug-ins from outside; warnings are collected. */
export function admit(context: WriteContext, review: WriteReview): void {
  admitMutating(context, review);
  const { env, resource, dryRun } = context;
  const { operation, subresource, oldObject } = review;
  // Streams come another way; plug-ins look at writes.
  if (operation === 'CONNECT') return;
  const object = review.object as unknown as KubeObject | undefined;
  for (const plugin of context.state.plugins) {
    const facts = { operation, subresource, object, oldObject, user: env.user, resource, dryRun };
    context.warnings.push(...plugin(facts));
  }
}

/** What stands where a draft is about to be stored, when quotas will ask. */
function chargedBefore(context: WriteContext, object: KubeObject): KubeObject | undefined {
  const { store } = context.state;
  const { namespace = '', name } = object.metadata;
  const stored = store.get(context.resource.storage, namespace, name);
  return stored === undefined ? undefined : store.tree(stored);
}

/** Writes an object in the version of storage; where a webhook converts, the other versions are made here and now. */
function writeObject(context: WriteContext, object: KubeObject): StoredObject {
  const { resource, state } = context;
  const { conversion } = resource;
  if (conversion === undefined) return state.store.write(resource.storage, object);
  const answers = answersOf(context);
  const kept = convertNow(conversion, object, { ...answers, to: resource.storedApiVersion });
  const isEnding = resource.definition?.terminating;
  const converted = convertToServed(conversion, kept, { ...answers, isEnding });
  const stored = state.store.write(resource.storage, kept);
  keepConverted(conversion, stored, converted);
  return stored;
}

/** Removes an object; `last` is its last state when it differs. */
export function removeObject(context: WriteContext, stored: StoredObject, last: KubeObject | undefined): StoredObject {
  const { resource, state } = context;
  const { conversion } = resource;
  if (conversion === undefined) return state.store.remove(stored, last);
  const answers = answersOf(context);
  const tree = state.store.tree(stored);
  const kept = last === undefined ? tree : convertNow(conversion, last, { ...answers, to: tree.apiVersion });
  const known = last === undefined ? knownConverted(conversion, stored) : undefined;
  const isEnding = resource.definition?.terminating;
  const converted = known ?? convertToServed(conversion, kept, { ...answers, isEnding });
  const removed = state.store.remove(stored, kept);
  keepConverted(conversion, removed, converted);
  return removed;
}

/** Stores a finished draft and charges it to quotas. @throws KubeError RequestEntityTooLarge, Forbidden. */
export function storeDraft(context: WriteContext, draft: Draft): StoredObject {
  const { state, resource } = context;
  const object = draft as unknown as KubeObject;
  const charged = resource.namespaced && hasQuotas(state, object.metadata.namespace ?? '');
  const before = charged ? chargedBefore(context, object) : undefined;
  const stored = writeObject(context, object);
  if (charged) chargeQuotas(state, resource, { before, after: state.store.tree(stored) });
  const limit = state.config.objectBytes;
  if (stored.bytes.byteLength > limit) {
    throw kubeError('RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);
  }
  return stored;
}

/** The answer that shows a stored object. A dry run shows the tree, since its write is taken back. */
export function answerStored(context: WriteContext, stored: StoredObject, code: number): Outcome {
  const { state, resource, warnings, dryRun } = context;
  if (!dryRun) {
    return { code, tells: stored.resourceVersion, warnings, body: { kind: 'stored', resource, stored } };
  }
  const object = presentObject(state.store, resource, stored);
  return { code, tells: 0, warnings, body: { kind: 'object', object } };
}

/** A copy of `object` under another resourceVersion, or none. */
export function withVersionText(object: KubeObject, version: string | undefined): KubeObject {
  const { resourceVersion: _dropped, ...rest } = object.metadata;
  return { ...object, metadata: version === undefined ? rest : { ...rest, resourceVersion: version } };
}
