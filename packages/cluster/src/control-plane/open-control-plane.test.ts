import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { admin, openTestPlane } from './test-plane.ts';

const configMaps = { group: '', version: 'v1', resource: 'configmaps' };
const map = (name: string, data: { [key: string]: string } = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

describe('openControlPlane', () => {
  it('creates, reads, patches, lists and deletes', async () => {
    const { plane } = await openTestPlane();
    const created = await plane.send(admin, {
      verb: 'create',
      resource: configMaps,
      namespace: 'default',
      object: map('a'),
    });
    expect(created.metadata).toMatchObject({ name: 'a', namespace: 'default', uid: expect.any(String) });
    const key = { namespace: 'default', name: 'a' };
    const patched = await plane.send(admin, {
      verb: 'patch',
      resource: configMaps,
      key,
      patchType: 'merge',
      patch: { data: { x: 'y' } },
    });
    expect(patched['data']).toEqual({ x: 'y' });
    expect(Number(patched.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
    const list = await plane.send(admin, { verb: 'list', resource: configMaps, namespace: '' });
    expect((list['items'] as unknown[]).length).toBe(1);
    const deleted = await plane.send(admin, { verb: 'delete', resource: configMaps, key });
    expect(deleted['status']).toBe('Success');
    await expect(plane.send(admin, { verb: 'get', resource: configMaps, key })).rejects.toMatchObject({ code: 404 });
    await plane.close();
  });

  it('streams changes in order', async () => {
    const { plane } = await openTestPlane();
    const seen: string[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const event of plane.watch(admin, { resource: configMaps, namespace: '', signal: stop.signal })) {
        seen.push(`${event.type} ${event.object.metadata.name}`);
        if (seen.length === 3) stop.abort();
      }
    })();
    await plane.send(admin, { verb: 'create', resource: configMaps, namespace: 'default', object: map('a') });
    await plane.send(admin, { verb: 'create', resource: configMaps, namespace: 'default', object: map('b') });
    await plane.send(admin, { verb: 'delete', resource: configMaps, key: { namespace: 'default', name: 'a' } });
    await reading;
    expect(seen).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
    await plane.close();
  });
});
