import { compareText } from '@argosy/std';
import { parseApiVersion, type KubeObject } from '@argosy/kube/meta';

/** Names one managed resource independently of the API version; `namespace` is `''` for cluster-scoped kinds. */
export interface ResourceKey {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The key of an object as it stands: its own namespace, `''` when it has none. */
export function resourceKeyOf(object: KubeObject): ResourceKey {
  return {
    group: parseApiVersion(object.apiVersion).group,
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
  };
}

/** `group/kind/namespace/name`: a text that is unique per key. */
export function resourceKeyText(key: ResourceKey): string {
  return `${key.group}/${key.kind}/${key.namespace}/${key.name}`;
}

/** The order of status.resources: group, kind, namespace, name. */
export function compareResourceKeys(a: ResourceKey, b: ResourceKey): number {
  return (
    compareText(a.group, b.group) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}

/** `apps/v1|Deployment`: how a kind table is indexed. */
export function kindKey(object: { readonly apiVersion: string; readonly kind: string }): string {
  return `${object.apiVersion}|${object.kind}`;
}
