import { equalJson } from '@argosy/std';
import { kubeError, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
import { trackUpdate } from '@argosy/kube/merge';
import type { FieldValidation } from '@argosy/kube/port';
import type { FieldError } from '@argosy/kube/schema';
import type { StoredObject } from '../store/index.ts';
import { admitValidating, type WriteReview } from './admission/index.ts';
import { presentObject } from './convert.ts';
import { decodeBody } from './decoding.ts';
import { removeStored } from './deleting.ts';
import { draftOf, ensurePart, part, textAt, type Draft } from './draft.ts';
import { conflict, invalid, methodNotAllowed, modified, notFound } from './errors.ts';
import { rulesOf } from './kinds/index.ts';
import { identityErrors, metadataErrors, metadataUpdateErrors, restoreMetadata } from './metadata.ts';
import { schemaErrors } from './schemas.ts';
import type { Outcome } from './state.ts';
import {
  admit,
  answerStored,
  demandValid,
  managerOf,
  resetFieldsOf,
  storeDraft,
  withVersionText,
  type WriteContext,
} from './writing.ts';

/** A change of an existing object: how the wanted object follows from the live one, and how strictly it is read. */
export interface Change {
  readonly key: ObjectKey;
  readonly subresource: string;
  /** The subresource that ownership is recorded for, where it is written through the main path (scale). */
  readonly trackedAs?: string;
  /** The live object as served → the wanted one. */
  readonly transform: (live: KubeObject) => unknown;
  /** A PUT names its resourceVersion where the kind demands it. */
  readonly replace: boolean;
  readonly fieldValidation: FieldValidation;
  /** True when managedFields are settled already (server-side apply). */
  readonly tracked?: boolean;
}

/** Finds what is to be changed. @throws KubeError NotFound. */
export function liveObject(context: WriteContext, key: ObjectKey): StoredObject {
  const stored = context.state.store.get(context.resource.storage, key.namespace, key.name);
  if (stored === undefined) throw notFound(context.resource, key.name);
  return stored;
}

/** A PUT must name the object that its URL names. */
function demandSameIdentity(context: WriteContext, meta: Draft | undefined, live: KubeObject): void {
  const { name, uid } = live.metadata;
  const given = textAt(meta, 'name') || name;
  if (given !== name) {
    throw kubeError('BadRequest', `the name of the object (${given}) does not match the name on the URL (${name})`);
  }
  const namespace = textAt(meta, 'namespace');
  if (namespace !== '' && namespace !== live.metadata.namespace) {
    const why = 'the namespace of the provided object does not match the namespace sent on the request';
    throw kubeError('BadRequest', why);
  }
  const givenUid = textAt(meta, 'uid') || uid;
  if (givenUid !== uid) {
    const why = `Precondition failed: UID in precondition: ${givenUid}, UID in object meta: ${uid ?? ''}`;
    throw conflict(context.resource, name, why);
  }
}

/** Checks name, namespace, uid and resourceVersion of a wanted object against the live one. */
function demandSameObject(context: WriteContext, wanted: Draft, given: { live: KubeObject; replace: boolean }): void {
  const { resource } = context;
  const { live, replace } = given;
  const meta = part(wanted, 'metadata');
  if (replace) demandSameIdentity(context, meta, live);
  const version = textAt(meta, 'resourceVersion');
  if (version === '' && replace && !resource.traits.unconditionalUpdate) {
    const message = 'Invalid value: 0x0: must be specified for an update';
    const error = { reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', message } as const;
    throw invalid(resource, live.metadata.name, [error]);
  }
  if (version !== '' && version !== live.metadata.resourceVersion) throw modified(resource, live.metadata.name);
}

const SPEC_SUBRESOURCES = ['ephemeralcontainers', 'resize'];

/** What a change is measured against. */
interface Endpoint {
  readonly live: KubeObject;
  readonly subresource: string;
  /** True when the wanted object brings settled managedFields. */
  readonly tracked: boolean;
}

/** The main endpoint changes all but the status, where that has an endpoint of its own. */
function mergeMain(context: WriteContext, wanted: Draft, live: KubeObject): Draft {
  if (!context.resource.hasStatus) return wanted;
  if (live['status'] === undefined) delete wanted['status'];
  else wanted['status'] = draftOf(live['status'], false);
  return wanted;
}

/** What stays live of everything but one part, with the ownership that a settled write brings. */
function liveDraft(wanted: Draft, live: KubeObject, tracked: boolean): Draft {
  const draft = draftOf(live, false);
  const managed = part(wanted, 'metadata')?.['managedFields'];
  if (tracked && managed !== undefined) ensurePart(draft, 'metadata')['managedFields'] = managed;
  return draft;
}

/** pods/ephemeralcontainers changes that list and nothing else. */
function mergeEphemeral(wanted: Draft, live: KubeObject, tracked: boolean): Draft {
  const draft = liveDraft(wanted, live, tracked);
  const list = part(wanted, 'spec')?.['ephemeralContainers'];
  if (list === undefined) delete ensurePart(draft, 'spec')['ephemeralContainers'];
  else ensurePart(draft, 'spec')['ephemeralContainers'] = list;
  return draft;
}

/** Puts together what an endpoint may change of the wanted object and what stays live. */
function mergeEndpoint(context: WriteContext, wanted: Draft, given: Endpoint): Draft {
  const { live, subresource, tracked } = given;
  if (subresource === 'ephemeralcontainers') return mergeEphemeral(wanted, live, tracked);
  if (subresource === '' || SPEC_SUBRESOURCES.includes(subresource)) return mergeMain(context, wanted, live);
  const draft = liveDraft(wanted, live, tracked);
  if (subresource === 'finalize') {
    ensurePart(draft, 'spec')['finalizers'] = part(wanted, 'spec')?.['finalizers'] ?? [];
  } else if (wanted['status'] === undefined) {
    delete draft['status'];
  } else {
    draft['status'] = wanted['status'];
  }
  return draft;
}

function contentChanged(context: WriteContext, draft: Draft, live: KubeObject): boolean {
  const skip = context.resource.hasStatus ? ['metadata', 'status', 'apiVersion'] : ['metadata', 'apiVersion'];
  const keys = new Set([...Object.keys(draft), ...Object.keys(live)].filter((key) => !skip.includes(key)));
  for (const key of keys) if (!equalJson(draft[key], live[key])) return true;
  return false;
}

function bumpGeneration(context: WriteContext, draft: Draft, live: KubeObject): void {
  if (!context.resource.traits.generation || !contentChanged(context, draft, live)) return;
  ensurePart(draft, 'metadata')['generation'] = (live.metadata.generation ?? 0) + 1;
}

/** True when an object that is being deleted has nothing left that holds it. */
export function isReleased(object: KubeObject, storage: string): boolean {
  const meta = object.metadata;
  if (meta.deletionTimestamp === undefined || (meta.finalizers?.length ?? 0) > 0) return false;
  if ((meta.deletionGracePeriodSeconds ?? 0) > 0) return false;
  if (storage !== '/namespaces') return true;
  const finalizers = part(object as unknown as Draft, 'spec')?.['finalizers'];
  return !Array.isArray(finalizers) || finalizers.length === 0;
}

interface Finish extends Endpoint {
  readonly stored: StoredObject;
}

/** Moves the ownership of what changed to the manager of this write, where ownership is recorded. */
function trackChange(context: WriteContext, draft: Draft, given: Finish): KubeObject {
  const next = draft as unknown as KubeObject;
  const { live, subresource } = given;
  if (live.metadata.managedFields === undefined && next.metadata.managedFields === undefined) return next;
  const { resource, env } = context;
  const schema = resource.schema();
  const resetFields = resetFieldsOf(resource, subresource);
  return trackUpdate({ schema, live, next, manager: managerOf(context), now: env.now, subresource, resetFields });
}

/** Stores a finished change; removes the object when the change released it. */
function finishChange(context: WriteContext, draft: Draft, given: Finish): Outcome {
  const { resource } = context;
  const { stored, live } = given;
  if (equalJson(draft, live)) return answerStored(context, stored, 200);
  const object = given.tracked ? (draft as unknown as KubeObject) : trackChange(context, draft, given);
  const released = isReleased(object, resource.storage);
  const written = released ? removeStored(context, stored, object) : storeDraft(context, object as unknown as Draft);
  const outcome = answerStored(context, written, 200);
  if (outcome.body.kind !== 'object') return outcome;
  const shown = withVersionText(outcome.body.object, String(stored.resourceVersion));
  return { ...outcome, body: { kind: 'object', object: shown } };
}

function changeErrors(
  context: WriteContext,
  merged: Draft,
  given: { live: KubeObject; subresource: string },
): FieldError[] {
  const { resource } = context;
  const { live, subresource } = given;
  const errors = [
    ...metadataErrors(merged, resource),
    ...metadataUpdateErrors(merged, live),
    ...schemaErrors(resource, merged, live),
  ];
  const rules = rulesOf(resource.storage);
  if (subresource !== '') return [...errors, ...(rules.validateSubresource?.(merged, live, subresource) ?? [])];
  return [...errors, ...(rules.validate?.(merged) ?? []), ...(rules.validateUpdate?.(merged, live) ?? [])];
}

/** The wanted object, decoded and put together with what this endpoint leaves alone. */
function mergedDraft(context: WriteContext, change: Change, live: { shown: KubeObject; stored: KubeObject }): Draft {
  const { resource, warnings } = context;
  const { fieldValidation, replace, subresource } = change;
  const draft = decodeBody(change.transform(live.shown), resource, { fieldValidation, warnings });
  demandSameObject(context, draft, { live: live.stored, replace });
  if (!replace) demandValid(resource, live.stored.metadata.name, identityErrors(draft, live.stored));
  const tracked = change.tracked === true;
  const merged = mergeEndpoint(context, draft, { live: live.stored, subresource, tracked });
  restoreMetadata(merged, live.stored);
  return merged;
}

/** Changes an object or one of its subresources. */
export function changeObject(context: WriteContext, change: Change): Outcome {
  const { state, resource } = context;
  const { subresource } = change;
  const served = subresource === '' || resource.subresources.some((item) => item.name === subresource);
  if (!served) throw methodNotAllowed(change.replace ? 'update' : 'patch');
  const stored = liveObject(context, change.key);
  const shown = presentObject(state.store, resource, stored);
  const live = resource.conversion === undefined ? state.store.tree(stored) : shown;
  const merged = mergedDraft(context, change, { shown, stored: live });
  const main = subresource === '';
  if (main) rulesOf(resource.storage).prepareUpdate?.(merged, live, context);
  const review: WriteReview = { operation: 'UPDATE', subresource, object: merged, oldObject: live, key: change.key };
  admit(context, review);
  if (main || SPEC_SUBRESOURCES.includes(subresource)) bumpGeneration(context, merged, live);
  demandValid(resource, live.metadata.name, changeErrors(context, merged, { live, subresource }));
  admitValidating(context, review);
  const trackedAs = change.trackedAs ?? subresource;
  return finishChange(context, merged, { stored, live, subresource: trackedAs, tracked: change.tracked === true });
}
