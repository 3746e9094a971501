import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { argoCrds, argoExamples, type ArgoExample } from './argo-manifests.ts';
import { toolVersions } from './kubectl-binary.ts';
import { openWire } from './open-wire.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';

const manifest = ({ kind, name, spec }: ArgoExample, labels: object = {}): string =>
  JSON.stringify({ apiVersion: 'argoproj.io/v1alpha1', kind, metadata: { name, labels }, spec });

describe.each(toolVersions)('the kinds of Argo by kubectl $kubectl', { timeout: 60_000 }, ({ layer }) => {
  let session: ToolSession;
  const good = (args: string, input?: string): Promise<string> => session.good(`kubectl ${args}`, input);
  const bad = (args: string, input?: string): Promise<string> => session.bad(`kubectl ${args}`, input);

  beforeAll(async () => {
    session = await openToolSession(await openWire(), { layer });
    const list = { apiVersion: 'v1', kind: 'List', items: argoCrds() };
    await good('apply --server-side -f -', JSON.stringify(list));
    await good('wait --for=condition=Established crd --all --timeout=10s');
  });
  afterAll(() => session.close());

  it('lists them all, with their short names', async () => {
    const names = await good('api-resources --api-group=argoproj.io -o name');
    for (const { plural } of argoExamples) expect(names).toContain(`${plural}.argoproj.io\n`);
    expect(await good('get wf,app,ro,es,sn --ignore-not-found')).toBe('');
  });

  it.each(argoExamples)('$kind: apply, get, explain, patch, server-side apply, status, delete', async (example) => {
    const { plural, name, change, explain, columns, wrong } = example;
    const singular = `${example.kind.toLowerCase()}.argoproj.io/${name}`;
    expect(await good('apply -f -', manifest(example))).toBe(`${singular} created\n`);
    expect(await good('apply -f -', manifest(example))).toBe(`${singular} unchanged\n`);
    expect(await good(`get ${plural}`)).toMatch(columns);
    expect(await good(`explain ${explain[0]}`)).toMatch(explain[1]);
    expect(await bad('apply -f -', manifest({ ...example, name: 'wrong', spec: wrong[0] }))).toMatch(wrong[1]);
    const patch = JSON.stringify({ spec: change.patch });
    await session.good(['kubectl', 'patch', plural, name, '--type=merge', '-p', patch]);
    expect(await good(`get ${plural} ${name} -o jsonpath={${change.path}}`)).toBe(change.after);
    const applied = manifest(example, { by: 'server' });
    await good('apply --server-side --force-conflicts --field-manager=test -f -', applied);
    expect(await good(`get ${plural} ${name} -o jsonpath={.metadata.labels.by}`)).toBe('server');
    expect(await good(`get ${plural} ${name} --show-managed-fields -o yaml`)).toContain('manager: test');
    expect(await good(`delete ${plural} ${name}`)).toContain('deleted');
    expect(await bad(`get ${plural} ${name}`)).toContain('NotFound');
  });

  it('keeps status and spec apart, shows columns of the status, scales', async () => {
    const rollout = argoExamples.find(({ kind }) => kind === 'Rollout');
    if (rollout === undefined) throw new Error('there is no Rollout');
    await good('apply -f -', manifest(rollout));
    const status = JSON.stringify({ status: rollout.status, spec: { replicas: 9 } });
    await session.good(['kubectl', 'patch', 'ro', 'web', '--subresource=status', '--type=merge', '-p', status]);
    expect(await good('get ro web --no-headers')).toMatch(/^web +2 +1 +\d+s\n$/);
    await session.good(['kubectl', 'patch', 'ro', 'web', '--type=merge', '-p', '{"status":{"availableReplicas":7}}']);
    expect(await good('get ro web -o jsonpath={.status.availableReplicas}')).toBe('1');
    await good('scale ro web --replicas=4');
    expect(await good('get ro web -o jsonpath={.spec.replicas}')).toBe('4');
    expect(await good('get ro web --subresource=scale -o jsonpath={.status.replicas}')).toBe('2');
  });
});
