import { randomUUID } from 'node:crypto';
import { milliseconds, type DurationMs } from '@argosy/std';
import { resources } from '@argosy/api';
import type { Application, AppProject } from '@argosy/api/cd';
import { hasReason, keyOf, keyText, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
import { createObject, getObjectOrUndefined } from '@argosy/kube/port';
import {
  ownKeys,
  startController,
  systemTimeZones,
  type ControllerContext,
  type Informer,
  type MeasuredController,
} from '@argosy/kube/runtime';
import {
  defaultProject,
  normalizeRepoUrl,
  planApplication,
  projectNameOf,
  sourcesOf,
  type EngineSettings,
  type ResourceSettings,
} from '../engine/index.ts';
import { createManifestLoader, readRepositorySecret, type ManifestLoader, type Repositories } from '../repo/index.ts';
import { ApplicationReconciler } from './application-reconciler.ts';
import { openClusterCharts } from './cluster-charts.ts';
import { KindLookup, type KindMapper } from './kind-mapper.ts';
import { LiveObjects } from './live-objects.ts';
import { LiveSettings, SETTINGS_NAME } from './resource-settings.ts';
import { OrphanFinder } from './orphan-finder.ts';
import { repositorySecrets } from './repository-secrets.ts';
import { WrittenObjects } from './written-objects.ts';

/** What the delivery controller is given beside its context. */
export interface ApplicationControllerOptions {
  readonly repositories: Repositories;
  readonly restMapper: KindMapper;
  /** The control-plane namespace. @default 'argocd' */
  readonly namespace?: string;
  /** @default 120 s */
  readonly pollIntervalMs?: number;
  /** @default 60 s */
  readonly pollJitterMs?: number;
  /** Applications worked on at once. @default 4 */
  readonly workers?: number;
  /** Shared with the service, so that both render once. @default one of its own */
  readonly loader?: ManifestLoader;
}

const PROJECT_INDEX = 'argocd-project';
const REPOSITORY_INDEX = 'argocd-repository';

/** Creates the project `default` when it is absent. */
export async function ensureDefaultProject(context: ControllerContext, namespace: string): Promise<void> {
  const target = { resource: resources.appProjects, key: { namespace, name: 'default' } };
  if ((await getObjectOrUndefined(context.api, target)) !== undefined) return;
  try {
    await createObject(context.api, { resource: resources.appProjects, namespace, object: defaultProject(namespace) });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
}

function settingsOf(options: ApplicationControllerOptions, namespace: string): EngineSettings {
  const span = (value: number | undefined, fallback: number): DurationMs => milliseconds(value ?? fallback);
  return {
    namespace,
    pollIntervalMs: span(options.pollIntervalMs, 120_000),
    pollJitterMs: span(options.pollJitterMs, 60_000),
    loadRetryMs: milliseconds(10_000),
    definitionWaitMs: milliseconds(30_000),
    zones: systemTimeZones,
  };
}

function urlOfSecret(secret: KubeObject | undefined): string {
  const read = secret === undefined ? undefined : readRepositorySecret(secret);
  return read === undefined || read.prefix ? '' : normalizeRepoUrl(read.access.url);
}

const projectNames = (app: Application): readonly string[] => [projectNameOf(app)];
const repositoryUrls = (app: Application): readonly string[] =>
  sourcesOf(app.spec).map((source) => normalizeRepoUrl(source.repoURL));

function indexApplications(applications: Informer<Application>): void {
  applications.addIndex(PROJECT_INDEX, projectNames);
  applications.addIndex(REPOSITORY_INDEX, repositoryUrls);
}

function ownLoader(context: ControllerContext, repositories: Repositories, namespace: string): ManifestLoader {
  return createManifestLoader({ repositories, salt: randomUUID(), charts: openClusterCharts(context, namespace) });
}

/** Starts the controller that keeps Applications delivered. It ends with the context's signal. */
export async function startApplicationController(
  context: ControllerContext,
  options: ApplicationControllerOptions,
): Promise<MeasuredController> {
  const namespace = options.namespace ?? 'argocd';
  const applications = context.informers.informer<Application>(resources.applications);
  const projects = context.informers.informer<AppProject>(resources.appProjects, { namespace });
  const secrets = repositorySecrets(context, namespace);
  const definitions = context.informers.informer(resources.customResourceDefinitions);
  indexApplications(applications);
  await ensureDefaultProject(context, namespace);
  const written = new WrittenObjects(context.clock);
  const running: { controller?: MeasuredController } = {};
  const wake = (key: ObjectKey): void => running.controller?.enqueue(key);
  const kinds = new KindLookup(options.restMapper);
  const { repositories } = options;
  const loader = options.loader ?? ownLoader(context, repositories, namespace);
  const { informers } = context;
  const settings = new LiveSettings(informers, { namespace, clock: context.clock, logger: context.logger });
  const resourceSettings = (): ResourceSettings => settings.current();
  const live = new LiveObjects({
    informers,
    written,
    controlNamespace: namespace,
    salt: loader.salt,
    wake,
    resourceSettings,
  });
  const orphans = new OrphanFinder(informers, options.restMapper);
  const reconciler = new ApplicationReconciler(
    { context, applications, projects, secrets, live, written, kinds, loader, wake, resourceSettings, orphans },
    settingsOf(options, namespace),
  );
  const forget = definitions.onChange(() => kinds.forget());
  const controller = startController({
    context,
    reconciler: { ...bound(reconciler), name: 'applications', plan: planApplication },
    sources: [
      ownKeys(applications),
      { informer: projects, keysOf: ({ key }) => applications.lister.byIndex(PROJECT_INDEX, key.name).map(keyOf) },
      {
        informer: settings.informer,
        keysOf: ({ key }) => (key.name === SETTINGS_NAME ? applications.lister.list().map(keyOf) : []),
      },
      { informer: secrets, keysOf: ({ before, after }) => wakeBySecret(applications, reconciler, [before, after]) },
    ],
    ...(options.workers === undefined ? {} : { workers: options.workers }),
  });
  running.controller = controller;
  context.signal.addEventListener('abort', () => {
    forget();
    live.close();
  });
  return controller;
}

function bound(reconciler: ApplicationReconciler): Pick<ApplicationReconciler, 'observe' | 'apply' | 'publish'> {
  return {
    observe: (key) => reconciler.observe(key),
    apply: (action, observed) => reconciler.apply(action, observed),
    publish: (observed, result) => reconciler.publish(observed, result),
  };
}

/** Applications whose repository has other credentials now: what failed before is tried again at once. */
function wakeBySecret(
  applications: Informer<Application>,
  reconciler: ApplicationReconciler,
  secrets: readonly (KubeObject | undefined)[],
): readonly ObjectKey[] {
  const urls = new Set(secrets.map(urlOfSecret));
  const template = secrets.some((secret) => secret !== undefined && readRepositorySecret(secret)?.prefix === true);
  const apps = template
    ? applications.lister.list()
    : [...urls].filter((url) => url !== '').flatMap((url) => applications.lister.byIndex(REPOSITORY_INDEX, url));
  for (const app of apps) reconciler.forgetFailures(keyText(keyOf(app)));
  return apps.map(keyOf);
}
