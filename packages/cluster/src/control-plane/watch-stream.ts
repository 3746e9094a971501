import type { WatchEvent } from '@argosy/kube/port';
import type { WatchFrame } from '../apiserver/index.ts';
import type { HubSink } from './watch-hub.ts';

/** Live events that an in-process watcher may be behind before its watch is ended. */
export const WATCH_QUEUE_LIMIT = 20_000;

/** A watch as a stream: what the hub pushes into, and what the caller iterates. */
export interface WatchStream {
  readonly sink: HubSink;
  readonly events: AsyncIterable<WatchEvent>;
}

interface StreamState {
  frames: WatchFrame[];
  head: number;
  ended: boolean;
  error: Error | undefined;
  wake: () => void;
}

function next(state: StreamState): WatchFrame | undefined {
  const frame = state.frames[state.head];
  if (frame === undefined) return undefined;
  state.head += 1;
  if (state.head === state.frames.length) {
    state.frames = [];
    state.head = 0;
  }
  return frame;
}

async function* read(state: StreamState, open: () => () => void): AsyncGenerator<WatchEvent> {
  const close = open();
  try {
    for (;;) {
      const frame = next(state);
      if (frame !== undefined) {
        yield { type: frame.type, object: frame.object() };
        continue;
      }
      if (state.error !== undefined) throw state.error;
      if (state.ended) return;
      await new Promise<void>((resolve) => {
        state.wake = resolve;
      });
    }
  } finally {
    close();
  }
}

/**
 * Builds a stream. `open` starts the watch when iteration begins and gives the way out. When the reader falls too far
 * behind, the stream ends after what was queued; the reader continues from its last version with a new watch.
 */
export function createWatchStream(open: (sink: HubSink) => () => void, signal?: AbortSignal): WatchStream {
  const state: StreamState = { frames: [], head: 0, ended: false, error: undefined, wake: () => undefined };
  const finish = (error?: Error): void => {
    state.ended = true;
    state.error ??= error;
    state.wake();
  };
  const sink: HubSink = {
    push: (frame) => {
      if (state.frames.length - state.head >= WATCH_QUEUE_LIMIT + initialCount) return false;
      state.frames.push(frame);
      state.wake();
      return true;
    },
    pushInitial: (frames) => {
      initialCount = frames.length;
      state.frames = [...state.frames, ...frames];
      state.wake();
    },
    end: finish,
  };
  let initialCount = 0;
  const start = (): (() => void) => {
    if (signal?.aborted === true) {
      finish();
      return () => undefined;
    }
    const close = open(sink);
    const stop = (): void => {
      state.frames = [];
      state.head = 0;
      close();
      finish();
    };
    signal?.addEventListener('abort', stop, { once: true });
    return () => {
      signal?.removeEventListener('abort', stop);
      close();
    };
  };
  return { sink, events: { [Symbol.asyncIterator]: () => read(state, start) } };
}
