import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import { cdCrds, type Application } from '@argosy/api/cd';
import { workflowCrds } from '@argosy/api/workflows';
import { startApplicationController } from '@argosy/cd/controller';
import { openRepositories } from '@argosy/cd/repo';
import { createProcessRuntime } from '@argosy/cluster/node';
import { createRestMapper, mappingsOf } from '@argosy/kube/client';
import { systemClock } from '@argosy/kube/runtime';
import { apiVersionOf, type KubeObject, type ResourceRef } from '@argosy/kube/meta';
import { createObject, getObject, getObjectOrUndefined, patchObject, type ClusterApi } from '@argosy/kube/port';
import { parseYamlDocuments } from '@argosy/lang/yaml';
import { eventually } from './eventually.ts';
import { controllerContext, openLiveWire } from '../wire/live-wire.ts';
import { admin, type Wire } from '../wire/open-wire.ts';

const run = promisify(execFile);
const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');
const REPOSITORY = 'https://git.example.com/shop/site.git';

let wire: Wire;
let api: ClusterApi;
let home: string;
let repositoryUrl: string;
const closers: (() => Promise<void>)[] = [];

/** Files below examples/, in order. */
const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .toSorted((a, b) => (a < b ? -1 : 1));

function objectsOf(path: string): readonly KubeObject[] {
  const parsed = parseYamlDocuments(readFileSync(join(EXAMPLES, path), 'utf8'));
  if (!parsed.ok) throw new Error(`${path}: ${parsed.error.message}`);
  return parsed.value.map((document) => document.value as KubeObject);
}

function resourceOf(object: KubeObject): ResourceRef {
  const { apiVersion, kind } = object;
  const mapping = mappingsOf(wire.plane.discovery()).find(
    (item) => item.kind === kind && apiVersionOf(item.resource) === apiVersion,
  );
  if (mapping === undefined) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
  return mapping.resource;
}

/** The example with the test's own repository in place of the one that it names. */
function localized<T extends KubeObject>(object: T): T {
  return JSON.parse(JSON.stringify(object).replaceAll(REPOSITORY, repositoryUrl)) as T;
}

async function createRepository(directory: string): Promise<string> {
  cpSync(join(EXAMPLES, 'cd', 'site'), join(directory, 'site'), { recursive: true });
  const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@argosy.invalid'];
  await run('git', ['init', '--quiet', '--initial-branch=main', directory]);
  await run('git', ['add', '--all'], { cwd: directory });
  await run('git', [...identity, 'commit', '--quiet', '--message', 'The site'], { cwd: directory });
  return `file://${directory}`;
}

async function startDelivery(): Promise<void> {
  const stop = new AbortController();
  const repositories = await openRepositories({ cacheDirectory: join(home, 'cache'), clock: systemClock });
  const restMapper = createRestMapper({
    discover: () => Promise.resolve(mappingsOf(wire.plane.discovery())),
    now: () => systemClock.now(),
  });
  const controller = await startApplicationController(controllerContext(wire, stop.signal), {
    repositories,
    restMapper,
  });
  closers.push(async () => {
    stop.abort();
    await controller.stopped();
    await repositories.close();
  });
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'argosy-examples-'));
  repositoryUrl = await createRepository(join(home, 'site'));
  wire = await openLiveWire(await createProcessRuntime());
  api = wire.inProcess(admin);
  for (const object of [...cdCrds(), ...workflowCrds()]) {
    await createObject(api, { resource: resources.customResourceDefinitions, namespace: '', object });
  }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } };
  await createObject(api, { resource: resources.namespaces, namespace: '', object: namespace });
  await startDelivery();
});
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
  await wire.close();
  await rm(home, { recursive: true, force: true });
});

const key = (name: string): { readonly namespace: string; readonly name: string } => ({ namespace: 'argocd', name });
const application = (name: string): Promise<Application> =>
  getObject<Application>(api, { resource: resources.applications, key: key(name) });

async function create(path: string): Promise<void> {
  for (const object of objectsOf(path)) {
    const namespace = object.metadata.namespace ?? 'default';
    await createObject(api, { resource: resourceOf(object), namespace, object: localized(object) });
  }
}

describe('examples', () => {
  it.each(files)('%s is accepted with strict field validation', async (path) => {
    const objects = objectsOf(path);
    expect(objects.length).toBeGreaterThan(0);
    for (const object of objects) {
      const namespace = object.metadata.namespace ?? 'default';
      const wish = {
        resource: resourceOf(object),
        namespace,
        object,
        dryRun: true,
        fieldValidation: 'Strict',
      } as const;
      const answer = await api.send({ verb: 'create', ...wish });
      expect(answer.kind).toBe(object.kind);
    }
  });

  it('would notice a field that does not exist', async () => {
    const [object] = objectsOf('cd/application.yaml');
    const wrong = { ...object, spec: { ...(object?.['spec'] as object), sync: {} } } as KubeObject;
    const wish = { resource: resources.applications, namespace: 'argocd', object: wrong, dryRun: true } as const;
    await expect(api.send({ verb: 'create', ...wish, fieldValidation: 'Strict' })).rejects.toThrow(/unknown field/);
  });
});

describe('cd/application.yaml', { timeout: 60_000 }, () => {
  it('is delivered: hooks, waves, healthy, and healed', async () => {
    await create('cd/application.yaml');
    await eventually('the site is synced and healthy', 40_000, async () => {
      const { status } = await application('site');
      return status?.sync?.status === 'Synced' && status.health?.status === 'Healthy' && status.history?.length === 1;
    });
    const site = { namespace: 'site', name: 'site' };
    const namespace = await getObject(api, { resource: resources.namespaces, key: { namespace: '', name: 'site' } });
    expect(namespace.metadata.labels).toMatchObject({ team: 'shop' });
    const { status } = await application('site');
    const results = status?.operationState?.syncResult?.resources ?? [];
    expect(results.map(({ name, hookPhase }) => `${name} ${hookPhase}`)).toEqual(
      expect.arrayContaining(['migrate Succeeded', 'announce Succeeded']),
    );
    await patchObject(api, {
      resource: resources.deployments,
      key: site,
      patchType: 'merge',
      patch: { spec: { replicas: 4 } },
    });
    await eventually('two replicas again', 20_000, async () => {
      const found = await getObject(api, { resource: resources.deployments, key: site });
      return (found['spec'] as { replicas: number }).replicas === 2;
    });
  });

  it('takes everything along when it is deleted', async () => {
    await api.send({ verb: 'delete', resource: resources.applications, key: key('site') });
    await eventually('all is gone', 40_000, async () => {
      const app = await getObjectOrUndefined(api, { resource: resources.applications, key: key('site') });
      return app === undefined;
    });
    const site = { namespace: 'site', name: 'site' };
    expect(await getObjectOrUndefined(api, { resource: resources.deployments, key: site })).toBeUndefined();
  });
});

describe('cd/application-manual.yaml in cd/app-project.yaml', { timeout: 60_000 }, () => {
  it('is refused from a repository that the project does not name, then compared and left alone', async () => {
    await create('cd/app-project.yaml');
    await create('cd/application-manual.yaml');
    await eventually('refused', 20_000, async () => {
      const { status } = await application('site-manual');
      return status?.conditions?.some(({ message }) => message.includes(`not permitted in project 'shop'`));
    });
    const patch = { spec: { sourceRepos: [repositoryUrl] } };
    await patchObject(api, { resource: resources.appProjects, key: key('shop'), patchType: 'merge', patch });
    await eventually(
      'compared',
      20_000,
      async () => (await application('site-manual')).status?.sync?.status === 'OutOfSync',
    );
    const { status } = await application('site-manual');
    expect(status?.conditions).toBeUndefined();
    expect(status?.resources?.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'ConfigMap settings',
      'Service site',
      'Deployment site',
    ]);
    expect(status?.operationState).toBeUndefined();
  });

  it('is synced by hand, and ignores the replicas but nothing else', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop-manual' } };
    await createObject(api, { resource: resources.namespaces, namespace: '', object: namespace });
    const operation = { operation: { sync: {}, initiatedBy: { username: 'a tester' } } };
    const app = { resource: resources.applications, key: key('site-manual'), patchType: 'merge' } as const;
    await patchObject(api, { ...app, patch: operation });
    await eventually(
      'synced',
      20_000,
      async () => (await application('site-manual')).status?.sync?.status === 'Synced',
    );
    const live = (name: string): { namespace: string; name: string } => ({ namespace: 'shop-manual', name });
    const change = { patchType: 'merge', patch: { spec: { replicas: 3 }, data: { greeting: 'ahoy' } } } as const;
    await patchObject(api, { resource: resources.deployments, key: live('site'), ...change });
    await patchObject(api, { resource: resources.configMaps, key: live('settings'), ...change });
    await eventually('only the settings differ', 20_000, async () => {
      const found = (await application('site-manual')).status?.resources ?? [];
      const differing = found.filter((item) => item.status === 'OutOfSync').map(({ name }) => name);
      return differing.length === 1 && differing[0] === 'settings';
    });
  });
});
