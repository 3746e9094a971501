import { gvkOf, type KubeObject, type ObjectKey, type ResourceRef } from '@argosy/kube/meta';
import { createInformerFactory, type Change, type ControllerContext, type Informer } from '@argosy/kube/runtime';
import type { ResourceDescriptor } from '../apiserver/index.ts';

/** Resources whose objects nobody owns and that nobody is deleted with. */
const NOT_FOLLOWED: ReadonlySet<string> = new Set(['events']);

/** The metadata of every deletable object in the cluster, kinds from CustomResourceDefinitions included. */
export interface MetadataWatch {
  /** Starts following resources that have appeared and ends those that are gone. */
  refresh(): void;
  onChange(handler: (descriptor: ResourceDescriptor, change: Change) => void): void;
  /** What the copies hold in one namespace. */
  contentOf(namespace: string): readonly { readonly resource: ResourceRef; readonly objects: readonly KubeObject[] }[];
  /** The followed resource of a kind; `undefined` when the cluster does not serve it. */
  resourceOf(owner: { readonly apiVersion: string; readonly kind: string }): ResourceDescriptor | undefined;
  /** Namespaced resources that are followed. */
  namespaced(): readonly ResourceDescriptor[];
  synced(): Promise<void>;
}

interface Followed {
  readonly descriptor: ResourceDescriptor;
  readonly informer: Informer;
  readonly end: () => void;
}

function metadataOnly(object: KubeObject): KubeObject {
  const { managedFields: _fields, annotations: _annotations, labels: _labels, ...metadata } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, metadata };
}

const idOf = (resource: ResourceRef): string => `${resource.group}/${resource.resource}`;

function isFollowable(descriptor: ResourceDescriptor): boolean {
  const { verbs, resource } = descriptor;
  return !NOT_FOLLOWED.has(resource) && ['list', 'watch', 'delete'].every((verb) => verbs.includes(verb));
}

/** Follows what `discovery` names; `refresh` after it changed. Each group's resource is followed in one version. */
export function createMetadataWatch(
  context: ControllerContext,
  discovery: () => readonly ResourceDescriptor[],
): MetadataWatch {
  const followed = new Map<string, Followed>();
  const handlers: ((descriptor: ResourceDescriptor, change: Change) => void)[] = [];

  function follow(descriptor: ResourceDescriptor): void {
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const { api, clock, logger, seed } = context;
    const factory = createInformerFactory({ api, clock, logger, seed, signal, transform: metadataOnly });
    const { group, version, resource } = descriptor;
    const informer = factory.informer({ group, version, resource });
    const leave = informer.onChange((change) => {
      for (const handler of handlers) handler(descriptor, change);
    });
    const end = (): void => {
      leave();
      stop.abort();
      // Objects of a kind that is gone are gone with it.
      for (const before of informer.lister.list()) {
        const key: ObjectKey = { namespace: before.metadata.namespace ?? '', name: before.metadata.name };
        for (const handler of handlers) handler(descriptor, { key, before });
      }
    };
    followed.set(idOf(descriptor), { descriptor, informer, end });
  }

  function refresh(): void {
    const wanted = new Map<string, ResourceDescriptor>();
    for (const descriptor of discovery()) {
      if (isFollowable(descriptor) && !wanted.has(idOf(descriptor))) wanted.set(idOf(descriptor), descriptor);
    }
    for (const [id, each] of followed) {
      if (wanted.get(id)?.version === each.descriptor.version) continue;
      followed.delete(id);
      each.end();
    }
    for (const [id, descriptor] of wanted) if (!followed.has(id)) follow(descriptor);
  }

  return {
    refresh,
    onChange: (handler) => {
      handlers.push(handler);
    },
    contentOf: (namespace) =>
      [...followed.values()]
        .filter(({ descriptor }) => descriptor.namespaced)
        .map(({ informer }) => ({ resource: informer.resource, objects: informer.lister.list(namespace) })),
    resourceOf: (owner) => {
      const { group, kind } = gvkOf(owner);
      return discovery().find((each) => each.group === group && each.kind === kind);
    },
    namespaced: () => [...followed.values()].map((each) => each.descriptor).filter((each) => each.namespaced),
    synced: async () => {
      await Promise.all([...followed.values()].map((each) => each.informer.synced()));
    },
  };
}
