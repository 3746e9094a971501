import { kubeError, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
import { trackUpdate } from '@argosy/kube/merge';
import type { FieldValidation } from '@argosy/kube/port';
import { admitValidating, type WriteReview } from './admission/index.ts';
import { decodeBody } from './decoding.ts';
import { ensurePart, part, textAt, type Draft } from './draft.ts';
import { alreadyExists, forbidden } from './errors.ts';
import { rulesOf } from './kinds/index.ts';
import { generatedName, metadataErrors, stampNew } from './metadata.ts';
import { demandLiveNamespace } from './namespace-lifecycle.ts';
import { schemaErrors } from './schemas.ts';
import type { Outcome } from './state.ts';
import {
  admit,
  answerStored,
  demandValid,
  resetFieldsOf,
  storeDraft,
  withVersionText,
  type WriteContext,
} from './writing.ts';

/** How often a generated name that is taken is drawn again. */
export const MAX_GENERATE_ATTEMPTS = 8;

/** A create, as REST posts it. */
export interface NewObject {
  readonly namespace: string;
  readonly object: unknown;
  readonly fieldValidation: FieldValidation;
  /** True when managedFields are settled already (server-side apply). */
  readonly tracked?: boolean;
}

function settleNamespace(context: WriteContext, draft: Draft, namespace: string): void {
  const given = textAt(part(draft, 'metadata'), 'namespace');
  if (!context.resource.namespaced) return;
  if (given !== '' && given !== namespace) {
    throw kubeError(
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  if (namespace === '') throw kubeError('BadRequest', 'an empty namespace may not be set during creation');
}

function settleName(context: WriteContext, draft: Draft, namespace: string): void {
  const meta = ensurePart(draft, 'metadata');
  const base = textAt(meta, 'generateName');
  if (textAt(meta, 'name') !== '' || base === '') return;
  const { state, env, resource } = context;
  for (let attempt = 0; attempt < MAX_GENERATE_ATTEMPTS; attempt += 1) {
    const name = generatedName(base, env.random);
    meta['name'] = name;
    if (state.store.get(resource.storage, resource.namespaced ? namespace : '', name) === undefined) return;
  }
  throw kubeError(
    'AlreadyExists',
    `${resource.resource} "${textAt(meta, 'name')}" already exists, the server was not able to generate a unique ` +
      'name for the object',
    { details: { name: textAt(meta, 'name'), group: resource.group, kind: resource.resource } },
  );
}

function demandFresh(draft: Draft): void {
  if (textAt(part(draft, 'metadata'), 'resourceVersion') === '') return;
  throw kubeError('', 'resourceVersion should not be set on objects to be created', { code: 500 });
}

function demandOpenDefinition(context: WriteContext, draft: Draft): void {
  if (context.resource.definition?.terminating !== true) return;
  const name = textAt(part(draft, 'metadata'), 'name');
  throw forbidden(context.resource, name, 'create not allowed while custom resource definition is terminating');
}

/** Records what a create owns, when the caller named its field manager. In-process callers need not pay for it. */
function trackCreate(context: WriteContext, draft: Draft): Draft {
  const { resource, fieldManager, env } = context;
  if (fieldManager === undefined) return draft;
  const next = draft as unknown as KubeObject;
  const schema = resource.schema();
  const resetFields = resetFieldsOf(resource, '');
  const update = { schema, live: undefined, next, manager: fieldManager, now: env.now, resetFields };
  return trackUpdate(update) as unknown as Draft;
}

/** Decodes the body and settles where and under which name it goes. */
function newDraft(context: WriteContext, created: NewObject): { readonly draft: Draft; readonly key: ObjectKey } {
  const { state, env, resource, warnings } = context;
  const { namespace, fieldValidation } = created;
  const draft = decodeBody(created.object, resource, { fieldValidation, warnings });
  demandFresh(draft);
  settleNamespace(context, draft, namespace);
  settleName(context, draft, namespace);
  demandOpenDefinition(context, draft);
  const name = textAt(part(draft, 'metadata'), 'name');
  if (resource.namespaced) demandLiveNamespace(state, resource, { namespace, name });
  stampNew(draft, resource, { time: state.timeText(env.now), uid: env.newUid(), namespace });
  if (resource.hasStatus) delete draft['status'];
  return { draft, key: { namespace: resource.namespaced ? namespace : '', name } };
}

/** Creates an object: decode, default, admit, validate, store. */
export function createObject(context: WriteContext, created: NewObject): Outcome {
  const { state, resource } = context;
  const { draft, key } = newDraft(context, created);
  const rules = rulesOf(resource.storage);
  rules.prepareCreate?.(draft, context);
  const review: WriteReview = { operation: 'CREATE', subresource: '', object: draft, oldObject: undefined, key };
  admit(context, review);
  const errors = [...metadataErrors(draft, resource), ...schemaErrors(resource, draft)];
  demandValid(resource, key.name, [...errors, ...(rules.validate?.(draft) ?? [])]);
  if (state.store.get(resource.storage, key.namespace, key.name) !== undefined) throw alreadyExists(resource, key.name);
  admitValidating(context, review);
  const stored = storeDraft(context, created.tracked === true ? draft : trackCreate(context, draft));
  rules.afterCreate?.(stored, context);
  const outcome = answerStored(context, stored, 201);
  if (outcome.body.kind !== 'object') return outcome;
  return { ...outcome, body: { kind: 'object', object: withVersionText(outcome.body.object, undefined) } };
}
