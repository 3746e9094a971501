import { equalJson } from '@argosy/std';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import { applyStandardAction, type StandardIo } from '@argosy/kube/runtime';

/** Writes a status by the subresource, with the observed resourceVersion, when it differs from the observed one. */
export async function publishStatus(
  io: StandardIo,
  resource: ResourceRef,
  change: { readonly object: KubeObject; readonly status: unknown },
): Promise<void> {
  const { object, status } = change;
  if (status === undefined || equalJson(object['status'] ?? {}, status)) return;
  await applyStandardAction({ kind: 'update-status', resource, object: { ...object, status } }, io);
}
