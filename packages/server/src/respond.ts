import { after, milliseconds, type Clock, type Timer } from '@argosy/std';
import { RestError, type Identity, type RestResponse } from '@argosy/api/rest';
import { sendJson, type Exchange } from './exchange.ts';
import type { ServerLimits } from './limits.ts';
import { sendBytes, sendItems, type StreamScope } from './stream.ts';

/** Counts open streams, in all and for each identity. */
export interface StreamBudget {
  /** @throws RestError ResourceExhausted when too many are open. Call the answer once when the stream is over. */
  open(identity: Identity): () => void;
}

/** Creates the counters. */
export function createStreamBudget(limits: ServerLimits): StreamBudget {
  const counts = new Map<string, number>();
  let total = 0;
  return {
    open(identity) {
      const key = `${identity.issuer}\0${identity.subject}`;
      const own = counts.get(key) ?? 0;
      if (total >= limits.streamCount || own >= limits.streamsPerIdentity) {
        throw new RestError('ResourceExhausted', `too many open streams, at most ${limits.streamsPerIdentity} a user`);
      }
      total += 1;
      counts.set(key, own + 1);
      return () => {
        total -= 1;
        const left = (counts.get(key) ?? 1) - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      };
    },
  };
}

/** Sends a handler's answer in its form. */
export async function respond(
  exchange: Exchange,
  response: RestResponse,
  how: { readonly scope: StreamScope; readonly budget: StreamBudget; readonly identity: Identity },
): Promise<void> {
  if (response.kind === 'json') {
    sendJson(exchange, response.status ?? 200, response.body ?? {});
    return;
  }
  const release = how.budget.open(how.identity);
  try {
    if (response.kind === 'stream') await sendItems(exchange, response.items, how.scope);
    else await sendBytes(exchange, response, how.scope);
  } finally {
    release();
  }
}

/**
 * Waits for a handler, but not longer than its time: then its signal aborts and the client is told.
 * Rejects with RestError DeadlineExceeded.
 */
export async function withinTime<T>(
  work: Promise<T>,
  exchange: Exchange,
  time: { readonly clock: Clock; readonly limitMs: number },
): Promise<T> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = time.clock.schedule(after(time.clock.now(), milliseconds(time.limitMs)), () => {
      exchange.abort.abort();
      reject(new RestError('DeadlineExceeded', `no answer within ${time.limitMs} ms`));
    });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer?.cancel();
  }
}
