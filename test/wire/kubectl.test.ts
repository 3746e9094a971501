import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigText } from '@argosy/kube/client';
import { toolVersions, type Finished } from './kubectl-binary.ts';
import { admin, openWire } from './open-wire.ts';
import { webDeployment } from './manifests.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';

let session: ToolSession;

const kubectl = (args: string, input?: string): Promise<Finished> => session.run(`kubectl ${args}`, input);
const good = (args: string, input?: string): Promise<string> => session.good(`kubectl ${args}`, input);
const bad = (args: string, input?: string): Promise<string> => session.bad(`kubectl ${args}`, input);

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: rollouts.argoproj.io }
spec:
  group: argoproj.io
  scope: Namespaced
  names: { kind: Rollout, plural: rollouts, singular: rollout, shortNames: [ro] }
  versions:
    - name: v1alpha1
      served: true
      storage: true
      subresources: { status: {}, scale: { specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas } }
      additionalPrinterColumns: [{ name: Desired, type: integer, jsonPath: .spec.replicas }]
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { replicas: { type: integer, description: How many pods. } } }
            status: { type: object, x-kubernetes-preserve-unknown-fields: true }
`;

describe.each(toolVersions)('kubectl $kubectl', { timeout: 30_000 }, ({ layer }) => {
  beforeAll(async () => {
    session = await openToolSession(await openWire(), { layer });
  });
  afterAll(() => session.close());

  it('tells versions and what is served', async () => {
    expect(await good('version')).toContain('Server Version: v1.32');
    const resources = await good('api-resources');
    expect(resources).toMatch(/pods +po +v1 +true +Pod/);
    expect(resources).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
    expect(await good('api-versions')).toContain('rbac.authorization.k8s.io/v1');
    expect(await good('get --raw /readyz?verbose')).toContain('readyz check passed');
  });

  it('creates by generators (protobuf), gets as table, wide, yaml, json, name and jsonpath', async () => {
    expect(await good('create namespace one')).toBe('namespace/one created\n');
    expect(await good('-n one create configmap settings --from-literal=a=b')).toBe('configmap/settings created\n');
    expect(await good('-n one create secret generic pass --from-literal=p=q')).toBe('secret/pass created\n');
    expect(await good('-n one create serviceaccount bot')).toBe('serviceaccount/bot created\n');
    expect(await good('-n one create deployment api --image=nginx --replicas=2')).toBe('deployment.apps/api created\n');
    expect(await good('-n one get cm settings')).toMatch(/NAME +DATA +AGE\nsettings +1 +\d+s\n/);
    expect(await good('-n one get deploy -o wide')).toMatch(/CONTAINERS +IMAGES +SELECTOR/);
    expect(await good('-n one get cm settings -o yaml')).toContain('data:\n  a: b\n');
    expect(await good('-n one get cm settings -o jsonpath={.data.a}')).toBe('b');
    expect(await good('-n one get secret pass -o jsonpath={.data.p}')).toBe('cQ==');
    expect(await good('-n one get cm -o name')).toContain('configmap/settings\n');
    expect(await good('get cm -A --field-selector metadata.name=settings')).toMatch(/one +settings +1/);
    expect(await good('get ns one --show-labels')).toContain('kubernetes.io/metadata.name=one');
    expect(await good('-n one get all')).toContain('deployment.apps/api');
  });

  it('applies client-side: created, unchanged, configured', async () => {
    expect(await good('apply -f -', webDeployment(1))).toBe('deployment.apps/web created\n');
    expect(await good('apply -f -', webDeployment(1))).toBe('deployment.apps/web unchanged\n');
    expect(await good('apply -f -', webDeployment(3, 'nginx:2'))).toBe('deployment.apps/web configured\n');
    expect(await good('get deploy web -o jsonpath={.spec.replicas},{.spec.template.spec.containers[*].image}')).toBe(
      '3,nginx:2',
    );
    expect((await kubectl('diff -f -', webDeployment(5, 'nginx:2'))).code).toBe(1);
  });

  it('scales, labels, annotates, patches, edits by set and replaces', async () => {
    await good('scale deploy web --replicas=4');
    await good('label deploy web tier=front');
    await good('annotate deploy web note=hello');
    await good(`patch deploy web -p {"spec":{"paused":true}}`);
    await good(`patch deploy web --type=json -p [{"op":"remove","path":"/spec/paused"}]`);
    await good('set image deploy/web web=nginx:3');
    const read =
      'get deploy web -o jsonpath={.spec.replicas},{.metadata.labels.tier},{.spec.template.spec.containers[0].image}';
    expect(await good(read)).toBe('4,front,nginx:3');
    const text = await good('get deploy web -o yaml');
    expect(await good('replace -f -', text.replace('nginx:3', 'nginx:4'))).toBe('deployment.apps/web replaced\n');
  });

  it('serves a CustomResourceDefinition at once: apply, table, scale, explain', async () => {
    expect(await good('apply -f -', crd)).toContain('created');
    await good('wait --for=condition=Established crd/rollouts.argoproj.io --timeout=10s');
    const rollout = 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\nspec: {replicas: 1}\n';
    expect(await good('apply -f -', rollout)).toBe('rollout.argoproj.io/r created\n');
    expect(await good('apply -f -', rollout.replace('replicas: 1', 'replicas: 2'))).toBe(
      'rollout.argoproj.io/r configured\n',
    );
    expect(await good('get ro')).toMatch(/NAME +DESIRED\nr +2\n/);
    await good('scale ro r --replicas=7');
    expect(await good('get ro r -o jsonpath={.spec.replicas}')).toBe('7');
    expect(await good('explain rollout.spec.replicas')).toContain('How many pods.');
    expect(await good('explain deployment.spec.replicas')).toContain('replicas <integer>');
  });

  it('watches: the table first, then changes', async () => {
    const watching = kubectl('get cm -w --request-timeout=2s --field-selector metadata.name=seen');
    const api = session.wire.inProcess(admin);
    const resource = { group: '', version: 'v1', resource: 'configmaps' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'seen' }, data: { a: '1' } };
    await api.send({ verb: 'create', resource, namespace: 'default', object });
    const { stdout } = await watching;
    expect(stdout).toMatch(/NAME +DATA +AGE\nseen +1/);
  });

  it('describes', async () => {
    expect(await good('describe deploy web')).toMatch(/Name: +web/);
    expect(await good('describe ns one')).toMatch(/Status: +Active/);
  });

  it('answers reviews and tokens, and acts as others', async () => {
    expect(await good('auth can-i create pods')).toBe('yes\n');
    expect(await good('auth whoami')).toContain('system:masters');
    expect((await kubectl('auth can-i delete nodes --as=jane')).stdout).toBe('no\n');
    expect(await good('auth can-i --list --as=jane')).toContain('selfsubjectaccessreviews');
    expect(await bad('get pods --as=jane')).toContain(
      'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    await good('create rolebinding readers --clusterrole=view --user=jane');
    expect(await good('auth can-i list pods --as=jane')).toBe('yes\n');
    await good('get pods --as=jane');
    const token = (await good('-n one create token bot --duration=10m')).trim();
    expect(await good(`auth whoami --kubeconfig=${await tokenConfig(token)}`)).toContain(
      'system:serviceaccount:one:bot',
    );
  });

  it('lets nobody grant what he does not hold', async () => {
    await good('create clusterrole granter --verb=create,get,list,update --resource=roles,rolebindings,clusterroles');
    await good('create rolebinding granters --clusterrole=granter --user=gina');
    await good('create rolebinding gina-views --clusterrole=view --user=gina');
    expect(await bad('create role all --verb=* --resource=secrets --as=gina')).toMatch(
      /user "gina" \(groups=\["system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["\*"\]\}/,
    );
    await good('create role look --verb=get --resource=pods --as=gina');
    await good('create rolebinding looks --role=look --user=bob --as=gina');
    expect(await bad('create rolebinding edits --clusterrole=edit --user=gina --as=gina')).toContain(
      'not currently held',
    );
    expect(await bad('create rolebinding none --clusterrole=none --user=gina --as=gina')).toContain(
      'not currently held',
    );
  });

  it('deletes and says what is missing', async () => {
    expect(await good('-n one delete cm settings')).toContain('configmap "settings" deleted');
    expect(await bad('-n one get cm settings')).toBe('Error from server (NotFound): configmaps "settings" not found\n');
    expect(await bad('get nonsense')).toContain(`the server doesn't have a resource type "nonsense"`);
    expect(await bad('create -f -', webDeployment(1))).toContain('AlreadyExists');
    expect(await bad('apply -f -', webDeployment(1).replace('replicas:', 'replica:'))).toContain(
      'unknown field "spec.replica"',
    );
  });

  it('runs a pod that waits, and says that logs need a node', async () => {
    expect(await good('run p --image=nginx')).toBe('pod/p created\n');
    expect(await good('get pod p')).toMatch(/p +0\/1 +Pending +0/);
    expect((await kubectl('logs p')).code).toBe(1);
    expect(await bad('exec p -- true')).toContain('pod p does not have a host assigned');
    expect(await good('delete pod p --grace-period=0 --force')).toContain('force deleted');
  });
});

async function tokenConfig(token: string): Promise<string> {
  const path = join(session.home, 'token-config');
  await writeFile(path, kubeconfigText({ server: session.wire.url, ca: session.wire.authority.certificate, token }), {
    mode: 0o600,
  });
  return path;
}
