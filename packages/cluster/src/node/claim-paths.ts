import { resources } from '@argosy/api';
import { getPath } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { getObjectOrUndefined } from '@argosy/kube/port';
import type { ControllerContext, Informer } from '@argosy/kube/runtime';

/** Where a claim's folder is, or the sentence why it is not there (yet). */
export type ClaimPlace =
  /** `isOwn`: below the folder that the cluster makes volumes in. */
  { readonly path: string; readonly isOwn: boolean } | { readonly fault: string };

const textAt = (object: KubeObject, ...path: readonly string[]): string => {
  const value = getPath(object, path);
  return typeof value === 'string' ? value : '';
};

/** Finds the folders behind PersistentVolumeClaims: from the claim to its volume to a path of this machine. */
export class ClaimPaths {
  readonly #context: ControllerContext;
  readonly #claims: Informer;
  readonly #root: string | undefined;

  /** `root`: where the cluster makes folders for claims; volumes elsewhere must lie in folders that hostPath may name. */
  constructor(context: ControllerContext, root: string | undefined) {
    this.#context = context;
    this.#claims = context.informers.informer(resources.persistentVolumeClaims);
    this.#root = root;
  }

  /** Resolves when the local copy of the claims is complete. */
  synced(): Promise<void> {
    return this.#claims.synced();
  }

  /** Calls `wake` with namespace and name of every claim that changes. Returns the way out. */
  onChange(wake: (namespace: string, claim: string) => void): () => void {
    return this.#claims.onChange(({ key }) => wake(key.namespace, key.name));
  }

  /** The place of a claim as it is now. @throws KubeError when the API cannot be asked. */
  async find(namespace: string, name: string): Promise<ClaimPlace> {
    const { api } = this.#context;
    const key = { namespace, name };
    const claim =
      this.#claims.lister.get(key) ??
      (await getObjectOrUndefined(api, { resource: resources.persistentVolumeClaims, key }));
    if (claim === undefined) return { fault: `persistentvolumeclaim "${name}" not found` };
    if (claim.metadata.deletionTimestamp !== undefined)
      return { fault: `persistentvolumeclaim "${name}" is being deleted` };
    const volumeName = textAt(claim, 'spec', 'volumeName');
    const phase = textAt(claim, 'status', 'phase');
    if (phase !== 'Bound') return { fault: `persistentvolumeclaim "${name}" is ${phase || 'Pending'}, not Bound` };
    const volume = await getObjectOrUndefined(api, {
      resource: resources.persistentVolumes,
      key: { namespace: '', name: volumeName },
    });
    return volume === undefined ? { fault: `persistentvolume "${volumeName}" not found` } : this.#place(volume);
  }

  #place(volume: KubeObject): ClaimPlace {
    const path = textAt(volume, 'spec', 'hostPath', 'path') || textAt(volume, 'spec', 'local', 'path');
    if (path === '') {
      return {
        fault: `persistentvolume "${volume.metadata.name}" is not a folder of this machine (hostPath or local)`,
      };
    }
    const isOwn = this.#root !== undefined && path.startsWith(`${this.#root}/`) && !path.split('/').includes('..');
    return { path, isOwn };
  }
}

/** The claims that a pod mounts. */
export function claimNames(pod: KubeObject): readonly string[] {
  const volumes = getPath(pod, ['spec', 'volumes']);
  return (Array.isArray(volumes) ? volumes : []).flatMap((volume: unknown) => {
    const name = getPath(volume, ['persistentVolumeClaim', 'claimName']);
    return typeof name === 'string' ? [name] : [];
  });
}
