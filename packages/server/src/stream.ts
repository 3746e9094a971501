import type { RestResponse } from '@argosy/api/rest';
import { after, milliseconds, type Clock, type Timer } from '@argosy/std';
import { errorAnswer, streamError } from './errors.ts';
import { headerOf, writeChunk, type Exchange } from './exchange.ts';
import type { ServerLimits } from './limits.ts';

/** What streaming needs from the server. */
export interface StreamScope {
  readonly clock: Clock;
  readonly limits: ServerLimits;
  /** False when the session behind the stream has ended. */
  readonly isStillAllowed: () => boolean;
  /** Told of unforeseen errors. */
  readonly onUnforeseen: (error: unknown) => void;
}

interface Form {
  readonly contentType: string;
  readonly frame: (item: unknown) => string;
  readonly heartbeat: string;
}

const LINES: Form = {
  contentType: 'application/json',
  frame: (item) => `${JSON.stringify(item)}\n`,
  // Blank space between JSON texts is nothing to every reader of JSON lines.
  heartbeat: '\n',
};

const EVENTS: Form = {
  contentType: 'text/event-stream',
  frame: (item) => `data: ${JSON.stringify(item)}\n\n`,
  heartbeat: ':\n\n',
};

/** True when the client wants server-sent events. */
export function wantsEvents(exchange: Exchange): boolean {
  return (headerOf(exchange, 'accept') ?? '').includes('text/event-stream');
}

/** Sends items until they end, the client goes away, or the session ends. Waits for slow readers; never rejects. */
export async function sendItems(exchange: Exchange, items: AsyncIterable<unknown>, scope: StreamScope): Promise<void> {
  const form = wantsEvents(exchange) ? EVENTS : LINES;
  const { outgoing } = exchange;
  outgoing.statusCode = 200;
  outgoing.setHeader('content-type', form.contentType);
  outgoing.setHeader('cache-control', 'no-store');
  outgoing.setHeader('x-accel-buffering', 'no');
  writeChunk(outgoing, form.heartbeat);
  const keeper = keepAlive(exchange, scope, form);
  try {
    await pump(exchange, items, {
      scope,
      encode: (item) => {
        keeper.touch();
        return form.frame({ result: item });
      },
    });
    if (keeper.endedBySession()) writeChunk(outgoing, form.frame(SESSION_ENDED));
  } catch (error) {
    const told = errorAnswer(error, exchange.id);
    if (told.isUnforeseen) scope.onUnforeseen(error);
    if (!isGone(exchange)) writeChunk(outgoing, form.frame(streamError(told)));
  } finally {
    keeper.stop();
    outgoing.end();
  }
}

/** Sends raw bytes (a log, a file) with the same care. An error after the first byte cuts the answer short. */
export async function sendBytes(
  exchange: Exchange,
  answer: Extract<RestResponse, { kind: 'bytes' }>,
  scope: StreamScope,
): Promise<void> {
  const { outgoing } = exchange;
  outgoing.statusCode = 200;
  outgoing.setHeader('content-type', answer.contentType);
  outgoing.setHeader('cache-control', 'no-store');
  for (const [name, value] of Object.entries(answer.headers ?? {})) outgoing.setHeader(name, value);
  const keeper = keepAlive(exchange, scope);
  try {
    await pump(exchange, answer.chunks, { scope, encode: (chunk) => chunk });
    outgoing.end();
  } catch (error) {
    if (errorAnswer(error, exchange.id).isUnforeseen) scope.onUnforeseen(error);
    outgoing.destroy();
  } finally {
    keeper.stop();
  }
}

const isGone = (exchange: Exchange): boolean => exchange.outgoing.destroyed || exchange.outgoing.writableEnded;

const SESSION_ENDED = streamError({
  status: 401,
  body: { error: 'session has ended', code: 16, message: 'session has ended' },
  isUnforeseen: false,
});

interface Pump<Item> {
  readonly scope: StreamScope;
  readonly encode: (item: Item) => string | Uint8Array;
}

async function pump<Item>(exchange: Exchange, items: AsyncIterable<Item>, how: Pump<Item>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const aborted = onAbort(exchange.abort.signal);
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted.promise]);
      if (next === 'aborted' || next.done === true) return;
      if (!writeChunk(exchange.outgoing, how.encode(next.value))) await drained(exchange, how.scope, aborted.promise);
    }
  } finally {
    aborted.release();
    // Not awaited: a source that waits for its next item ends when it sees the signal.
    void Promise.resolve(iterator.return?.()).catch(how.scope.onUnforeseen);
  }
}

function onAbort(signal: AbortSignal): { readonly promise: Promise<'aborted'>; readonly release: () => void } {
  let release = (): void => undefined;
  const promise = new Promise<'aborted'>((resolve) => {
    const finish = (): void => resolve('aborted');
    release = () => signal.removeEventListener('abort', finish);
    if (signal.aborted) finish();
    else signal.addEventListener('abort', finish);
  });
  return { promise, release };
}

/** Waits until the client has read on; one that does not within the limit loses its stream. */
function drained(exchange: Exchange, scope: StreamScope, aborted: Promise<'aborted'>): Promise<unknown> {
  let timer: Timer | undefined;
  const stalled = new Promise<void>((resolve) => {
    timer = scope.clock.schedule(after(scope.clock.now(), milliseconds(scope.limits.stalledMs)), () => {
      exchange.abort.abort();
      resolve();
    });
  });
  const ready = new Promise<void>((resolve) => {
    exchange.outgoing.once('drain', resolve);
  });
  return Promise.race([ready, stalled, aborted]).finally(() => timer?.cancel());
}

interface Keeper {
  touch(): void;
  stop(): void;
  endedBySession(): boolean;
}

/** Sends heartbeats into silence and ends the stream when its session is over. */
function keepAlive(exchange: Exchange, scope: StreamScope, form?: Form): Keeper {
  const { clock, limits } = scope;
  let lastSentAt = clock.now();
  let hasSessionEnded = false;
  let timer: Timer;
  const arm = (): void => {
    timer = clock.schedule(after(clock.now(), milliseconds(Math.min(limits.recheckMs, limits.heartbeatMs))), tick);
  };
  const tick = (): void => {
    if (!scope.isStillAllowed()) {
      hasSessionEnded = true;
      exchange.abort.abort();
      return;
    }
    if (form !== undefined && clock.now() - lastSentAt >= limits.heartbeatMs && !isGone(exchange)) {
      lastSentAt = clock.now();
      writeChunk(exchange.outgoing, form.heartbeat);
    }
    arm();
  };
  arm();
  return {
    touch: () => (lastSentAt = clock.now()),
    stop: () => timer.cancel(),
    endedBySession: () => hasSessionEnded,
  };
}
