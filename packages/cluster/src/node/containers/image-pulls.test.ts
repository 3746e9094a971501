import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import { createObject, deleteObject } from '@argosy/kube/port';
import { openNodeFixture, type NodeFixture } from '../node-fixture.ts';
import type { Pod, PodSpec } from '../pod-types.ts';
import { createContainerRuntime } from './container-runtime.ts';
import { missingForEngine, openEngineFixture, type EngineFixture } from './engine-fixture.ts';
import { openTestRegistry, type TestRegistry } from './test-registry.ts';

const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

describe.skipIf(missingForEngine() !== '')(
  'images from a registry (needs podman, runc, busybox-static and root)',
  () => {
    let engine: EngineFixture;
    let fixture: NodeFixture;
    let open: TestRegistry;
    let guarded: TestRegistry;
    beforeAll(async () => {
      engine = await openEngineFixture();
      const layer = readFileSync(join(engine.dir, 'rootfs.tar'));
      open = await openTestRegistry(layer);
      guarded = await openTestRegistry(layer, 'robot:s3cret');
      fixture = await openNodeFixture();
      await fixture.start({
        runtime: await createContainerRuntime({ socketPath: engine.socketPath, network: 'none' }),
      });
    }, 60_000);
    afterAll(async () => {
      await fixture?.close();
      await open?.close();
      await guarded?.close();
      await engine?.close();
    }, 60_000);

    const start = (name: string, image: string, spec: Partial<PodSpec> = {}): Promise<Pod> =>
      fixture.create({
        name,
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image, imagePullPolicy: 'Always' }], ...spec },
      });
    const eventsOf = async (name: string): Promise<readonly string[]> =>
      (await fixture.events())
        .filter((event) => (event['involvedObject'] as { name?: string }).name === name)
        .map((event) => `${String(event['reason'])} ${String(event['message'])}`);

    it('pulls by tag and runs the command of the image', async () => {
      await start('by-tag', `${open.host}/tools:v1`);
      const pod = await fixture.until('by-tag', isOver);
      expect(pod.status?.phase).toBe('Succeeded');
      expect(await fixture.logText({ name: 'by-tag' })).toBe('pulled\n');
      const events = await eventsOf('by-tag');
      expect(events).toContain(`Pulling Pulling image "${open.host}/tools:v1"`);
      expect(events.some((text) => /^Pulled Successfully pulled image .* Image size: \d+ bytes\.$/.test(text))).toBe(
        true,
      );
    });

    it('pulls by digest, checks runAsNonRoot against the user of the image, and pulls once for many pods', async () => {
      const image = `${open.host}/tools@${open.digest}`;
      const names = ['by-digest-a', 'by-digest-b', 'by-digest-c'];
      await Promise.all(names.map((name) => start(name, image, { securityContext: { runAsNonRoot: true } })));
      for (const name of names) expect((await fixture.until(name, isOver)).status?.phase).toBe('Succeeded');
    });

    it('shows ErrImagePull and then ImagePullBackOff with the registry’s words, and goes away when deleted', async () => {
      await start('unknown', `${open.host}/tools:v2`);
      const waiting = (pod: Pod): string => pod.status?.containerStatuses?.[0]?.state.waiting?.reason ?? '';
      const failed = await fixture.until('unknown', (pod) => waiting(pod) === 'ErrImagePull');
      expect(failed.status?.containerStatuses?.[0]?.state.waiting?.message).toContain('manifest unknown');
      const held = await fixture.until('unknown', (pod) => waiting(pod) === 'ImagePullBackOff');
      expect(held.status?.containerStatuses?.[0]?.state.waiting?.message).toContain('Back-off pulling image');
      await expect.poll(() => eventsOf('unknown')).toContain('Failed Error: ImagePullBackOff');
      await deleteObject(fixture.api, { resource: resources.pods, key: { namespace: 'default', name: 'unknown' } });
      await fixture.untilGone('unknown');
    });

    it('pulls with the user of a pull secret, and never tells the password', async () => {
      const auth = Buffer.from('robot:s3cret').toString('base64');
      const content = Buffer.from(JSON.stringify({ auths: { [guarded.host]: { auth } } })).toString('base64');
      const object = {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/dockerconfigjson',
        metadata: { name: 'registry' },
        data: { '.dockerconfigjson': content },
      };
      await createObject(fixture.api, { resource: resources.secrets, namespace: 'default', object });
      await start('without', `${guarded.host}/tools:v1`);
      await start('with', `${guarded.host}/tools:v1`, { imagePullSecrets: [{ name: 'registry' }] });
      expect((await fixture.until('with', isOver)).status?.phase).toBe('Succeeded');
      const refused = await fixture.until('without', (pod) =>
        (pod.status?.containerStatuses?.[0]?.state.waiting?.reason ?? '').startsWith('Err'),
      );
      const told = JSON.stringify([refused.status, await fixture.events()]);
      expect(told).not.toContain('s3cret');
      expect(told).not.toContain(auth);
    });
  },
);
