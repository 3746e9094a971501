import type { KubeObject } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import {
  applyStandardAction,
  ownKeys,
  startController,
  type Change,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import {
  planNamespaceDefaults,
  ROOT_CA_CONFIG_MAP,
  targets,
  type Namespace,
  type NamespaceDefaultsObserved,
} from '../workloads/index.ts';

/** Starts the controller that gives each namespace its ServiceAccount `default` and the root certificates. */
export function startNamespaceDefaultsController(
  context: ControllerContext,
  options: { readonly rootCa: string },
): MeasuredController {
  const namespaces = context.informers.informer<Namespace>(targets.namespaces);
  const accounts = context.informers.informer<KubeObject>(targets.serviceAccounts);
  const configMaps = context.informers.informer<KubeObject>(targets.configMaps);
  const namespaceOf = (name: string) => (change: Change) =>
    change.key.name === name ? [{ namespace: '', name: change.key.namespace }] : [];
  const reconciler: Reconciler<NamespaceDefaultsObserved, StandardAction, undefined> = {
    name: 'namespace-defaults-controller',
    observe: (key) => {
      const namespace = namespaces.lister.get(key);
      if (namespace === undefined) return undefined;
      const rootCaConfigMap = configMaps.lister.get({ namespace: key.name, name: ROOT_CA_CONFIG_MAP });
      return {
        namespace,
        hasDefaultServiceAccount: accounts.lister.get({ namespace: key.name, name: 'default' }) !== undefined,
        ...(rootCaConfigMap === undefined ? {} : { rootCaConfigMap }),
        rootCa: options.rootCa,
      };
    },
    plan: planNamespaceDefaults,
    apply: (action) => applyStandardAction(action, context),
    publish: () => Promise.resolve(),
  };
  return startController({
    context,
    reconciler,
    sources: [
      ownKeys(namespaces),
      { informer: accounts, keysOf: namespaceOf('default') },
      { informer: configMaps, keysOf: namespaceOf(ROOT_CA_CONFIG_MAP) },
    ],
  });
}
