import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLiveWire } from './live-wire.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';

let session: ToolSession;

beforeAll(async () => {
  session = await openToolSession(await openLiveWire());
});
afterAll(() => session.close());

const pod = `
apiVersion: v1
kind: Pod
metadata:
  name: busy
  labels: { app: busy }
  annotations: { simulation.argosy.io/run: "forever;cpu=250m;memory=64Mi" }
spec: { containers: [{ name: main, image: any }] }
`;

describe('kubectl top', { timeout: 30_000 }, () => {
  it('shows what pods and nodes use', async () => {
    const good = (args: string, input?: string): Promise<string> => session.good(`kubectl ${args}`, input);
    await good('apply -f -', pod);
    await good('wait --for=condition=Ready pod/busy --timeout=10s');
    await expect
      .poll(() => session.run('kubectl top pod -l app=busy --no-headers').then(({ stdout }) => stdout), {
        timeout: 15_000,
      })
      .toMatch(/busy +2[45]\dm +64Mi/);
    expect(await good('top pod busy --containers')).toMatch(/busy +main +2[45]\dm +64Mi/);
    expect(await good('top node --no-headers')).toMatch(/node-a +\d+m +\d+% +\d+Mi +\d+%/);
    expect(await good('get --raw /apis/metrics.k8s.io/v1beta1')).toContain('"PodMetrics"');
  });
});
