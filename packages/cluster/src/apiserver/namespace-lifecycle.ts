import { kubeError, type ObjectKey } from '@argosy/kube/meta';
import { notFound } from './errors.ts';
import type { ServedResource } from './resource.ts';
import type { ApiState } from './state.ts';

/** Where Namespaces are stored. */
export const NAMESPACES = '/namespaces';

/** Admission NamespaceLifecycle for creates: the namespace must exist and not be terminating. */
export function demandLiveNamespace(state: ApiState, resource: ServedResource, key: ObjectKey): void {
  const namespace = state.store.get(NAMESPACES, '', key.namespace);
  if (namespace === undefined) throw notFound({ group: '', resource: 'namespaces' }, key.namespace);
  if (namespace.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${key.namespace} because it is being terminated`;
  const subject = resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`;
  throw kubeError('Forbidden', `${subject} "${key.name}" is forbidden: ${why}`, {
    details: {
      name: key.name,
      group: resource.group,
      kind: resource.resource,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${key.namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  });
}
