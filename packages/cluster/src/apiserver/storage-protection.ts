import type { KubeObject } from '@argosy/kube/meta';
import { part, parts, textAt, type Draft } from './draft.ts';
import type { ApiState } from './state.ts';

/** Keeps a claim until no pod uses it. */
export const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection';
/** Keeps a volume until no claim is bound to it. */
export const VOLUME_PROTECTION = 'kubernetes.io/pv-protection';

const CLAIMS = '/persistentvolumeclaims';

function usesClaim(pod: KubeObject, claim: string): boolean {
  const tree = pod as unknown as Draft;
  const phase = textAt(part(tree, 'status'), 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return false;
  return parts(part(tree, 'spec'), 'volumes').some((volume) => {
    return textAt(part(volume, 'persistentVolumeClaim'), 'claimName') === claim;
  });
}

/** True when no pod that still runs (or will) uses the claim. */
export function isClaimFree(state: ApiState, claim: KubeObject): boolean {
  const { namespace = '', name } = claim.metadata;
  return !state.store.list('/pods', namespace).some((stored) => usesClaim(state.store.tree(stored), name));
}

/** The finalizers of something that is being deleted, without protection from what does not use it. */
export function withoutProtection(
  state: ApiState,
  storage: string,
  given: { readonly live: KubeObject; readonly finalizers: readonly string[] },
): readonly string[] {
  const { live, finalizers } = given;
  if (storage === CLAIMS && finalizers.includes(CLAIM_PROTECTION) && isClaimFree(state, live)) {
    return finalizers.filter((name) => name !== CLAIM_PROTECTION);
  }
  if (storage !== '/persistentvolumes') return finalizers;
  const isBound = textAt(part(live as unknown as Draft, 'status'), 'phase') === 'Bound';
  return isBound ? finalizers : finalizers.filter((name) => name !== VOLUME_PROTECTION);
}
