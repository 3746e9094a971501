import { isObject } from '@argosy/std';
import { resources } from '@argosy/api';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import { getObjectOrUndefined } from '@argosy/kube/port';
import type { ControllerContext, Informer } from '@argosy/kube/runtime';
import type { ObjectData, PodObjects, ServiceAddress } from './environment.ts';
import type { Pod } from './pod-types.ts';
import { referencesOf } from './volume-files.ts';

function decoded(value: unknown, encoding: 'utf8' | 'base64'): readonly (readonly [string, Buffer])[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, text]) =>
    typeof text === 'string' ? [[key, Buffer.from(text, encoding)] as const] : [],
  );
}

function dataOf(object: KubeObject): ObjectData {
  if (object.kind === 'Secret') return new Map(decoded(object['data'], 'base64'));
  return new Map([...decoded(object['data'], 'utf8'), ...decoded(object['binaryData'], 'base64')]);
}

function isServicePort(value: unknown): value is ServiceAddress['ports'][number] {
  return isObject(value) && typeof value['port'] === 'number';
}

/** A Service as its namespace's pods see it. */
export function serviceAddress(service: KubeObject): ServiceAddress {
  const spec = isObject(service['spec']) ? service['spec'] : {};
  const ports: readonly unknown[] = Array.isArray(spec['ports']) ? spec['ports'] : [];
  const clusterIp = typeof spec['clusterIP'] === 'string' ? spec['clusterIP'] : '';
  return { name: service.metadata.name, clusterIp, ports: ports.filter(isServicePort) };
}

/** Reads the ConfigMaps, Secrets and Services that pods refer to: from informers, and from the API on a miss. */
export class PodObjectReader {
  readonly #context: ControllerContext;
  readonly #configMaps: Informer;
  readonly #secrets: Informer;
  readonly #services: Informer;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#configMaps = context.informers.informer(resources.configMaps);
    this.#secrets = context.informers.informer(resources.secrets);
    this.#services = context.informers.informer(resources.services);
  }

  /** Resolves when all local copies are complete. */
  async synced(): Promise<void> {
    await Promise.all([this.#configMaps.synced(), this.#secrets.synced(), this.#services.synced()]);
  }

  /** Calls `wake` with the namespace of every ConfigMap or Secret that changes. Returns the way out. */
  onChange(wake: (namespace: string) => void): () => void {
    const leave = [this.#configMaps, this.#secrets].map((informer) =>
      informer.onChange((change) => wake(change.key.namespace)),
    );
    return () => leave.forEach((out) => out());
  }

  /** Everything `pod` refers to, as it is now. */
  async read(pod: Pod): Promise<PodObjects> {
    const namespace = pod.metadata.namespace ?? '';
    const { configMaps, secrets } = referencesOf(pod);
    const isLinked = pod.spec.enableServiceLinks !== false;
    return {
      configMaps: await this.#readAll(this.#configMaps, resources.configMaps, { namespace, names: configMaps }),
      secrets: await this.#readAll(this.#secrets, resources.secrets, { namespace, names: secrets }),
      services: isLinked ? this.#services.lister.list(namespace).map(serviceAddress) : [],
    };
  }

  async #readAll(
    informer: Informer,
    resource: ResourceRef,
    wanted: { readonly namespace: string; readonly names: readonly string[] },
  ): Promise<ReadonlyMap<string, ObjectData>> {
    const found = new Map<string, ObjectData>();
    for (const name of wanted.names) {
      const key = { namespace: wanted.namespace, name };
      // The local copy may lag behind the pod that refers to it: a miss is asked again at the source.
      const object = informer.lister.get(key) ?? (await getObjectOrUndefined(this.#context.api, { resource, key }));
      if (object !== undefined) found.set(name, dataOf(object));
    }
    return found;
  }
}
