import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessRuntime } from '@argosy/cluster/node';
import { openLiveWire } from './live-wire.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';

/** Volumes at paths need a sandbox: bubblewrap, or the system's own namespaces. */
const runtime = await createProcessRuntime();
const isSandboxed = runtime.name !== 'process';

const statefulSet = `
apiVersion: v1
kind: Service
metadata: { name: db }
spec: { clusterIP: None, selector: { app: db }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  replicas: 2
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: none
          command: [sh, -c, "echo run of $(POD) >> /data/log; cat /data/log; exec sleep 1000"]
          env: [{ name: POD, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]
          volumeMounts: [{ name: data, mountPath: /data }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`;

describe.skipIf(!isSandboxed)('volumes over kubectl and processes (needs a sandbox)', { timeout: 30_000 }, () => {
  let session: ToolSession;
  beforeAll(async () => {
    session = await openToolSession(await openLiveWire(runtime));
  });
  afterAll(() => session?.close());
  const good = (args: string, input?: string): Promise<string> => session.good(`kubectl ${args}`, input);

  it('gives each pod of a StatefulSet a volume that outlives the pod', async () => {
    await good('apply -f -', statefulSet);
    expect(await good('rollout status sts/db --timeout=20s')).toContain('complete');
    expect(await good('get storageclass')).toMatch(
      /local-path \(default\) +argosy.io\/local-path +Delete +WaitForFirstConsumer/,
    );
    expect(await good('get pvc')).toMatch(/data-db-0 +Bound +pvc-[-0-9a-f]+ +1Gi +RWO +local-path/);
    expect(await good('get pv')).toMatch(/pvc-[-0-9a-f]+ +1Gi +RWO +Delete +Bound +default\/data-db-0 +local-path/);
    expect(await good('logs db-0')).toBe('run of db-0\n');
    await good('delete pod db-0 --now');
    await good('wait --for=jsonpath={.status.readyReplicas}=2 sts/db --timeout=20s');
    await good('wait --for=condition=Ready pod/db-0 --timeout=20s');
    expect(await good('logs db-0')).toBe('run of db-0\nrun of db-0\n');
    expect(await good('logs db-1')).toBe('run of db-1\n');
  });

  it('keeps the claims of a StatefulSet that is removed, and removes folders with their claims', async () => {
    await good('delete sts db');
    await good('wait --for=delete pod/db-0 pod/db-1 --timeout=20s');
    expect((await good('get pvc -o name')).split('\n').filter((name) => name !== '')).toHaveLength(2);
    const root = join(session.wire.directory, 'volumes');
    expect(readdirSync(root)).toHaveLength(2);
    await good('delete pvc --all --timeout=20s');
    await good('wait --for=delete pv --all --timeout=20s');
    expect(existsSync(root) ? readdirSync(root) : []).toEqual([]);
  });

  it('says in an event why a pod waits for a claim that is not there, and starts when it comes', async () => {
    const pod = `
apiVersion: v1
kind: Pod
metadata: { name: late }
spec:
  restartPolicy: Never
  containers: [{ name: main, image: none, command: [touch, /data/x], volumeMounts: [{ name: data, mountPath: /data }] }]
  volumes: [{ name: data, persistentVolumeClaim: { claimName: late } }]
`;
    await good('apply -f -', pod);
    const waits = (): Promise<string> => good('get events --field-selector involvedObject.name=late');
    await expect.poll(waits, { timeout: 10_000 }).toContain('persistentvolumeclaim "late" not found');
    await good(
      'apply -f -',
      'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: late }\n' +
        'spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }\n',
    );
    await good('wait --for=jsonpath={.status.phase}=Succeeded pod/late --timeout=20s');
  });
});
