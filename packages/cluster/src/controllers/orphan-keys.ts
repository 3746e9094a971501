import {
  controllerOf,
  keyOf,
  matchesLabels,
  selectorFromSpec,
  type KubeObject,
  type LabelSelectorSpec,
  type ObjectKey,
} from '@argosy/kube/meta';
import type { Informer } from '@argosy/kube/runtime';
import type { ControllerSource } from '@argosy/kube/runtime';

interface Selecting extends KubeObject {
  readonly spec: { readonly selector?: LabelSelectorSpec };
}

/** Wakes the owners in the same namespace whose selector matches a changed child that nobody controls. */
export function orphanKeys<T extends Selecting>(children: Informer, owners: Informer<T>): ControllerSource {
  return {
    informer: children,
    keysOf: ({ after }) => {
      if (after === undefined || controllerOf(after) !== undefined) return [];
      return matching(after, owners);
    },
  };
}

function matching<T extends Selecting>(child: KubeObject, owners: Informer<T>): ObjectKey[] {
  return owners.lister
    .list(child.metadata.namespace ?? '')
    .filter(
      ({ spec }) =>
        spec.selector !== undefined && matchesLabels(selectorFromSpec(spec.selector), child.metadata.labels),
    )
    .map(keyOf);
}
