import { admitByPolicies } from './policies.ts';
import type { AdmissionContext, WriteReview } from './review.ts';
import { readAnswer } from './webhook-answer.ts';
import { replyTo, WebhooksNeeded } from './webhook-calls.ts';
import { callFor, configuredWebhooks, isExempt } from './webhooks.ts';

/** Validating webhooks: all are asked at once; the first refusal in order counts. */
function admitByWebhooks(context: AdmissionContext, review: WriteReview): void {
  const webhooks = configuredWebhooks(context.state, 'validating');
  const asked = webhooks.flatMap((webhook) => callFor(webhook, context, review) ?? []);
  const answers = asked.map(({ webhook, call }) => ({
    webhook,
    call,
    reply: replyTo(context.env.answered ?? [], call),
  }));
  const open = answers.filter((item) => item.reply === undefined);
  if (open.length > 0) throw new WebhooksNeeded(open.map((item) => item.call));
  for (const { webhook, reply } of answers) if (reply !== undefined) readAnswer(context, webhook, reply);
}

/**
 * Policies, then validating webhooks, over the object as it will be stored.
 * @throws WebhooksNeeded for answers that are not there yet, KubeError for a refusal.
 */
export function admitValidating(context: AdmissionContext, review: WriteReview): void {
  if (isExempt(context.resource)) return;
  admitByPolicies(context, review);
  admitByWebhooks(context, review);
}
