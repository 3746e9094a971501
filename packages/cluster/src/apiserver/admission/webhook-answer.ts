import { isObject } from '@argosy/std';
import { KubeError, type KubeStatus } from '@argosy/kube/meta';
import { webhookFailed, type Webhook } from './webhooks.ts';
import type { AdmissionContext } from './review.ts';
import type { WebhookReply } from './webhook-calls.ts';

type Response = { readonly [field: string]: unknown };

/** Most warnings that one webhook may add to an answer. */
export const MAX_WEBHOOK_WARNINGS = 64;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The Status of a refusal: the webhook's own, with our words before its message and a code of at least 400. */
function denial(webhook: Webhook, response: Response): KubeError {
  const given = isObject(response['status']) ? response['status'] : {};
  const by = `admission webhook ${JSON.stringify(webhook.name)} denied the request`;
  const reason = textOf(given['reason']);
  const why = textOf(given['message']) || reason;
  const code = typeof given['code'] === 'number' && given['code'] >= 400 && given['code'] < 600 ? given['code'] : 400;
  const details = isObject(given['details']) ? { details: given['details'] } : {};
  return new KubeError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: why === '' ? `${by} without explanation` : `${by}: ${why}`,
    reason,
    code,
    ...details,
  } as KubeStatus);
}

function takeWarnings(context: AdmissionContext, response: Response): void {
  const list = Array.isArray(response['warnings']) ? (response['warnings'] as unknown[]) : [];
  const texts = list.filter((item): item is string => typeof item === 'string');
  context.warnings.push(...texts.slice(0, MAX_WEBHOOK_WARNINGS));
}

function takeAnnotations(context: AdmissionContext, webhook: Webhook, response: Response): void {
  const annotations = isObject(response['auditAnnotations']) ? response['auditAnnotations'] : {};
  for (const [key, value] of Object.entries(annotations)) {
    if (typeof value === 'string') context.annotations.set(`${webhook.name}/${key}`, value);
  }
}

/** The patch of an answer, as decoded JSON. `undefined` when there is none; a text when it cannot be read. */
function readPatch(response: Response): { readonly patch: unknown } | string | undefined {
  const { patch, patchType } = response;
  if (patch === undefined || patch === null || patch === '') return undefined;
  if (typeof patch !== 'string') return 'webhook response.patch must be a base64 text';
  if (patchType === undefined || patchType === '') return 'webhook returned response.patch but not response.patchType';
  if (patchType !== 'JSONPatch') {
    return `invalid webhook response.patchType of ${JSON.stringify(patchType)}, expected "JSONPatch"`;
  }
  try {
    return { patch: JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as unknown };
  } catch {
    return 'webhook response.patch is not JSON';
  }
}

/**
 * Reads an answer: warnings and annotations are taken over, a refusal is thrown, and the patch is given back.
 * @throws KubeError when the webhook said no, or failed and may not be ignored.
 */
export function readAnswer(
  context: AdmissionContext,
  webhook: Webhook,
  reply: WebhookReply,
): { readonly patch: unknown } | undefined {
  if (!reply.ok) {
    webhookFailed(webhook, reply.message);
    return undefined;
  }
  const { response } = reply;
  takeWarnings(context, response);
  takeAnnotations(context, webhook, response);
  if (response['allowed'] !== true) throw denial(webhook, response);
  const patch = readPatch(response);
  if (typeof patch !== 'string') return patch;
  webhookFailed(webhook, patch);
  return undefined;
}
