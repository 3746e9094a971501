import type { KubeObject, ResourceRef } from '@argosy/kube/meta';

/** Namespaces that exist from the first start. */
export const BUILT_IN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

/** An object to create at the first start, and where. */
export interface BootstrapObject {
  readonly resource: ResourceRef;
  readonly namespace: string;
  readonly object: KubeObject;
}

function createOf(ref: ResourceRef, object: KubeObject): BootstrapObject {
  return { resource: ref, namespace: object.metadata.namespace ?? '', object };
}

const ref = (group: string, version: string, resource: string): ResourceRef => ({ group, version, resource });

function priorityClass(name: string, value: number, description: string): BootstrapObject {
  return createOf(ref('scheduling.k8s.io', 'v1', 'priorityclasses'), {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description,
  });
}

/** What a new cluster holds before anybody acts: the namespaces (each brings its ServiceAccount) and system priorities. */
export function bootstrapObjects(): readonly BootstrapObject[] {
  const namespaces = BUILT_IN_NAMESPACES.map((name) =>
    createOf(ref('', 'v1', 'namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  );
  return [
    ...namespaces,
    priorityClass('system-cluster-critical', 2_000_000_000, 'Pods that the cluster cannot do without.'),
    priorityClass('system-node-critical', 2_000_001_000, 'Pods that a node cannot do without.'),
  ];
}
