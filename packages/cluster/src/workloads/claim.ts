import { assert } from '@argosy/std';
import {
  controllerOf,
  controllerRef,
  keyOf,
  matchesLabels,
  type KubeObject,
  type LabelSelector,
  type ResourceRef,
} from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import { withoutOwner } from './pods.ts';

/** Children of an owner, and the writes that make the owner references say so. */
export interface Claims<T extends KubeObject> {
  readonly owned: readonly T[];
  readonly actions: readonly StandardAction[];
}

/** The change of owner references, refused by the server when the child has changed since it was observed. */
function ownersPatch(resource: ResourceRef, child: KubeObject, owners: readonly unknown[]): StandardAction {
  const { uid, resourceVersion } = child.metadata;
  const patch = { metadata: { uid, resourceVersion, ownerReferences: owners } };
  return { kind: 'patch', resource, key: keyOf(child), patchType: 'merge', patch };
}

/**
 * Adoption and release: a child whose labels match and that nobody controls is adopted; one of ours whose labels no
 * longer match is released. An owner that is being deleted does neither. Children of other controllers are left alone.
 */
export function claimChildren<T extends KubeObject>(
  owner: KubeObject,
  selector: LabelSelector | undefined,
  children: { readonly resource: ResourceRef; readonly objects: readonly T[] },
): Claims<T> {
  const uid = owner.metadata.uid ?? '';
  assert(uid !== '', 'an owner that claims children is stored');
  const claims: { owned: T[]; actions: StandardAction[] } = { owned: [], actions: [] };
  for (const child of children.objects) {
    const matches = selector === undefined || matchesLabels(selector, child.metadata.labels);
    const verdict = judgeChild(owner, child, { matches, canAdopt: selector !== undefined });
    if (verdict === 'ours' || verdict === 'adopt') claims.owned.push(child);
    if (verdict === 'adopt') {
      const owners = [...(child.metadata.ownerReferences ?? []), controllerRef(owner)];
      claims.actions.push(ownersPatch(children.resource, child, owners));
    }
    if (verdict === 'release') claims.actions.push(ownersPatch(children.resource, child, withoutOwner(child, uid)));
  }
  return claims;
}

const isAlive = (object: KubeObject): boolean => object.metadata.deletionTimestamp === undefined;

function judgeChild(
  owner: KubeObject,
  child: KubeObject,
  facts: { readonly matches: boolean; readonly canAdopt: boolean },
): 'ours' | 'adopt' | 'release' | 'leave' {
  const controller = controllerOf(child);
  const mayChange = isAlive(owner) && isAlive(child);
  if (controller?.uid === owner.metadata.uid) {
    if (facts.matches) return 'ours';
    return mayChange ? 'release' : 'leave';
  }
  return controller === undefined && facts.canAdopt && facts.matches && mayChange ? 'adopt' : 'leave';
}
