import type { KubeObject } from '@argosy/kube/meta';
import { settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import type { Namespace } from './kinds.ts';
import { targets } from './resources.ts';

/** Holds the certificates that pods trust the API server by. */
export const ROOT_CA_CONFIG_MAP = 'kube-root-ca.crt';

/** What the planner sees of one namespace. */
export interface NamespaceDefaultsObserved {
  readonly namespace: Namespace;
  readonly hasDefaultServiceAccount: boolean;
  readonly rootCaConfigMap?: KubeObject;
  /** PEM text; empty when the API server has no certificate of its own to trust. */
  readonly rootCa: string;
}

/** Sees to it that each namespace has the ServiceAccount `default` and the ConfigMap with the root certificates. */
export function planNamespaceDefaults(seen: NamespaceDefaultsObserved, _env: PlanEnv): Plan<StandardAction, undefined> {
  const { namespace } = seen;
  const isGoing = namespace.metadata.deletionTimestamp !== undefined || namespace.status?.phase === 'Terminating';
  if (isGoing) return { actions: [], status: undefined, next: settled };
  const actions = [...serviceAccount(seen), ...rootCaConfigMap(seen)];
  return { actions, status: undefined, next: settled };
}

function serviceAccount({ namespace, hasDefaultServiceAccount }: NamespaceDefaultsObserved): readonly StandardAction[] {
  if (hasDefaultServiceAccount) return [];
  const metadata = { name: 'default', namespace: namespace.metadata.name };
  const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
  return [{ kind: 'create', resource: targets.serviceAccounts, object }];
}

function rootCaConfigMap({ namespace, rootCaConfigMap: stored, rootCa }: NamespaceDefaultsObserved) {
  const data = { 'ca.crt': rootCa };
  if (stored === undefined) {
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: ROOT_CA_CONFIG_MAP,
        namespace: namespace.metadata.name,
        annotations: {
          'kubernetes.io/description':
            'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints.',
        },
      },
      data,
    };
    return [{ kind: 'create', resource: targets.configMaps, object } as const];
  }
  const current = stored['data'] as { readonly [key: string]: unknown } | undefined;
  if (current?.['ca.crt'] === rootCa && Object.keys(current).length === 1) return [];
  return [{ kind: 'update', resource: targets.configMaps, object: { ...stored, data } } as const];
}
