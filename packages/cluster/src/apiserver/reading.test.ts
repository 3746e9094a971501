import { describe, expect, it } from 'vitest';
import { after, milliseconds } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { ListOptions } from '@argosy/kube/port';
import { DEFAULT_STORE_LIMITS } from '../store/index.ts';
import { at, configMap, refusal, template, testServer } from './test-server.ts';

const maps = at('v1', 'configmaps');
const pods = at('v1', 'pods');

const listing = (
  server: ReturnType<typeof testServer>,
  options: ListOptions = {},
): { names: string[]; metadata: Record<string, unknown> } => {
  const { object } = server.ask({ verb: 'list', resource: maps, namespace: 'default', ...options });
  const items = object['items'] as readonly KubeObject[];
  return {
    names: items.map((item) => item.metadata.name),
    metadata: object.metadata as unknown as Record<string, unknown>,
  };
};
const filled = (count: number): ReturnType<typeof testServer> => {
  const server = testServer();
  for (let index = count - 1; index >= 0; index -= 1) server.create(maps, configMap(`m${index}`));
  return server;
};

describe('list', () => {
  it('orders by name and gives an empty list, never null', () => {
    expect(listing(filled(3)).names).toEqual(['m0', 'm1', 'm2']);
    expect(listing(testServer()).names).toEqual([]);
  });

  it('pages through one moment, whatever happens meanwhile', () => {
    const server = filled(5);
    const first = listing(server, { limit: 2 });
    expect(first).toMatchObject({ names: ['m0', 'm1'], metadata: { remainingItemCount: 3 } });
    server.remove(maps, 'm2');
    server.create(maps, configMap('m9'));
    const second = listing(server, { limit: 2, continue: String(first.metadata['continue']) });
    expect(second.names).toEqual(['m2', 'm3']);
    expect(second.metadata['resourceVersion']).toBe(first.metadata['resourceVersion']);
    const third = listing(server, { limit: 2, continue: String(second.metadata['continue']) });
    expect(third).toMatchObject({ names: ['m4'] });
    expect(third.metadata['continue']).toBeUndefined();
  });

  it('lets pages expire and offers to go on inconsistently', () => {
    const server = filled(3);
    const first = listing(server, { limit: 1 });
    server.create(maps, configMap('zz'));
    server.now = after(server.now, milliseconds(DEFAULT_STORE_LIMITS.pinnedListMs + 1));
    let status: { code?: number; metadata?: { continue?: string } } = {};
    try {
      listing(server, { continue: String(first.metadata['continue']) });
    } catch (error) {
      status = (error as { status: typeof status }).status;
    }
    expect(status.code).toBe(410);
    expect(listing(server, { continue: status.metadata?.continue ?? '' }).names).toEqual(['m1', 'm2', 'zz']);
  });

  it('keeps a bounded number of pinned lists', () => {
    const server = testServer({ store: { ...DEFAULT_STORE_LIMITS, pinnedListCount: 2 } });
    for (let index = 0; index < 6; index += 1) {
      server.create(maps, configMap(`m${index}`));
      listing(server, { limit: 1 });
    }
    expect(server.state.pins.size()).toBe(2);
  });

  it('ignores the limit for resourceVersion 0', () => {
    expect(listing(filled(3), { limit: 1, resourceVersion: '0' }).names.length).toBe(3);
  });

  const refused: readonly { reason: string; options: ListOptions; code: number }[] = [
    { reason: 'Exact with 0', options: { resourceVersion: '0', resourceVersionMatch: 'Exact' }, code: 422 },
    { reason: 'a match without a version', options: { resourceVersionMatch: 'NotOlderThan' }, code: 422 },
    {
      reason: 'an exact version that is gone',
      options: { resourceVersion: '1', resourceVersionMatch: 'Exact' },
      code: 410,
    },
    { reason: 'a version of the future', options: { resourceVersion: '99999' }, code: 504 },
    { reason: 'a version that is no number', options: { resourceVersion: 'x' }, code: 422 },
    { reason: 'a token of somebody else', options: { continue: 'bm9uc2Vuc2U' }, code: 400 },
    { reason: 'an unreadable label selector', options: { labelSelector: 'a in' }, code: 400 },
    { reason: 'a field that is not selectable', options: { fieldSelector: 'data.x=1' }, code: 400 },
    { reason: 'a negative limit', options: { limit: -1 }, code: 422 },
  ];
  it.each(refused)('refuses $reason', ({ options, code }) => {
    expect(refusal(() => listing(filled(2), options)).code).toBe(code);
  });

  it('selects pods by the fields of pods', () => {
    const server = testServer();
    for (const name of ['a', 'b']) {
      server.create(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name },
        spec: { ...template.spec, nodeName: `node-${name}` },
      });
    }
    const names = (fieldSelector: string): unknown =>
      (server.ask({ verb: 'list', resource: pods, namespace: '', fieldSelector }).object['items'] as KubeObject[]).map(
        (item) => item.metadata.name,
      );
    expect(names('spec.nodeName=node-a')).toEqual(['a']);
    expect(names('spec.nodeName!=node-a,status.phase=Pending')).toEqual(['b']);
    expect(names('metadata.name=b')).toEqual(['b']);
    expect(names('spec.hostNetwork=false')).toEqual(['a', 'b']);
  });

  it('gives the same list as bytes and as a tree', () => {
    const server = filled(3);
    const answer = server.ask({ verb: 'list', resource: maps, namespace: '' });
    expect(JSON.parse(Buffer.from(answer.bytes ?? []).toString())).toEqual(answer.object);
  });

  it('shows Events in both of their groups', () => {
    const server = testServer();
    server.create(at('v1', 'events'), {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      message: 'hello',
      type: 'Normal',
    });
    expect(server.get(at('events.k8s.io/v1', 'events'), 'e')).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: 'hello',
      regarding: { name: 'p' },
    });
  });
});
