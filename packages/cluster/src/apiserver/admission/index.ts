export { admitMutating } from './mutating.ts';
export { admitValidating } from './validating.ts';
export { MAX_ADMISSION_STEPS } from './expressions.ts';
export { MAX_AUDIT_VALUE_LENGTH } from './policies.ts';
export { MAX_WEBHOOK_WARNINGS } from './webhook-answer.ts';
export { answersOf, type AdmissionContext, type WriteReview } from './review.ts';
export {
  replyTo,
  WebhooksNeeded,
  type AnsweredCall,
  type WebhookCall,
  type WebhookClient,
  type WebhookReply,
} from './webhook-calls.ts';
