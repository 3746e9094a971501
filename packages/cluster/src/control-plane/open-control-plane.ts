import { createRandom, fnv32a, silentLogger, type Clock, type Logger, type Timer } from '@argosy/std';
import { kubeError, type KubeError, type KubeObject, type ObjectKey, type ResourceRef } from '@argosy/kube/meta';
import { openApiOf } from '@argosy/kube/schema';
import type { CreateRequest, KubeRequest, UserInfo, WatchEvent, WatchRequest } from '@argosy/kube/port';
import {
  absorbConversions,
  admitStream,
  answerOf,
  bootstrapObjects,
  createApiState,
  DEFAULT_SERVER_CONFIG,
  DEFINITIONS,
  descriptorOf,
  EVENTS,
  servedResource,
  step,
  missingConversions,
  nextEventExpiry,
  sweepEvents,
  tableOf,
  unknownResource,
  type AccessAttributes,
  type AdmissionPlugin,
  type ApiAnswer,
  type ApiState,
  type Authorizer,
  type CommitLog,
  type CommitRecord,
  type ControlPlane,
  type NodeGateway,
  type ServerConfig,
  type ServedResource,
  type StepEnv,
  type StreamReview,
} from '../apiserver/index.ts';
import type { StoreChange, StoredObject } from '../store/index.ts';
import { actingUser, attributesOf, demandAccess, watchAttributes } from './access.ts';
import { askAll, repeatableEnv, stepWithAnswers, type Tried, type WebhookCaller } from './ask-webhooks.ts';
import { CommitRefused, createCommitQueue, type CommitQueue } from './commit-queue.ts';
import { podStreams } from './pod-streams.ts';
import { answerMetrics, METRICS_GROUP } from './metrics-answer.ts';
import { createWatchHub, type HubSink, type WatchHub } from './watch-hub.ts';
import { createWatchStream } from './watch-stream.ts';

/** Answers creates that are not stored: reviews, tokens. Keyed `resource.group` or `resource.group/subresource`. */
export type ApiExtension = (user: UserInfo, request: CreateRequest) => Promise<ApiAnswer>;

/** What a control plane is built from. */
export interface ControlPlaneOptions {
  readonly log: CommitLog;
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  /** @default a silent one */
  readonly logger?: Logger;
  /** A fresh random UUID on each call. */
  readonly newUid: () => string;
  /** Seeds generated names. @default derived from the first uid */
  readonly seed?: number;
  /** Overrides of `DEFAULT_SERVER_CONFIG`. */
  readonly config?: Partial<ServerConfig>;
  readonly plugins?: readonly AdmissionPlugin[];
  /** Calls admission and conversion webhooks; without it they all fail, and their failure policy decides. */
  readonly webhooks?: WebhookCaller;
  readonly extensions?: { readonly [path: string]: ApiExtension };
  /** Freeze objects that callers get, so that writing to them fails. @default true */
  readonly freeze?: boolean;
  /** Create the built-in namespaces and priorities when they are missing. @default true */
  readonly bootstrap?: boolean;
}

/** How often a read is done again when the log refused what it saw. */
const READ_ATTEMPTS = 5;

interface Plane {
  readonly options: ControlPlaneOptions;
  readonly logger: Logger;
  readonly state: ApiState;
  readonly queue: CommitQueue;
  readonly hub: WatchHub;
  readonly random: StepEnv['random'];
  gateway: NodeGateway | undefined;
  sweep: Timer | undefined;
  closed: boolean;
}

const SYSTEM: UserInfo = { name: 'system:apiserver', groups: ['system:masters'] };

function envOf(plane: Plane, user: UserInfo): StepEnv {
  const { clock, newUid } = plane.options;
  return { now: clock.now(), random: plane.random, newUid, user };
}

function extensionOf(plane: Plane, request: KubeRequest): ((user: UserInfo) => Promise<ApiAnswer>) | undefined {
  if (request.verb !== 'create') return undefined;
  const { group, resource } = request.resource;
  const path = `${resource}.${group}${request.subresource === undefined ? '' : `/${request.subresource}`}`;
  const extension = plane.options.extensions?.[path.replace('./', '/').replace(/\.$/, '')];
  return extension === undefined ? undefined : (user) => extension(user, request);
}

/** PUT and apply create what is missing, and then need that permission too. */
function demandCreate(plane: Plane, user: UserInfo, request: KubeRequest): void {
  const creates = request.verb === 'update' || (request.verb === 'patch' && request.patchType === 'apply');
  if (!creates || (request.subresource ?? '') !== '') return;
  const resource = plane.state.registry.find(request.resource);
  if (resource === undefined || (request.verb === 'update' && !resource.traits.createOnUpdate)) return;
  const { namespace, name } = request.key;
  if (plane.state.store.get(resource.storage, namespace, name) !== undefined) return;
  demandAccess(plane.options.authorizer, user, { ...attributesOf(request), verb: 'create' });
}

function tryStep(plane: Plane, request: KubeRequest, env: StepEnv): Tried {
  try {
    return { outcome: step(plane.state, request, env) };
  } catch (error) {
    return { error };
  }
}

function refusedError(message: string): KubeError {
  return kubeError('InternalError', `the data directory refuses writes: ${message}`);
}

/** Waits until `version` is durable; false when the log refused it. */
async function becameDurable(queue: CommitQueue, version: number): Promise<boolean> {
  if (queue.isDurable(version)) return true;
  try {
    await queue.durable(version);
    return true;
  } catch (error) {
    if (error instanceof CommitRefused) return false;
    throw error;
  }
}

/** Steps until webhooks have nothing more to say; tells what was true just before, and whether the store was written. */
async function stepped(
  plane: Plane,
  user: UserInfo,
  request: KubeRequest,
): Promise<{ readonly tried: Tried; readonly before: number; readonly wrote: boolean }> {
  const { store } = plane.state;
  const env = repeatableEnv(envOf(plane, user));
  const seen = { before: 0, wrote: false };
  const tried = await stepWithAnswers({
    step: (answered) => {
      seen.before = store.resourceVersion();
      const pending = store.uncommitted().length;
      const result = tryStep(plane, request, { ...env(), answered });
      seen.wrote = store.uncommitted().length > pending;
      return result;
    },
    caller: plane.options.webhooks,
    signal: request.signal,
  });
  return { tried, ...seen };
}

/** Steps, and answers once all that the answer tells is durable. What a refused batch misled is tried again. */
async function settle(plane: Plane, user: UserInfo, request: KubeRequest): Promise<ApiAnswer> {
  const { state, queue } = plane;
  for (let attempt = 1; ; attempt += 1) {
    const { tried, before, wrote } = await stepped(plane, user, request);
    if (await becameDurable(queue, 'error' in tried ? before : tried.outcome.tells)) {
      if ('error' in tried) throw tried.error;
      return answerOf(state, tried.outcome);
    }
    if (wrote || attempt >= READ_ATTEMPTS) throw refusedError(queue.refusal());
  }
}

async function answer(plane: Plane, caller: UserInfo, request: KubeRequest): Promise<ApiAnswer> {
  request.signal?.throwIfAborted();
  if (plane.closed) throw kubeError('ServiceUnavailable', 'the control plane is closed');
  const { authorizer } = plane.options;
  const user = actingUser(authorizer, caller, request.impersonate);
  demandAccess(authorizer, user, attributesOf(request));
  demandCreate(plane, user, request);
  const extension = extensionOf(plane, request);
  if (extension !== undefined) {
    servedResource(plane.state, request);
    return extension(user);
  }
  if (request.resource.group === METRICS_GROUP) {
    servedResource(plane.state, request);
    const read = (asked: KubeRequest): Promise<ApiAnswer> => settle(plane, user, asked);
    return answerMetrics({ read, usage: plane.gateway?.usage?.() }, request);
  }
  return settle(plane, user, request);
}

function openWatch(plane: Plane, given: { caller: UserInfo; request: WatchRequest; sink: HubSink }): () => void {
  const { caller, request, sink } = given;
  if (plane.closed) throw kubeError('ServiceUnavailable', 'the control plane is closed');
  const { authorizer } = plane.options;
  const user = actingUser(authorizer, caller, request.impersonate);
  demandAccess(authorizer, user, watchAttributes(request));
  const resource = plane.state.registry.find(request.resource);
  if (resource === undefined) throw unknownResource();
  if (!resource.verbs.includes('watch')) {
    throw kubeError('MethodNotAllowed', 'the server does not allow this method on the requested resource: watch');
  }
  return plane.hub.open(resource, request, sink);
}

function watch(plane: Plane, caller: UserInfo, request: WatchRequest): AsyncIterable<WatchEvent> {
  return createWatchStream((sink) => openWatch(plane, { caller, request, sink }), request.signal).events;
}

const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };

async function readPod(plane: Plane, key: ObjectKey, signal: AbortSignal | undefined): Promise<KubeObject> {
  const options = signal === undefined ? {} : { signal };
  return (await settle(plane, SYSTEM, { ...options, verb: 'get', resource: PODS, key })).object;
}

/** Asks webhooks and policies about a stream into a pod. @throws KubeError for a refusal. */
async function admitConnection(
  plane: Plane,
  given: { readonly user: UserInfo; readonly stream: StreamReview; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { user, stream, signal } = given;
  const env = repeatableEnv(envOf(plane, user));
  const tried = await stepWithAnswers({
    step: (answered) => {
      try {
        return { outcome: admitStream(plane.state, stream, { ...env(), answered }) };
      } catch (error) {
        return { error };
      }
    },
    caller: plane.options.webhooks,
    signal,
  });
  if ('error' in tried) throw tried.error;
}

const isDefinition = (record: CommitRecord): boolean => record.key.startsWith(`${DEFINITIONS}/`);

async function load(state: ApiState, log: CommitLog): Promise<number> {
  const { resourceVersion, records } = await log.load();
  const stored = records.flatMap((record) => {
    const [group = '', resource = ''] = record.key.split('/', 2);
    return record.bytes === undefined ? [] : [{ record, resource: `${group}/${resource}`, bytes: record.bytes }];
  });
  // Definitions come first: they tell which fields of their instances are indexed.
  const definitions = stored.filter(({ record }) => isDefinition(record));
  const others = stored.filter(({ record }) => !isDefinition(record));
  state.store.load([...definitions, ...others], resourceVersion);
  return state.store.resourceVersion();
}

/** Keeps one wake-up for the Event that expires first. */
function scheduleSweep(plane: Plane): void {
  if (plane.sweep !== undefined || plane.closed) return;
  const { state, queue, options } = plane;
  const next = nextEventExpiry(state);
  if (next === undefined) return;
  plane.sweep = options.clock.schedule(next, () => {
    plane.sweep = undefined;
    if (sweepEvents(state, options.clock.now()) > 0) queue.flush();
    scheduleSweep(plane);
  });
}

function refused(plane: Plane, error: Error): void {
  plane.logger.error('the data directory refused writes; they were taken back', { error: error.message });
}

async function bootstrap(plane: Plane): Promise<void> {
  const missing = bootstrapObjects().filter(({ resource, object }) => {
    const served = plane.state.registry.find(resource);
    return served !== undefined && plane.state.store.get(served.storage, '', object.metadata.name) === undefined;
  });
  await Promise.all(missing.map((item) => settle(plane, SYSTEM, { verb: 'create', ...item })));
}

async function close(plane: Plane): Promise<void> {
  if (plane.closed) return;
  plane.closed = true;
  plane.sweep?.cancel();
  plane.hub.close();
  await plane.queue.idle();
  await plane.options.log.close();
}

function demandServed(state: ApiState, ref: ResourceRef): ServedResource {
  const resource = state.registry.find(ref);
  if (resource === undefined) throw unknownResource();
  return resource;
}

function surfaceOf(plane: Plane): ControlPlane {
  const { state, queue } = plane;
  return {
    send: async (user, request) => (await answer(plane, user, request)).object,
    answer: (user, request) => answer(plane, user, request),
    watch: (user, request) => watch(plane, user, request),
    openWatch: (caller, request, sink) => openWatch(plane, { caller, request, sink }),
    ...podStreams({
      authorizer: plane.options.authorizer,
      gateway: () => plane.gateway,
      readPod: (key, signal) => readPod(plane, key, signal),
      admit: (user, stream, signal) => admitConnection(plane, { user, stream, signal }),
    }),
    discovery: () => state.registry.all().map(descriptorOf),
    discoveryRevision: () => state.registry.revision(),
    openApiSchema: (ref) => {
      const schema = state.registry.find(ref)?.schema();
      return schema === undefined ? undefined : openApiOf(schema);
    },
    table: (ref, objects) => tableOf(demandServed(state, ref), objects, plane.options.clock.now()),
    demand: (user: UserInfo, attributes: AccessAttributes) => demandAccess(plane.options.authorizer, user, attributes),
    connectNode: (gateway) => {
      plane.gateway = gateway;
    },
    health: () =>
      queue.refusal() === ''
        ? { ready: !plane.closed, message: plane.closed ? 'the control plane is closed' : 'ok' }
        : { ready: false, message: `the data directory refuses writes: ${queue.refusal()}` },
    close: () => close(plane),
  };
}

/**
 * Opens a control plane over a log: loads what is stored, creates what a cluster cannot do without, and serves.
 * Answers only tell what is durable. `close` ends it; the log is closed with it.
 * @throws what the log throws while it loads.
 */
export async function openControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const logger = options.logger ?? silentLogger;
  const config = { ...DEFAULT_SERVER_CONFIG, ...options.config };
  const state = createApiState(config, {
    ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
    ...(options.freeze === undefined ? {} : { freeze: options.freeze }),
  });
  const floor = await load(state, options.log);
  const parts: { plane?: Plane } = {};
  const publish = (changes: readonly StoreChange[]): void => {
    parts.plane?.hub.publish(changes);
    if (parts.plane !== undefined && changes.some((change) => change.resource === EVENTS)) scheduleSweep(parts.plane);
  };
  const queue = createCommitQueue({
    store: state.store,
    log: options.log,
    publish,
    refused: (error) => {
      if (parts.plane !== undefined) refused(parts.plane, error);
    },
  });
  const convert = async (resource: ServedResource, items: readonly StoredObject[]): Promise<void> => {
    const calls = missingConversions(state.store, resource, items);
    if (calls.length > 0) absorbConversions(state.store, resource, await askAll(options.webhooks, calls, undefined));
  };
  const hub = createWatchHub({ state, clock: options.clock, logger, queue, convert, floor });
  const random = createRandom(options.seed ?? fnv32a(options.newUid()));
  const plane: Plane = {
    options,
    logger,
    state,
    queue,
    hub,
    random,
    gateway: undefined,
    sweep: undefined,
    closed: false,
  };
  parts.plane = plane;
  if (options.bootstrap ?? true) await bootstrap(plane);
  scheduleSweep(plane);
  return surfaceOf(plane);
}
