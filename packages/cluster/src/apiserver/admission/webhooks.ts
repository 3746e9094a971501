import { kubeError, type KubeObject } from '@argosy/kube/meta';
import type { StoredObject } from '../../store/index.ts';
import { numberAt, part, parts, textAt, type Draft } from '../draft.ts';
import type { ServedResource } from '../resource.ts';
import type { ApiState } from '../state.ts';
import {
  conditionsHold,
  MATCH_VARIABLES,
  MAX_ADMISSION_STEPS,
  namedExpressions,
  reviewVars,
  type NamedExpression,
} from './expressions.ts';
import { matchedResource, matcherOf, type Matcher } from './matching.ts';
import { requestFacts, shownAs, type AdmissionContext, type WriteReview } from './review.ts';
import type { WebhookCall, WebhookClient } from './webhook-calls.ts';
import { clientOf } from './webhook-client.ts';

/** One webhook of a configuration, ready to be asked. */
export interface Webhook {
  readonly name: string;
  readonly client: WebhookClient;
  readonly matcher: Matcher;
  readonly conditions: readonly NamedExpression[];
  readonly ignoresFailure: boolean;
  readonly timeoutSeconds: number;
  readonly reinvoked: boolean;
  readonly hasSideEffects: boolean;
}

function webhookOf(source: Draft): Webhook {
  return {
    name: textAt(source, 'name'),
    client: clientOf(part(source, 'clientConfig')),
    matcher: matcherOf(source, 'rules'),
    conditions: namedExpressions(source, 'matchConditions', MATCH_VARIABLES),
    ignoresFailure: textAt(source, 'failurePolicy') === 'Ignore',
    timeoutSeconds: numberAt(source, 'timeoutSeconds') ?? 10,
    reinvoked: textAt(source, 'reinvocationPolicy') === 'IfNeeded',
    hasSideEffects: !['None', 'NoneOnDryRun'].includes(textAt(source, 'sideEffects')),
  };
}

const COMPILED = new WeakMap<StoredObject, readonly Webhook[]>();

function webhooksOf(state: ApiState, stored: StoredObject): readonly Webhook[] {
  const known = COMPILED.get(stored);
  if (known !== undefined) return known;
  const fresh = parts(state.store.tree(stored) as unknown as Draft, 'webhooks').map(webhookOf);
  COMPILED.set(stored, fresh);
  return fresh;
}

const GROUP = 'admissionregistration.k8s.io';

/** All webhooks of one kind, in the order in which they are asked: by configuration, then as listed. */
export function configuredWebhooks(state: ApiState, kind: 'mutating' | 'validating'): readonly Webhook[] {
  const stored = state.store.list(`${GROUP}/${kind}webhookconfigurations`, '');
  return stored.length === 0 ? [] : stored.flatMap((item) => webhooksOf(state, item));
}

/** What configures admission is never itself admitted by webhooks and policies: a bad one could not be repaired. */
export function isExempt(resource: ServedResource): boolean {
  return resource.group === GROUP || resource.traits.virtual;
}

/** A webhook that did not answer, or not as it should. @throws KubeError InternalError unless failures are ignored. */
export function webhookFailed(webhook: Webhook, why: string): void {
  if (webhook.ignoresFailure) return;
  const name = JSON.stringify(webhook.name);
  throw kubeError('InternalError', `Internal error occurred: failed calling webhook ${name}: ${why}`);
}

function conditionsAllow(webhook: Webhook, context: AdmissionContext, given: Matched): boolean {
  if (webhook.conditions.length === 0) return true;
  const vars = reviewVars(context, given.review, given.resource);
  const held = conditionsHold(webhook.conditions, vars, { left: MAX_ADMISSION_STEPS });
  if (typeof held === 'boolean') return held;
  if (webhook.ignoresFailure) return false;
  const { name } = given.review.key;
  const what = `${context.resource.resource} ${JSON.stringify(name)} is forbidden`;
  throw kubeError('Forbidden', `${what}: webhook ${JSON.stringify(webhook.name)}: ${held.problem}`);
}

interface Matched {
  readonly review: WriteReview;
  readonly resource: ServedResource;
}

/** A webhook that is for a write: what to ask it, and as which version it sees the write. */
export interface Asked {
  readonly webhook: Webhook;
  readonly call: WebhookCall;
  readonly resource: ServedResource;
}

/** What a webhook is to be asked about a write; `undefined` when it is not for it. @throws KubeError for dry runs. */
export function callFor(webhook: Webhook, context: AdmissionContext, review: WriteReview): Asked | undefined {
  const resource = matchedResource(webhook.matcher, context, review);
  if (resource === undefined || !conditionsAllow(webhook, context, { review, resource })) return undefined;
  if (context.dryRun && webhook.hasSideEffects) {
    throw kubeError('BadRequest', `admission webhook ${JSON.stringify(webhook.name)} does not support dry run`);
  }
  const objectOf = (object: Draft | KubeObject | undefined): unknown => {
    const shown = shownAs(context, resource, object);
    // The draft is changed in place later; the question keeps what it asked about.
    return shown === null || object !== review.object ? shown : structuredClone(shown);
  };
  const request = {
    ...requestFacts(context, review, resource),
    object: objectOf(review.object),
    oldObject: objectOf(review.oldObject),
  };
  const { name, client, timeoutSeconds } = webhook;
  return { webhook, resource, call: { webhook: name, client, timeoutSeconds, kind: 'AdmissionReview', request } };
}
