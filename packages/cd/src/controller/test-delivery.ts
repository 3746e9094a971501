import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { silentLogger } from '@argosy/std';
import { resources } from '@argosy/api';
import { cdCrds, type Application } from '@argosy/api/cd';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import { connectInProcess, createRestMapper, mappingsOf } from '@argosy/kube/client';
import { createObject, patchObject, type ClusterApi } from '@argosy/kube/port';
import {
  createEventRecorder,
  createInformerFactory,
  createMemoryJournal,
  systemClock,
  type ControllerContext,
  type MeasuredController,
  type MemoryJournal,
} from '@argosy/kube/runtime';
import { openRepositories, type Repositories } from '../repo/index.ts';
import { startApplicationController, type ApplicationControllerOptions } from './application-controller.ts';
import type { KindMapper } from './kind-mapper.ts';

const run = promisify(execFile);

/** A git repository in a temporary directory that tests commit to. */
export interface TestRepository {
  readonly directory: string;
  readonly url: string;
  git(...args: readonly string[]): Promise<string>;
  /** Writes files (`undefined` removes), commits, and gives the SHA. */
  commit(files: { readonly [path: string]: string | undefined }, message?: string): Promise<string>;
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

/** Makes an empty repository with the branch `main` below `parent`. */
export async function createTestRepository(parent: string, name = 'repo'): Promise<TestRepository> {
  const directory = join(parent, name);
  await mkdir(directory, { recursive: true });
  const git = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run('git', [...args], { cwd: directory, env: { ...process.env, ...IDENTITY } });
    return stdout.trim();
  };
  await git('init', '--quiet', '--initial-branch=main');
  const commit: TestRepository['commit'] = async (files, message = 'change') => {
    for (const [path, text] of Object.entries(files)) {
      const full = join(directory, path);
      if (text === undefined) await rm(full);
      else await mkdir(dirname(full), { recursive: true }).then(() => writeFile(full, text));
    }
    await git('add', '--all');
    await git('commit', '--quiet', '--allow-empty', '--message', message);
    return await git('rev-parse', 'HEAD');
  };
  return { directory, url: `file://${directory}`, git, commit };
}

/** A whole delivery: an in-memory cluster, the runtime, repositories on disk, and the controller. */
export interface TestDelivery {
  readonly api: ClusterApi;
  readonly context: ControllerContext;
  readonly journal: MemoryJournal;
  readonly repositories: Repositories;
  readonly mapper: KindMapper;
  readonly controller: MeasuredController;
  readonly repo: TestRepository;
  readonly directory: string;
  create<T extends KubeObject>(resource: ResourceRef, object: KubeObject): Promise<T>;
  get<T extends KubeObject>(resource: ResourceRef, namespace: string, name: string): Promise<T | undefined>;
  patch(resource: ResourceRef, key: { namespace: string; name: string }, patch: unknown): Promise<KubeObject>;
  /** Resolves with the Application as soon as it satisfies `holds`; rejects with what it looks like after `limitMs`. */
  application(name: string, holds: (app: Application) => boolean, limitMs?: number): Promise<Application>;
  /** Resolves as soon as an object satisfies `holds`; `undefined` is "not there". */
  object(
    target: { resource: ResourceRef; namespace: string; name: string },
    holds: (object: KubeObject | undefined) => boolean,
  ): Promise<KubeObject | undefined>;
  close(): Promise<void>;
}

const ADMIN = { name: 'admin', groups: ['system:masters'] };

/** Opens a delivery with the namespaces `argocd` and `prod`. */
export async function openTestDelivery(options: Partial<ApplicationControllerOptions> = {}): Promise<TestDelivery> {
  const directory = await mkdtemp(join(tmpdir(), 'argosy-cd-'));
  const plane = await openControlPlane({
    log: inMemoryCommitLog(),
    clock: systemClock,
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    newUid: () => randomUUID(),
  });
  const api = connectInProcess(plane, ADMIN);
  const stop = new AbortController();
  for (const object of cdCrds()) {
    await createObject(api, { resource: resources.customResourceDefinitions, namespace: '', object });
  }
  for (const name of ['argocd', 'prod']) {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await createObject(api, { resource: resources.namespaces, namespace: '', object });
  }
  const journal = createMemoryJournal({});
  const clock = systemClock;
  const events = createEventRecorder({ api, clock, component: 'argocd-application-controller', host: 'test' });
  const { signal } = stop;
  const informers = createInformerFactory({ api, clock, logger: silentLogger, signal });
  const context: ControllerContext = { api, informers, clock, journal, events, logger: silentLogger, signal, seed: 7 };
  const repositories = await openRepositories({ cacheDirectory: join(directory, 'cache'), clock });
  const mapper = createRestMapper({
    discover: () => Promise.resolve(mappingsOf(plane.discovery())),
    now: () => clock.now(),
  });
  const controller = await startApplicationController(context, { repositories, restMapper: mapper, ...options });
  const repo = await createTestRepository(directory);
  for (const resource of [resources.configMaps, resources.jobs]) releaseForeground(context, resource);
  const waitFor = waiter(context);
  return {
    api,
    context,
    journal,
    repositories,
    mapper,
    controller,
    repo,
    directory,
    create: (resource, object) => createObject(api, { resource, namespace: object.metadata.namespace ?? '', object }),
    get: async <T extends KubeObject>(resource: ResourceRef, namespace: string, name: string) => {
      const found = await waitFor({ resource, namespace, name }, () => true, 5000);
      return found as T | undefined;
    },
    patch: (resource, key, patch) => patchObject(api, { resource, key, patchType: 'merge', patch }),
    application: async (name, holds, limitMs = 10_000) => {
      const target = { resource: resources.applications, namespace: 'argocd', name };
      const found = await waitFor(target, (object) => object !== undefined && holds(object as Application), limitMs);
      return found as Application;
    },
    object: (target, holds) => waitFor(target, holds, 10_000),
    close: async () => {
      stop.abort();
      await controller.stopped();
      await repositories.close();
      await plane.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Stands in for the garbage collector: what is deleted in the foreground and has no dependents may go. */
function releaseForeground(context: ControllerContext, resource: ResourceRef): void {
  context.informers.informer(resource).onChange(({ after, key }) => {
    if (after?.metadata.finalizers?.includes('foregroundDeletion') !== true) return;
    const finalizers = after.metadata.finalizers.filter((name) => name !== 'foregroundDeletion');
    const patch = { metadata: { finalizers } };
    patchObject(context.api, { resource, key, patchType: 'merge', patch }).catch(() => undefined);
  });
}

type Target = { readonly resource: ResourceRef; readonly namespace: string; readonly name: string };

/** Waits on an informer, so that no test has to sleep. */
function waiter(context: ControllerContext) {
  return async (
    target: Target,
    holds: (object: KubeObject | undefined) => boolean,
    limitMs: number,
  ): Promise<KubeObject | undefined> => {
    const informer = context.informers.informer(target.resource);
    await informer.synced();
    const read = (): KubeObject | undefined => informer.lister.get({ namespace: target.namespace, name: target.name });
    return await new Promise((resolve, reject) => {
      const ends: (() => void)[] = [];
      const finish = (): void => {
        for (const end of ends) end();
      };
      const look = (): boolean => {
        const object = read();
        if (!holds(object)) return false;
        finish();
        resolve(object);
        return true;
      };
      if (look()) return;
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`not reached within ${limitMs} ms: ${JSON.stringify(read(), null, 1)}`));
      }, limitMs);
      ends.push(() => clearTimeout(timer), informer.onChange(look as () => void));
    });
  };
}

/** An Application that delivers `path` of the repository into `prod`. */
export function testApplication(url: string, spec: Partial<Application['spec']> = {}, name = 'web'): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      source: { repoURL: url, path: 'app', targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'prod' },
      ...spec,
    },
  };
}

/** A ConfigMap manifest. */
export function configMapYaml(
  name: string,
  value: string,
  annotations: { readonly [key: string]: string } = {},
): string {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations }, data: { value } };
  return `${JSON.stringify(object)}\n`;
}
