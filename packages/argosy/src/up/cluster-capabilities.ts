import type { RenderRequest } from '@argosy/cd/render';
import type { ControlPlane } from '@argosy/cluster/apiserver';
import { SERVER_VERSION } from '@argosy/cluster/http';

/** What the cluster tells charts of itself: its version, every group and version, and every kind with them. */
export function clusterCapabilities(plane: ControlPlane): RenderRequest['cluster'] {
  const names = new Set<string>();
  for (const { group, version, kind } of plane.discovery()) {
    const served = group === '' ? version : `${group}/${version}`;
    names.add(served).add(`${served}/${kind}`);
  }
  return { kubeVersion: SERVER_VERSION.gitVersion, apiVersions: [...names].sort() };
}
