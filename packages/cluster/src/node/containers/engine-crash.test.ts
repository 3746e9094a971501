import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import { deleteObject } from '@argosy/kube/port';
import { openNodeFixture, type NodeFixture } from '../node-fixture.ts';
import { createContainerRuntime } from './container-runtime.ts';
import { missingForEngine, openEngineFixture, type EngineFixture } from './engine-fixture.ts';

describe.skipIf(missingForEngine() !== '')(
  'containers outlive the agent (needs podman, runc, busybox-static and root)',
  () => {
    let engine: EngineFixture;
    let fixture: NodeFixture;
    beforeAll(async () => {
      engine = await openEngineFixture();
    }, 60_000);
    afterAll(() => engine?.close(), 60_000);
    beforeEach(async () => {
      fixture = await openNodeFixture();
    });
    afterEach(() => fixture.close(), 60_000);

    const startAgent = async (): ReturnType<NodeFixture['start']> =>
      fixture.start({
        hostPathRoots: [fixture.stateDir],
        runtime: await createContainerRuntime({ socketPath: engine.socketPath, network: 'host' }),
      });
    const gated = (name: string) => ({
      name,
      spec: {
        restartPolicy: 'Never',
        volumes: [{ name: 'gate', hostPath: { path: fixture.stateDir } }],
        containers: [
          {
            name: 'main',
            image: engine.image,
            imagePullPolicy: 'Never',
            command: ['sh', '-c', `echo before; until [ -e /gate/${name} ]; do usleep 20000; done; echo after; exit 6`],
            volumeMounts: [{ name: 'gate', mountPath: '/gate' }],
          },
        ],
      },
    });
    const logged = async (name: string): Promise<void> => {
      await expect.poll(() => fixture.logText({ name }), { timeout: 5000 }).toBe('before\n');
    };

    it('adopts a running container by its labels and reports its later exit code; no line is lost or doubled', async () => {
      const first = await startAgent();
      await fixture.create(gated('adopted'));
      const running = await fixture.until('adopted', (pod) => pod.status?.phase === 'Running');
      await logged('adopted');
      await first.stop({ drainPods: false });
      await startAgent();
      await writeFile(join(fixture.stateDir, 'adopted'), '');
      const ended = await fixture.until('adopted', (pod) => pod.status?.phase === 'Failed');
      const status = ended.status?.containerStatuses?.[0];
      expect(status?.state.terminated?.exitCode).toBe(6);
      expect(status?.restartCount).toBe(0);
      expect(status?.containerID).toBe(running.status?.containerStatuses?.[0]?.containerID);
      expect(await fixture.logText({ name: 'adopted' })).toBe('before\nafter\n');
    });

    it('reports the exit, and the output, of a container that ended while no agent was there', async () => {
      const first = await startAgent();
      await fixture.create(gated('meanwhile'));
      await fixture.until('meanwhile', (pod) => pod.status?.phase === 'Running');
      await logged('meanwhile');
      await first.stop({ drainPods: false });
      await writeFile(join(fixture.stateDir, 'meanwhile'), '');
      const states = (): Promise<string> =>
        engine.podman(['ps', '-a', '--filter', 'name=main', '--format', '{{.State}}']);
      await expect.poll(states, { timeout: 10_000 }).not.toContain('running');
      await startAgent();
      const ended = await fixture.until('meanwhile', (pod) => pod.status?.phase === 'Failed');
      expect(ended.status?.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(6);
      expect(await fixture.logText({ name: 'meanwhile' })).toBe('before\nafter\n');
    });

    it('removes what runs for a pod that was deleted meanwhile, and nothing of another agent', async () => {
      const foreign = await engine.podman(['run', '-d', '--name', 'foreign', engine.image, 'sleep', '1000']);
      const first = await startAgent();
      await fixture.create(gated('orphan'));
      await fixture.until('orphan', (pod) => pod.status?.phase === 'Running');
      await first.stop({ drainPods: false });
      const key = { namespace: 'default', name: 'orphan' };
      await deleteObject(fixture.api, { resource: resources.pods, key }, { gracePeriodSeconds: 0 });
      await startAgent();
      const names = await engine.podman([
        'ps',
        '-a',
        '--format',
        '{{.Names}}',
        '--filter',
        'label=io.kubernetes.pod.name=orphan',
      ]);
      expect(names).toBe('');
      expect(await engine.podman(['ps', '-q', '--no-trunc', '--filter', 'name=foreign'])).toBe(foreign);
    });
  },
);
