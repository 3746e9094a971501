import type { Application } from '@argosy/api/cd';
import { isObject } from '@argosy/std';
import { RemoteError, type RestClient } from '../client/index.ts';
import { CommandError } from '../command/index.ts';

/** An application as users name it: `name` or `namespace/name`. */
export interface AppName {
  readonly name: string;
  readonly appNamespace?: string;
}

/** Reads `name` or `namespace/name`; `namespace` is the flag -N. */
export function parseAppName(text: string, namespace: string): AppName {
  const slash = text.indexOf('/');
  const own = slash < 0 ? namespace : text.slice(0, slash);
  const name = slash < 0 ? text : text.slice(slash + 1);
  if (name === '') throw new CommandError('the application name is empty');
  return own === '' ? { name } : { name, appNamespace: own };
}

const pathOf = (app: AppName): string => `/api/v1/applications/${encodeURIComponent(app.name)}`;
const scopeOf = (app: AppName): { readonly appNamespace?: string } =>
  app.appNamespace === undefined ? {} : { appNamespace: app.appNamespace };

/** Reads one application; `refresh` compares it with its source first. */
export async function getApp(client: RestClient, app: AppName, refresh?: 'normal' | 'hard'): Promise<Application> {
  const answer = await client.call({ method: 'GET', path: pathOf(app), query: { ...scopeOf(app), refresh } });
  return answer as Application;
}

/** Reads one application; undefined when it does not exist (or may not be seen: the two look alike). */
export async function findApp(client: RestClient, app: AppName): Promise<Application | undefined> {
  try {
    return await getApp(client, app);
  } catch (error) {
    if (error instanceof RemoteError && (error.code === 404 || error.code === 403)) return undefined;
    throw error;
  }
}

/** Lists applications. */
export async function listApps(
  client: RestClient,
  query: { readonly projects?: readonly string[]; readonly selector?: string },
): Promise<readonly Application[]> {
  const answer = await client.call({ method: 'GET', path: '/api/v1/applications', query });
  const items = isObject(answer) ? answer['items'] : undefined;
  return Array.isArray(items) ? (items as readonly Application[]) : [];
}

/** Creates an application; with `upsert` one of the same name and another spec is replaced. */
export async function createApp(client: RestClient, app: Application, upsert: boolean): Promise<Application> {
  const query = upsert ? { upsert: 'true' } : {};
  return (await client.call({ method: 'POST', path: '/api/v1/applications', query, body: app })) as Application;
}

/** Starts a sync. */
export async function syncApp(client: RestClient, app: AppName, body: object): Promise<Application> {
  const path = `${pathOf(app)}/sync`;
  return (await client.call({ method: 'POST', path, body: { ...scopeOf(app), ...body } })) as Application;
}

/** Deletes an application; `cascade` deletes what it deployed, too. */
export async function deleteApp(
  client: RestClient,
  app: AppName,
  options: { readonly cascade: boolean; readonly propagationPolicy?: string },
): Promise<void> {
  const query = { ...scopeOf(app), cascade: String(options.cascade), propagationPolicy: options.propagationPolicy };
  await client.call({ method: 'DELETE', path: pathOf(app), query });
}

/** Every state of one application from now on; `deleted` marks the end. */
export async function* watchApp(
  client: RestClient,
  app: AppName,
  signal: AbortSignal,
): AsyncIterable<{ readonly app: Application; readonly deleted: boolean }> {
  const query = { name: app.name, ...scopeOf(app) };
  for await (const item of client.stream({ method: 'GET', path: '/api/v1/stream/applications', query, signal })) {
    if (!isObject(item) || !isObject(item['application'])) continue;
    const found = item['application'] as unknown as Application;
    if (found.metadata.name === app.name) yield { app: found, deleted: item['type'] === 'DELETED' };
  }
}

/** One resource of an application, as a command selects it. */
export interface ManagedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly live: boolean;
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
const objectsIn = (value: unknown): readonly { readonly [key: string]: unknown }[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** The resources of an application that its tree shows; one without a uid is not live. */
export async function listManaged(client: RestClient, app: AppName): Promise<readonly ManagedResource[]> {
  const path = `${pathOf(app)}/resource-tree`;
  const answer = await client.call({ method: 'GET', path, query: scopeOf(app) });
  return objectsIn(isObject(answer) ? answer['nodes'] : undefined).map((node) => ({
    group: textIn(node['group']),
    version: textIn(node['version']),
    kind: textIn(node['kind']),
    namespace: textIn(node['namespace']),
    name: textIn(node['name']),
    live: node['uid'] !== undefined,
  }));
}

/** What can be done to a resource now. */
export async function resourceActions(
  client: RestClient,
  app: AppName,
  resource: ManagedResource,
): Promise<readonly { readonly name: string; readonly disabled: boolean }[]> {
  const { group, version, kind, namespace, name } = resource;
  const query = { ...scopeOf(app), group, version, kind, namespace, resourceName: name };
  const answer = await client.call({ method: 'GET', path: `${pathOf(app)}/resource/actions`, query });
  const offers = objectsIn(isObject(answer) ? answer['actions'] : undefined);
  return offers.map((offer) => ({ name: textIn(offer['name']), disabled: offer['disabled'] === true }));
}

/** Does it. */
export async function runResourceAction(
  client: RestClient,
  app: AppName,
  request: ManagedResource & {
    readonly action: string;
    readonly parameters: readonly { readonly name: string; readonly value: string }[];
  },
): Promise<void> {
  const { group, version, kind, namespace, name, action, parameters } = request;
  const resource = { group, version, kind, namespace, resourceName: name };
  const body = { ...resource, action, resourceActionParameters: parameters };
  await client.call({ method: 'POST', path: `${pathOf(app)}/resource/actions/v2`, query: scopeOf(app), body });
}

/** Desired and live state of one object, as the server compares them: JSON texts, `null` for absent. */
export interface ResourcePair {
  readonly group?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly targetState: string;
  readonly liveState: string;
  readonly normalizedLiveState: string;
  readonly predictedLiveState: string;
  readonly hook?: boolean;
  readonly modified?: boolean;
}

/** All objects that an application consists of, desired and live. */
export async function managedResources(client: RestClient, app: AppName): Promise<readonly ResourcePair[]> {
  const query = scopeOf(app);
  const answer = await client.call({ method: 'GET', path: `${pathOf(app)}/managed-resources`, query });
  const items = isObject(answer) ? answer['items'] : undefined;
  return Array.isArray(items) ? (items as readonly ResourcePair[]) : [];
}

/** The manifests of a revision, as JSON texts; `''` is the one that was compared last. */
export async function manifestsAt(
  client: RestClient,
  app: AppName,
  revision: string,
): Promise<{ readonly revision: string; readonly manifests: readonly string[] }> {
  const query = { ...scopeOf(app), ...(revision === '' ? {} : { revision }) };
  const answer = await client.call({ method: 'GET', path: `${pathOf(app)}/manifests`, query });
  return answer as { readonly revision: string; readonly manifests: readonly string[] };
}
