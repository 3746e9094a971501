import { resources } from '@argosy/api';
import type { Application } from '@argosy/api/cd';
import { hasReason, keyOf, type KubeObject } from '@argosy/kube/meta';
import { patchObject, type ClusterApi } from '@argosy/kube/port';
import { createTwoWayMergePatch } from '@argosy/kube/merge';
import type { ApplicationResult } from '../engine/index.ts';

type Patch = { [key: string]: unknown };

/** The RFC 7386 patch from one value to the other; absent ones count as empty. */
function difference(from: object | undefined, to: object | undefined): object {
  return createTwoWayMergePatch(undefined, from ?? {}, to ?? {}) as object;
}

function metadataPatch(app: Application, result: ApplicationResult): Patch {
  const annotations = Object.fromEntries(
    result.dropAnnotations.filter((name) => app.metadata.annotations?.[name] !== undefined).map((name) => [name, null]),
  );
  const finalizers = app.metadata.finalizers ?? [];
  const kept = finalizers.filter((name) => !result.dropFinalizers.includes(name));
  return {
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(kept.length === finalizers.length ? {} : { finalizers: kept }),
  };
}

function operationPatch(app: Application, operation: ApplicationResult['operation']): Patch {
  if (operation === null) return app.operation === undefined ? {} : { operation: null };
  if (operation === undefined) return {};
  const patch = difference(app.operation, operation);
  return Object.keys(patch).length === 0 ? {} : { operation: patch };
}

/** The merge patch that brings an Application to the planned result; `undefined` when nothing differs. */
export function applicationPatch(app: Application, result: ApplicationResult): Patch | undefined {
  const status = difference(app.status, result.status);
  const metadata = metadataPatch(app, result);
  const patch: Patch = {
    ...operationPatch(app, result.operation),
    ...(Object.keys(status).length === 0 ? {} : { status }),
  };
  if (Object.keys(patch).length === 0 && Object.keys(metadata).length === 0) return undefined;
  return { ...patch, metadata: { ...metadata, resourceVersion: app.metadata.resourceVersion } };
}

/** Writes the result in one patch, only if something differs; gives back the Application as stored then. */
export async function publishApplication(
  api: ClusterApi,
  app: Application,
  result: ApplicationResult,
): Promise<KubeObject | undefined> {
  const patch = applicationPatch(app, result);
  if (patch === undefined) return undefined;
  try {
    const request = { resource: resources.applications, key: keyOf(app), patchType: 'merge' as const, patch };
    return await patchObject(api, { ...request, fieldManager: 'argocd-controller' });
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
