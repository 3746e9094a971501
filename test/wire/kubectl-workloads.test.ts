import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLiveWire } from './live-wire.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';

let session: ToolSession;

const good = (args: string, input?: string): Promise<string> => session.good(`kubectl ${args}`, input);

beforeAll(async () => {
  session = await openToolSession(await openLiveWire());
});
afterAll(() => session.close());

const deployment = (name: string, image: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, annotations: { kubernetes.io/change-cause: "${image}" } }
spec:
  replicas: 2
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata:
      labels: { app: ${name} }
      annotations: { simulation.argosy.io/run: forever }
    spec: { containers: [{ name: web, image: "${image}" }] }
`;

const job = `
apiVersion: batch/v1
kind: Job
metadata: { name: once }
spec:
  template:
    metadata: { annotations: { simulation.argosy.io/run: "10ms;exit=0;stdout=done" } }
    spec: { restartPolicy: Never, containers: [{ name: c, image: none }] }
`;

describe('kubectl over a living cluster', { timeout: 30_000 }, () => {
  it('rolls out, tells the history, undoes and restarts', async () => {
    await good('apply -f -', deployment('web', 'site:1'));
    expect(await good('rollout status deploy/web --timeout=20s')).toContain('successfully rolled out');
    await good('apply -f -', deployment('web', 'site:2'));
    expect(await good('rollout status deploy/web --timeout=20s')).toContain('successfully rolled out');
    expect(await good('rollout history deploy/web')).toMatch(/1 +site:1\n2 +site:2/);
    expect(await good('rollout undo deploy/web')).toBe('deployment.apps/web rolled back\n');
    await good('rollout status deploy/web --timeout=20s');
    expect(await good('get deploy web -o jsonpath={.spec.template.spec.containers[0].image}')).toBe('site:1');
    expect(await good('rollout restart deploy/web')).toBe('deployment.apps/web restarted\n');
    await good('rollout status deploy/web --timeout=20s');
    expect(await good('get deploy web')).toMatch(/web +2\/2 +2 +2/);
  });

  it('waits, describes and shows events', async () => {
    expect(await good('wait --for=condition=Available deploy/web --timeout=10s')).toContain('condition met');
    expect(await good('wait --for=condition=Ready pod -l app=web --timeout=10s')).toContain('condition met');
    expect(await good('wait --for=jsonpath={.status.readyReplicas}=2 deploy/web --timeout=10s')).toContain('met');
    const text = await good('describe deploy web');
    expect(text).toMatch(/Replicas: +2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable/);
    expect(text).toContain('ScalingReplicaSet');
    expect(await good('describe pod -l app=web')).toMatch(/Status: +Running/);
    expect(await good('events --for=deployment/web')).toContain('ScalingReplicaSet');
    expect(await good('describe node node-a')).toMatch(/Ready +True/);
  });

  it('scales and sees the pods', async () => {
    await good('scale deploy web --replicas=3');
    await good('rollout status deploy/web --timeout=20s');
    expect((await good('get pods -l app=web -o name')).trim().split('\n')).toHaveLength(3);
    await good('scale deploy web --replicas=1 --current-replicas=3');
  });

  it.each([
    ['expose deploy web --port=80 --target-port=8080', /^service\/web exposed/],
    ['get svc web -o wide', /web +ClusterIP +127\.[\d.]+ +<none> +80\/TCP .*app=web/],
    ['get endpoints web', /web +127\.[\d.]+:8080/],
    ['set env deploy/web A=b', /env updated/],
    ['set env deploy/web --list', /A=b/],
    ['set resources deploy/web --limits=cpu=200m', /resource requirements updated/],
    ['rollout pause deploy/web', /paused/],
    ['rollout resume deploy/web', /resumed/],
    ['rollout status deploy/web --timeout=20s', /successfully rolled out/],
    ['taint node node-a k=v:NoSchedule', /tainted/],
    ['taint node node-a k-', /untainted/],
    ['cordon node-a', /cordoned/],
    ['get nodes', /Ready,SchedulingDisabled/],
    ['uncordon node-a', /uncordoned/],
    ['get pods --sort-by=.metadata.name -o custom-columns=N:.metadata.name,P:.status.phase', /web-\S+ +Running/],
    ['get deploy web --subresource=scale -o jsonpath={.status.replicas}', /^1$/],
    ['patch deploy web --subresource=status --type=merge -p {"status":{"observedGeneration":99}}', /patched/],
    ['autoscale deploy web --min=1 --max=5', /autoscaled/],
    ['create ingress i --rule=a.b/c*=web:80', /created/],
    ['describe ingress i', /web:80 \(127\./],
    ['create poddisruptionbudget p --selector=app=web --min-available=1', /created/],
    ['create quota q --hard=pods=10', /created/],
    ['create priorityclass high --value=10', /created/],
    ['get quota,pdb,ingress,priorityclass,hpa', /poddisruptionbudget.policy\/p +1/],
    ['wait --for=jsonpath={.status.currentHealthy}=1 pdb/p --timeout=10s', /condition met/],
    ['delete svc,hpa,ingress,pdb,quota --all', /"web" deleted/],
    ['drain node-a --ignore-daemonsets --force --delete-emptydir-data --timeout=20s', /node\/node-a drained/],
    ['uncordon node-a', /uncordoned/],
    ['rollout status deploy/web --timeout=20s', /successfully rolled out/],
  ])('kubectl %s', async (args, says) => {
    expect(await good(args)).toMatch(says);
  });

  it('reconciles rights and applies a kustomization', async () => {
    const role =
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: looker}\n' +
      'rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]\n';
    expect(await good('auth reconcile -f -', role)).toContain('looker reconciled');
    expect(await good('get clusterrole looker -o jsonpath={.rules[0].resources}')).toBe('["pods"]');
    await writeFile(join(session.home, 'kustomization.yaml'), 'configMapGenerator: [{name: made, literals: [a=b]}]\n');
    expect(await good(`apply -k ${session.home}`)).toMatch(/^configmap\/made-\w+ created/);
    expect(await good(`delete -k ${session.home}`)).toMatch(/deleted/);
  });

  it('runs a job to its end and reads its log', async () => {
    await good('apply -f -', job);
    expect(await good('wait --for=condition=Complete job/once --timeout=20s')).toContain('condition met');
    expect(await good('logs job/once')).toBe('done\n');
    expect(await good('get job once')).toMatch(/once +Complete +1\/1/);
  });

  it('deletes in the background, in the foreground and leaving orphans', async () => {
    await good('delete deploy web --cascade=background');
    await good('wait --for=delete rs -l app=web --timeout=20s');
    await good('apply -f -', deployment('front', 'site:1'));
    await good('rollout status deploy/front --timeout=20s');
    await good('delete deploy front --cascade=foreground');
    expect(await good('get rs,pods -l app=front -o name')).toBe('');
    await good('apply -f -', deployment('lone', 'site:1'));
    await good('rollout status deploy/lone --timeout=20s');
    await good('delete deploy lone --cascade=orphan');
    expect(await good('get rs -l app=lone -o jsonpath={.items[*].metadata.ownerReferences}')).toBe('');
    expect((await good('get pods -l app=lone -o name')).trim().split('\n')).toHaveLength(2);
    await good('delete rs -l app=lone');
  });

  it('deletes a namespace with all that is in it', async () => {
    await good('create namespace brief');
    await good('-n brief create configmap c --from-literal=a=b');
    await good('delete namespace brief --timeout=20s');
    expect(await good('get ns brief --ignore-not-found')).toBe('');
  });
});
