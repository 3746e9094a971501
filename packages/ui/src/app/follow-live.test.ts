import { describe, expect, it } from 'vitest';
import type { ApiObject, LiveEvent } from '../model/index.ts';
import { ApiError } from './api-client.ts';
import { followLive, type LiveSource } from './follow-live.ts';

const object = (name: string, version: number): ApiObject => ({
  metadata: { namespace: 'n', name, uid: name, resourceVersion: String(version) },
});

/** Runs until `enough` says so, then ends. */
async function follow(source: LiveSource, enough: (events: readonly LiveEvent[]) => boolean): Promise<LiveEvent[]> {
  const ending = new AbortController();
  const events: LiveEvent[] = [];
  await followLive(
    source,
    (event) => {
      events.push(event);
      if (enough(events)) ending.abort();
    },
    ending.signal,
  );
  return events;
}

describe('followLive', () => {
  it('opens a stream without versions before it lists, so that nothing in between is missed', async () => {
    const order: string[] = [];
    const source: LiveSource = {
      opensFirst: true,
      list: () => {
        order.push('list');
        return Promise.resolve({ items: [object('a', 1)], version: '' });
      },
      async *watch() {
        order.push('open');
        yield undefined;
        yield { type: 'MODIFIED', application: object('a', 2) };
      },
    };
    const events = await follow(source, (all) => all.some((event) => event.kind === 'changed'));
    expect(order).toEqual(['open', 'list']);
    expect(events.map((event) => event.kind)).toEqual(['listed', 'changed']);
  });

  it('watches from the listed version where there is one, and hands a burst on together', async () => {
    const versions: string[] = [];
    const source: LiveSource = {
      opensFirst: false,
      list: () => Promise.resolve({ items: [], version: '7' }),
      async *watch(version) {
        versions.push(version);
        yield undefined;
        for (let index = 0; index < 500; index += 1) yield { type: 'ADDED', object: object(`o${index}`, index) };
      },
    };
    const events = await follow(source, (all) => all.some((event) => event.kind === 'changed'));
    expect(versions).toEqual(['7']);
    const [, burst] = events;
    expect(burst?.kind === 'changed' && burst.changes.length).toBe(500);
  });

  it('says that it broke, and lists again', async () => {
    let tries = 0;
    const source: LiveSource = {
      opensFirst: false,
      list: () => {
        tries += 1;
        return tries === 1 ? Promise.reject(new ApiError(503, 'away')) : Promise.resolve({ items: [], version: '' });
      },
      async *watch() {
        yield undefined;
      },
    };
    const events = await follow(source, (all) => all.some((event) => event.kind === 'listed'));
    expect(events.map((event) => (event.kind === 'broken' ? event.reason : event.kind))).toEqual(['away', 'listed']);
  });

  it('ends without a word when nobody is logged in any more', async () => {
    const source: LiveSource = {
      opensFirst: false,
      list: () => Promise.reject(new ApiError(401, 'invalid session')),
      async *watch() {
        yield undefined;
      },
    };
    expect(await follow(source, () => false)).toEqual([]);
  });
});
