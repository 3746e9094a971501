import { equalJson } from '@argosy/std';

/** Where a webhook answers. */
export interface WebhookClient {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    /** Begins with a slash; empty for the root. */
    readonly path: string;
    readonly port: number;
  };
  /** PEM in base64; without it the system's authorities count. */
  readonly caBundle?: string;
}

/** A question that only the world outside can answer, as data. */
export interface WebhookCall {
  /** The webhook's name, for messages. */
  readonly webhook: string;
  readonly client: WebhookClient;
  readonly timeoutSeconds: number;
  /** What is posted: an AdmissionReview of admission.k8s.io/v1 or a ConversionReview of apiextensions.k8s.io/v1. */
  readonly kind: 'AdmissionReview' | 'ConversionReview';
  /** The review's `request` without its uid: who performs the call draws one. */
  readonly request: { readonly [field: string]: unknown };
}

/** What came back: the review's `response`, or why there is none. */
export type WebhookReply =
  | { readonly ok: true; readonly response: { readonly [field: string]: unknown } }
  | { readonly ok: false; readonly message: string };

/** A question with its answer. */
export interface AnsweredCall {
  readonly call: WebhookCall;
  readonly reply: WebhookReply;
}

/**
 * Thrown by `step` when it cannot go on without answers. Nothing was written. Perform the calls and step again with the
 * answers: all is decided afresh from what is stored then, and an answer counts only for the very object it was given for.
 */
export class WebhooksNeeded extends Error {
  override readonly name = 'WebhooksNeeded';
  readonly calls: readonly WebhookCall[];

  constructor(calls: readonly WebhookCall[]) {
    super(`answers are needed of ${calls.map((call) => call.webhook).join(', ')}`);
    this.calls = calls;
  }
}

/** The answer to a call, when it was asked already. */
export function replyTo(answered: readonly AnsweredCall[], call: WebhookCall): WebhookReply | undefined {
  return answered.find((item) => item.call.webhook === call.webhook && equalJson(item.call, call))?.reply;
}
