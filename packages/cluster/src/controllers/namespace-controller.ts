import { keyOf, type ObjectKey } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import { listObjects } from '@argosy/kube/port';
import {
  applyStandardAction,
  ownKeys,
  startController,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import {
  planNamespace,
  targets,
  type Namespace,
  type NamespaceContent,
  type NamespaceObserved,
  type NamespaceStatus,
} from '../workloads/index.ts';
import type { MetadataWatch } from './metadata-watch.ts';
import { publishStatus } from './publish.ts';

type Listed = { readonly content: readonly NamespaceContent[]; readonly failures: readonly string[] };

function fromCopies(watch: MetadataWatch, namespace: string): readonly NamespaceContent[] {
  return watch
    .contentOf(namespace)
    .filter(({ objects }) => objects.length > 0)
    .map(({ resource, objects }) => ({
      resource,
      objects: objects.map((object) => ({
        key: keyOf(object),
        isDeleting: object.metadata.deletionTimestamp !== undefined,
        finalizers: object.metadata.finalizers ?? [],
      })),
    }));
}

/** Before a namespace is let go the server itself is asked: a copy that is behind must not lose an object. */
async function fromServer(context: ControllerContext, watch: MetadataWatch, namespace: string): Promise<Listed> {
  const content: NamespaceContent[] = [];
  const failures: string[] = [];
  for (const { group, version, resource: name } of watch.namespaced()) {
    const resource = { group, version, resource: name };
    try {
      const { items } = await listObjects(context.api, { resource, namespace });
      const objects = items.map((item) => ({
        key: { namespace, name: item.metadata.name },
        isDeleting: item.metadata.deletionTimestamp !== undefined,
        finalizers: item.metadata.finalizers ?? [],
      }));
      if (objects.length > 0) content.push({ resource, objects });
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : 'not listed'}`);
    }
  }
  return { content, failures };
}

/** Starts the controller that empties namespaces which are being deleted. */
export function startNamespaceController(context: ControllerContext, watch: MetadataWatch): MeasuredController {
  const namespaces = context.informers.informer<Namespace>(targets.namespaces);
  const reconciler: Reconciler<NamespaceObserved, StandardAction, NamespaceStatus | undefined> = {
    name: 'namespace-controller',
    observe: async (key) => {
      const namespace = namespaces.lister.get(key);
      if (namespace === undefined) return undefined;
      if (namespace.metadata.deletionTimestamp === undefined) return { namespace, content: [], failures: [] };
      const content = fromCopies(watch, key.name);
      if (content.length > 0) return { namespace, content, failures: [] };
      return { namespace, ...(await fromServer(context, watch, key.name)) };
    },
    plan: planNamespace,
    apply: (action) => applyStandardAction(action, context),
    publish: (seen, status) => publishStatus(context, targets.namespaces, { object: seen.namespace, status }),
  };
  const controller = startController({ context, reconciler, sources: [ownKeys(namespaces)] });
  watch.onChange((descriptor, change) => {
    if (!descriptor.namespaced || change.after !== undefined) return;
    const key: ObjectKey = { namespace: '', name: change.key.namespace };
    if (namespaces.lister.get(key)?.metadata.deletionTimestamp !== undefined) controller.enqueue(key);
  });
  return controller;
}
