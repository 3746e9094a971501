import { createRandom, instant, type Instant } from '@argosy/std';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import type { DeleteOptions, KubeRequest, PatchType, UserInfo } from '@argosy/kube/port';
import { answerOf } from './answer.ts';
import { bootstrapObjects } from './bootstrap.ts';
import type { ApiAnswer } from './contract.ts';
import { createApiState, DEFAULT_SERVER_CONFIG, type ApiState, type ServerConfig } from './state.ts';
import { step } from './step.ts';

/** The resource of an apiVersion: `at('apps/v1', 'deployments')`. */
export function at(apiVersion: string, resource: string): ResourceRef {
  const [first = '', second] = apiVersion.split('/');
  return second === undefined ? { group: '', version: first, resource } : { group: first, version: second, resource };
}

/** The bare machine with short calls; every write counts as durable at once. */
export interface TestServer {
  readonly state: ApiState;
  now: Instant;
  ask(request: KubeRequest): ApiAnswer;
  create(ref: ResourceRef, object: unknown, namespace?: string): KubeObject;
  get(ref: ResourceRef, name: string, namespace?: string): KubeObject;
  update(ref: ResourceRef, object: KubeObject, subresource?: string): KubeObject;
  patch(
    ref: ResourceRef,
    name: string,
    change: { readonly type?: PatchType; readonly patch: unknown; readonly subresource?: string },
  ): KubeObject;
  remove(ref: ResourceRef, name: string, options?: DeleteOptions): KubeObject;
  names(ref: ResourceRef, namespace?: string): readonly string[];
}

const user: UserInfo = { name: 'tester', groups: ['system:masters'] };

const isCluster = (state: ApiState, ref: ResourceRef): boolean => state.registry.find(ref)?.namespaced === false;

/** Builds a server with the built-in namespaces, at 2026-01-01T00:00:00Z. */
export function testServer(config: Partial<ServerConfig> = {}): TestServer {
  const state = createApiState({ ...DEFAULT_SERVER_CONFIG, ...config });
  const random = createRandom(7);
  let uids = 0;
  const newUid = (): string => `uid-${(uids += 1)}`;
  const place = (ref: ResourceRef, namespace: string): string => (isCluster(state, ref) ? '' : namespace);
  const server: TestServer = {
    state,
    now: instant(1_767_225_600_000),
    ask: (request) => {
      const outcome = step(state, request, { now: server.now, random, newUid, user });
      state.store.commit(state.store.uncommitted().length);
      return answerOf(state, outcome);
    },
    create: (resource, object, namespace = 'default') =>
      server.ask({ verb: 'create', resource, namespace: place(resource, namespace), object: object as KubeObject })
        .object,
    get: (resource, name, namespace = 'default') =>
      server.ask({ verb: 'get', resource, key: { namespace: place(resource, namespace), name } }).object,
    update: (resource, object, subresource) => {
      const key = { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
      return server.ask({
        verb: 'update',
        resource,
        key,
        object,
        ...(subresource === undefined ? {} : { subresource }),
      }).object;
    },
    patch: (resource, name, { type = 'merge', patch, subresource }) => {
      const key = { namespace: place(resource, 'default'), name };
      const more = subresource === undefined ? {} : { subresource };
      return server.ask({ verb: 'patch', resource, key, patchType: type, patch, ...more }).object;
    },
    remove: (resource, name, options = {}) =>
      server.ask({ verb: 'delete', resource, key: { namespace: place(resource, 'default'), name }, options }).object,
    names: (resource, namespace = '') => {
      const list = server.ask({ verb: 'list', resource, namespace }).object;
      return (list['items'] as readonly KubeObject[]).map((item) => item.metadata.name);
    },
  };
  for (const { resource, namespace, object } of bootstrapObjects()) server.create(resource, object, namespace);
  return server;
}

/** The message of what `act` throws; fails the caller when it does not. */
export function refusal(act: () => unknown): {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
} {
  try {
    act();
  } catch (error) {
    const { status } = error as { status: { code: number; reason: string; message: string } };
    return { code: status.code, reason: status.reason, message: status.message };
  }
  throw new Error('nothing was refused');
}

/** A pod template that passes. */
export const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: 'example/web:1' }] },
};

/** A Deployment that passes. */
export function deployment(name: string, spec: { readonly [field: string]: unknown } = {}): KubeObject {
  const selector = { matchLabels: { app: 'web' } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { selector, template, ...spec } };
}

/** A ConfigMap. */
export function configMap(name: string, data: { readonly [key: string]: string } = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** A definition of `widgets.example.org` with status, scale, columns, defaults and bounds. */
export function widgetDefinition(versions: readonly unknown[] = [widgetVersion('v1', true)]): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.org' },
    spec: {
      group: 'example.org',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
      versions,
    },
  };
}

/** One version of the widget definition. */
export function widgetVersion(
  name: string,
  storage: boolean,
  more: { readonly [field: string]: unknown } = {},
): unknown {
  return {
    name,
    served: true,
    storage,
    subresources: {
      status: {},
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.status.selector',
      },
    },
    additionalPrinterColumns: [
      { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
      { name: 'Since', type: 'date', jsonPath: '.status.since' },
    ],
    selectableFields: [{ jsonPath: '.spec.colour' }],
    schema: {
      openAPIV3Schema: {
        type: 'object',
        required: ['spec'],
        properties: {
          spec: {
            type: 'object',
            properties: {
              replicas: { type: 'integer', minimum: 0, default: 1 },
              colour: { type: 'string', enum: ['red', 'blue'] },
              free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
          status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
    ...more,
  };
}
