import type { KubeObject, ObjectKey, ResourceRef } from '../meta/index.ts';
import type { DeleteOptions, PatchType } from '../port/index.ts';

/** A KubeEvent to record on an object. `reason` is CamelCase and equals the condition's reason where there is one. */
export interface KubeEventRecord {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/**
 * The planned writes that `kube/runtime` can perform for any controller. Frozen data.
 * `create` treats AlreadyExists as done (names are deterministic). `update` and `update-status` carry the observed
 * resourceVersion inside `object`. `delete` treats NotFound as done. With `subresource` a `create` posts to it under the
 * object's own name (binding, eviction) and an `update` replaces it (finalize, scale).
 */
export type StandardAction =
  | {
      readonly kind: 'create';
      readonly resource: ResourceRef;
      readonly object: KubeObject;
      readonly subresource?: string;
    }
  | {
      readonly kind: 'update';
      readonly resource: ResourceRef;
      readonly object: KubeObject;
      readonly subresource?: string;
    }
  | { readonly kind: 'update-status'; readonly resource: ResourceRef; readonly object: KubeObject }
  | {
      readonly kind: 'patch';
      readonly resource: ResourceRef;
      readonly key: ObjectKey;
      readonly patchType: PatchType;
      readonly patch: unknown;
      readonly subresource?: string;
    }
  | {
      readonly kind: 'delete';
      readonly resource: ResourceRef;
      readonly key: ObjectKey;
      readonly options?: DeleteOptions;
    }
  | { readonly kind: 'record-event'; readonly about: KubeObject; readonly event: KubeEventRecord };
