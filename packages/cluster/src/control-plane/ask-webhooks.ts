import { kubeError } from '@argosy/kube/meta';
import {
  WebhooksNeeded,
  type AnsweredCall,
  type Outcome,
  type StepEnv,
  type WebhookCall,
  type WebhookReply,
} from '../apiserver/index.ts';

/** Performs one call of a webhook. Never rejects but for an aborted signal: what went wrong is in the reply. */
export type WebhookCaller = (call: WebhookCall, signal: AbortSignal | undefined) => Promise<WebhookReply>;

/** How often one request may find that it must ask webhooks before it is given up. */
export const MAX_WEBHOOK_ROUNDS = 100;
/** Webhooks that one request asks at one time. */
export const MAX_WEBHOOKS_AT_ONCE = 32;

/** What a try of a step came to. */
export type Tried<Done = Outcome> = { readonly outcome: Done } | { readonly error: unknown };

/**
 * The environment of a request that may be stepped several times: each try draws the same uids and random numbers, so
 * that an object is the same object when it comes back with its answers.
 */
export function repeatableEnv(env: StepEnv): () => StepEnv {
  const uids: string[] = [];
  const numbers: number[] = [];
  return () => {
    let [uidCount, numberCount] = [0, 0];
    const next = (): number => {
      const known = numbers[numberCount] ?? env.random.next();
      numbers[numberCount] = known;
      numberCount += 1;
      return known;
    };
    const newUid = (): string => {
      const known = uids[uidCount] ?? env.newUid();
      uids[uidCount] = known;
      uidCount += 1;
      return known;
    };
    return { ...env, newUid, random: { next, below: (limit) => Math.floor(next() * limit) } };
  };
}

const UNCONNECTED: WebhookReply = { ok: false, message: 'this control plane has no way to call webhooks' };

/** Performs calls, so many at a time. */
export async function askAll(
  caller: WebhookCaller | undefined,
  calls: readonly WebhookCall[],
  signal: AbortSignal | undefined,
): Promise<readonly AnsweredCall[]> {
  const answers: AnsweredCall[] = [];
  for (let start = 0; start < calls.length; start += MAX_WEBHOOKS_AT_ONCE) {
    const batch = calls.slice(start, start + MAX_WEBHOOKS_AT_ONCE);
    const ask = async (call: WebhookCall): Promise<AnsweredCall> => ({
      call,
      reply: caller === undefined ? UNCONNECTED : await caller(call, signal),
    });
    answers.push(...(await Promise.all(batch.map(ask))));
  }
  return answers;
}

/**
 * Steps until no more answers are needed. Between two tries anything may have been written by others; then the webhooks
 * are asked about what is true now.
 * @throws KubeError InternalError when the object changed under every round of questions.
 */
export async function stepWithAnswers<Done>(given: {
  readonly step: (answered: readonly AnsweredCall[]) => Tried<Done>;
  readonly caller: WebhookCaller | undefined;
  readonly signal: AbortSignal | undefined;
}): Promise<Tried<Done>> {
  const answered: AnsweredCall[] = [];
  for (let round = 0; round <= MAX_WEBHOOK_ROUNDS; round += 1) {
    const tried = given.step(answered);
    if (!('error' in tried) || !(tried.error instanceof WebhooksNeeded)) return tried;
    answered.push(...(await askAll(given.caller, tried.error.calls, given.signal)));
    given.signal?.throwIfAborted();
  }
  const why = `the object changed during each of ${MAX_WEBHOOK_ROUNDS} rounds of admission webhooks`;
  return { error: kubeError('Conflict', why) };
}
