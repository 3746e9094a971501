import type { KubeList, KubeObject, ObjectKey, ResourceRef } from '../meta/index.ts';

/** Who asks. `extra` as in authentication.k8s.io/v1 UserInfo. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: { readonly [key: string]: readonly string[] };
}

/** What every request may carry. */
export interface RequestOptions {
  /** Act as this user; the caller needs the verb `impersonate`. */
  readonly impersonate?: UserInfo;
  /** Gives up (rejects with the signal's reason) when aborted. */
  readonly signal?: AbortSignal;
}

/** How unknown and duplicate fields are treated; the API's default is Warn. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

interface WriteOptions extends RequestOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: FieldValidation;
}

/** Reads one object, or a subresource of it. */
export interface GetRequest extends RequestOptions {
  readonly verb: 'get';
  readonly resource: ResourceRef;
  readonly key: ObjectKey;
  readonly subresource?: string;
  readonly resourceVersion?: string;
}

/** Selection and paging of lists. Selectors are in query form. */
export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

/** Lists a resource; `namespace` `''` means all namespaces. */
export interface ListRequest extends RequestOptions, ListOptions {
  readonly verb: 'list';
  readonly resource: ResourceRef;
  readonly namespace: string;
}

/** Creates an object; with `subresource` and `name` it posts to a subresource (token, eviction, binding). */
export interface CreateRequest extends WriteOptions {
  readonly verb: 'create';
  readonly resource: ResourceRef;
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly object: KubeObject;
}

/** Replaces an object (or its status, scale). metadata.resourceVersion in `object` is the precondition. */
export interface UpdateRequest extends WriteOptions {
  readonly verb: 'update';
  readonly resource: ResourceRef;
  readonly key: ObjectKey;
  readonly subresource?: string;
  readonly object: KubeObject;
}

/** Patch dialects; `apply` is server-side apply. */
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** Changes an object by a patch. `patch` is decoded JSON: an object, or a list of operations for `json`. */
export interface PatchRequest extends WriteOptions {
  readonly verb: 'patch';
  readonly resource: ResourceRef;
  readonly key: ObjectKey;
  readonly subresource?: string;
  readonly patchType: PatchType;
  readonly patch: unknown;
  /** Only with `apply`: take over conflicting fields. */
  readonly force?: boolean;
}

/** metav1.DeleteOptions. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

/** Deletes one object. The answer is a Status or the object, as upstream answers. */
export interface DeleteRequest extends RequestOptions {
  readonly verb: 'delete';
  readonly resource: ResourceRef;
  readonly key: ObjectKey;
  readonly options?: DeleteOptions;
}

/** Deletes what a list selects. */
export interface DeleteCollectionRequest extends RequestOptions, ListOptions {
  readonly verb: 'deletecollection';
  readonly resource: ResourceRef;
  readonly namespace: string;
  readonly options?: DeleteOptions;
}

/** Every request that has one answer. */
export type KubeRequest =
  | GetRequest
  | ListRequest
  | CreateRequest
  | UpdateRequest
  | PatchRequest
  | DeleteRequest
  | DeleteCollectionRequest;

/**
 * Watches a resource from `resourceVersion` (unset or `0`: first an ADDED for each existing object). The stream ends
 * when `signal` aborts, when `timeoutSeconds` pass, or with a KubeError (reason Expired when the version is too old).
 */
export interface WatchRequest extends RequestOptions {
  readonly resource: ResourceRef;
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'NotOlderThan';
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

/** One item of a watch stream; ERROR frames become a thrown KubeError instead. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/** What a container wrote where: both streams as they came, or one of them. */
export type LogStream = 'All' | 'Stdout' | 'Stderr';

/** Reads a container's log (pods/log). */
export interface LogRequest extends RequestOptions {
  readonly key: ObjectKey;
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
  /**
   * Only what went to this stream. Servers before 1.32 ignore it and give both; later ones may refuse it as Invalid.
   * @default 'All'
   */
  readonly stream?: LogStream;
}

/**
 * A cluster as one user sees it. Answered refusals reject with KubeError; connection trouble rejects with the
 * adapter's own error. Objects that come back are shared: treat them as frozen.
 */
export interface ClusterApi {
  /** One request, one answer: an object, a list (for `list`; see `listObjects`) or a Status. */
  send(request: KubeRequest): Promise<KubeObject>;
  /** A stream of changes, in order. */
  watch(request: WatchRequest): AsyncIterable<WatchEvent>;
  /** A container's log as chunks of UTF-8 bytes. */
  logs(request: LogRequest): AsyncIterable<Uint8Array>;
}

/** The embedded control plane as its skins (HTTP, in-process) see it: the port above, with the user made explicit. */
export interface ClusterServer {
  send(user: UserInfo, request: KubeRequest): Promise<KubeObject>;
  watch(user: UserInfo, request: WatchRequest): AsyncIterable<WatchEvent>;
  logs(user: UserInfo, request: LogRequest): AsyncIterable<Uint8Array>;
}

/** `list` answers have this shape. */
export type ListAnswer<T extends KubeObject> = KubeList<T>;
