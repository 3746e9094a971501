import { hasReason, type KubeObject, type ResourceRef } from '@argosy/kube/meta';
import type { ControlPlane, WatchSink } from '../apiserver/index.ts';
import { bootstrapRbacObjects, planAggregation, type RbacAuthorizer } from '../authz/index.ts';
import { SERVER_USER } from './authenticate.ts';

const GROUP = 'rbac.authorization.k8s.io';
const RESOURCES = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'] as const;

/** A followed authorizer. */
export interface RbacFollower {
  /** Stops following; the authorizer keeps what it knows. */
  close(): void;
}

/** What following needs. */
export interface FollowRbacOptions {
  readonly plane: ControlPlane;
  readonly authorizer: RbacAuthorizer;
  /** Create the default roles and bindings that are missing. @default true */
  readonly bootstrap?: boolean;
}

const refOf = (resource: string): ResourceRef => ({ group: GROUP, version: 'v1', resource });
const resourceOf = (object: KubeObject): string => `${object.kind.toLowerCase()}s`;

async function createMissing(plane: ControlPlane): Promise<void> {
  const creations = bootstrapRbacObjects().map(async (object) => {
    try {
      await plane.send(SERVER_USER, { verb: 'create', resource: refOf(resourceOf(object)), namespace: '', object });
    } catch (error) {
      // An existing object is the administrator's: it may have been changed on purpose.
      if (!hasReason(error, 'AlreadyExists')) throw error;
    }
  });
  await Promise.all(creations);
}

/** Writes the rules of aggregated roles until nothing is left to write. Each pass settles one level of aggregation. */
async function writeAggregation(plane: ControlPlane): Promise<void> {
  const list = await plane.send(SERVER_USER, { verb: 'list', resource: refOf('clusterroles'), namespace: '' });
  const changed = planAggregation(list['items'] as readonly KubeObject[]);
  if (changed.length === 0) return;
  for (const object of changed) {
    const key = { namespace: '', name: object.metadata.name };
    await plane.send(SERVER_USER, { verb: 'update', resource: refOf('clusterroles'), key, object });
  }
  await writeAggregation(plane);
}

async function followResource(
  options: FollowRbacOptions,
  resource: ResourceRef,
  stops: Set<() => void>,
): Promise<void> {
  const { plane, authorizer } = options;
  const list = await plane.send(SERVER_USER, { verb: 'list', resource, namespace: '' });
  for (const object of list['items'] as readonly KubeObject[]) authorizer.apply({ type: 'upsert', object });
  const version = (list.metadata as { readonly resourceVersion?: string }).resourceVersion ?? '0';
  const sink: WatchSink = {
    push: (frame) => {
      if (frame.type !== 'BOOKMARK') {
        authorizer.apply({ type: frame.type === 'DELETED' ? 'delete' : 'upsert', object: frame.object() });
      }
      return true;
    },
    end: () => undefined,
  };
  stops.add(plane.openWatch(SERVER_USER, { resource, namespace: '', resourceVersion: version }, sink));
}

/**
 * Keeps an authorizer in step with the RBAC objects of a control plane, from the default ones on. Resolves when the
 * authorizer knows everything that is stored.
 */
export async function followRbac(options: FollowRbacOptions): Promise<RbacFollower> {
  const stops = new Set<() => void>();
  if (options.bootstrap ?? true) await createMissing(options.plane);
  for (const resource of RESOURCES) await followResource(options, refOf(resource), stops);
  if (options.bootstrap ?? true) await writeAggregation(options.plane);
  return {
    close: () => {
      for (const stop of stops) stop();
    },
  };
}
