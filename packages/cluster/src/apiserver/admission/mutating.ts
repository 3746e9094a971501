import { isObject } from '@argosy/std';
import { KubeError, type KubeObject } from '@argosy/kube/meta';
import { applyJsonPatch } from '@argosy/kube/merge';
import { decodeBody } from '../decoding.ts';
import { draftOf, type Draft } from '../draft.ts';
import { rulesOf } from '../kinds/index.ts';
import { restoreMetadata } from '../metadata.ts';
import { shownAs, type AdmissionContext, type WriteReview } from './review.ts';
import { readAnswer } from './webhook-answer.ts';
import { replyTo, WebhooksNeeded } from './webhook-calls.ts';
import { callFor, configuredWebhooks, isExempt, webhookFailed, type Asked, type Webhook } from './webhooks.ts';

/** Makes `draft` what `next` is, in place: its owner keeps working on it. */
function becomeDraft(draft: Draft, next: Draft): void {
  for (const key of Object.keys(draft)) delete draft[key];
  Object.assign(draft, next);
}

/** What this endpoint cannot change stays as it was, whatever a webhook made of it. */
function keepEndpoint(context: AdmissionContext, review: WriteReview, given: { next: Draft; before: Draft }): void {
  const { next, before } = given;
  restoreMetadata(next, before as unknown as KubeObject);
  if (!context.resource.hasStatus) return;
  if (review.subresource === 'status') {
    for (const key of Object.keys({ ...next, ...before })) {
      if (key !== 'status' && key !== 'metadata') next[key] = before[key];
    }
  } else if (before['status'] === undefined) delete next['status'];
  else next['status'] = before['status'];
}

/** Applies a webhook's patch to the draft: patched, read like any body, and confined to the endpoint. */
function applyPatch(context: AdmissionContext, review: WriteReview, given: { asked: Asked; patch: unknown }): void {
  const draft = review.object;
  const { asked, patch } = given;
  if (draft === undefined) {
    const why = 'webhook response attempted to modify the object, which is not supported for this operation';
    return webhookFailed(asked.webhook, why);
  }
  const shown = asked.call.request['object'];
  const before = draftOf(draft, false);
  const patched = applyJsonPatch(shown as KubeObject, patch);
  if (!isObject(patched)) return webhookFailed(asked.webhook, 'the patched object is no object');
  // What is posted to a subresource (a Binding, an Eviction) is not of the resource's own kind.
  if (patched['kind'] !== context.resource.kind) return becomeDraft(draft, draftOf(patched, false));
  const decoded = decodeBody(patched, asked.resource, { fieldValidation: 'Ignore', warnings: [] });
  const next = draftOf(shownAs(context, context.resource, decoded), false);
  keepEndpoint(context, review, { next, before });
  becomeDraft(draft, next);
  // What a webhook added gets what every new pod gets: the token mount of a container that was put in.
  const isNewPod = context.resource.storage === '/pods' && review.operation === 'CREATE' && review.subresource === '';
  if (isNewPod) rulesOf('/pods').prepareCreate?.(draft, context);
}

/** A patch that does not fit is the webhook's failure. */
function tryPatch(context: AdmissionContext, review: WriteReview, given: { asked: Asked; patch: unknown }): void {
  try {
    applyPatch(context, review, given);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    webhookFailed(given.asked.webhook, error.message);
  }
}

/** Asks one webhook; true when it changed the object. @throws WebhooksNeeded when its answer is not there yet. */
function ask(webhook: Webhook, context: AdmissionContext, review: WriteReview): boolean {
  const asked = callFor(webhook, context, review);
  if (asked === undefined) return false;
  const reply = replyTo(context.env.answered ?? [], asked.call);
  if (reply === undefined) throw new WebhooksNeeded([asked.call]);
  const answer = readAnswer(context, webhook, reply);
  if (answer === undefined) return false;
  const before = JSON.stringify(review.object);
  tryPatch(context, review, { asked, patch: answer.patch });
  return JSON.stringify(review.object) !== before;
}

/**
 * Mutating webhooks, one after another; each sees what those before it made. Those with `reinvocationPolicy: IfNeeded`
 * are asked once more when a later one changed the object.
 * @throws WebhooksNeeded for an answer that is not there yet, KubeError for a refusal.
 */
export function admitMutating(context: AdmissionContext, review: WriteReview): void {
  const webhooks = configuredWebhooks(context.state, 'mutating');
  if (webhooks.length === 0 || isExempt(context.resource)) return;
  let lastChange = -1;
  webhooks.forEach((webhook, index) => {
    if (ask(webhook, context, review)) lastChange = index;
  });
  webhooks.forEach((webhook, index) => {
    if (index < lastChange && webhook.reinvoked) ask(webhook, context, review);
  });
}
