import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import { deleteObject } from '@argosy/kube/port';
import { openNodeFixture, type NodeFixture } from './node-fixture.ts';

/** The agent lets go of its containers exactly as a killed one does: no signal, no status, nothing written. */
describe('an agent that comes back', () => {
  let fixture: NodeFixture;
  beforeEach(async () => {
    fixture = await openNodeFixture();
  });
  afterEach(() => fixture.close());

  const gated = (name: string) => ({
    name,
    spec: {
      restartPolicy: 'Never',
      volumes: [{ name: 'gate', hostPath: { path: fixture.stateDir } }],
      containers: [
        {
          name: 'main',
          image: 'any',
          command: ['sh', '-c', `echo before; until [ -e /gate/${name} ]; do sleep 0.02; done; echo after; exit 6`],
          volumeMounts: [{ name: 'gate', mountPath: '/gate' }],
        },
      ],
    },
  });

  it('adopts a container that still runs and reports its later exit code', async () => {
    const { writeFile } = await import('node:fs/promises');
    const first = await fixture.start({ hostPathRoots: [fixture.stateDir] });
    await fixture.create(gated('adopted'));
    const running = await fixture.until('adopted', (pod) => pod.status?.phase === 'Running');
    await first.stop({ drainPods: false });
    await fixture.start({ hostPathRoots: [fixture.stateDir] });
    await writeFile(join(fixture.stateDir, 'adopted'), '');
    const ended = await fixture.until('adopted', (pod) => pod.status?.phase === 'Failed');
    const status = ended.status?.containerStatuses?.[0];
    expect(status?.state.terminated?.exitCode).toBe(6);
    expect(status?.restartCount).toBe(0);
    expect(status?.containerID).toBe(running.status?.containerStatuses?.[0]?.containerID);
    expect(await fixture.logText({ name: 'adopted' })).toBe('before\nafter\n');
  });

  it('reports the exit of a container that ended while no agent was there', async () => {
    const { writeFile } = await import('node:fs/promises');
    const first = await fixture.start({ hostPathRoots: [fixture.stateDir] });
    const pod = await fixture.create(gated('meanwhile'));
    await fixture.until('meanwhile', (item) => item.status?.phase === 'Running');
    await first.stop({ drainPods: false });
    await writeFile(join(fixture.stateDir, 'meanwhile'), '');
    const exitFile = join(fixture.stateDir, 'pods', pod.metadata.uid ?? '', 'containers', 'main', '0', 'exit');
    await expect.poll(() => existsSync(exitFile), { timeout: 5000 }).toBe(true);
    await fixture.start({ hostPathRoots: [fixture.stateDir] });
    const ended = await fixture.until('meanwhile', (item) => item.status?.phase === 'Failed');
    expect(ended.status?.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(6);
    expect(await fixture.logText({ name: 'meanwhile' })).toBe('before\nafter\n');
  });

  it('kills and removes what runs for a pod that was deleted meanwhile', async () => {
    const first = await fixture.start({ hostPathRoots: [fixture.stateDir] });
    await fixture.create(gated('orphan'));
    await fixture.until('orphan', (item) => item.status?.phase === 'Running');
    await first.stop({ drainPods: false });
    const key = { namespace: 'default', name: 'orphan' };
    await deleteObject(fixture.api, { resource: resources.pods, key }, { gracePeriodSeconds: 0 });
    await fixture.start({ hostPathRoots: [fixture.stateDir] });
    expect(readdirSync(join(fixture.stateDir, 'pods'))).toEqual([]);
  });
});
