import type { KubeObject, ObjectKey, ResourceRef } from '@argosy/kube/meta';
import type { ClusterServer, KubeRequest, RequestOptions, UserInfo, WatchRequest } from '@argosy/kube/port';
import type { ContainerSession, DialOrder, ExecOrder, NodeGateway, PodStream, SessionOrder } from './node-gateway.ts';

/** A served resource, as discovery tells it. One entry per group, version and resource. */
export interface ResourceDescriptor extends ResourceRef {
  readonly kind: string;
  readonly listKind: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly SubresourceDescriptor[];
  /** True for kinds that come from a CustomResourceDefinition. */
  readonly custom: boolean;
}

/** A subresource; group, version and kind differ from the parent's for scale, eviction and token. */
export interface SubresourceDescriptor {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** An answered request with what a wire skin needs beside the object. */
export interface ApiAnswer {
  /** 200 or 201. */
  readonly code: number;
  readonly object: KubeObject;
  /** The object's JSON as stored bytes, when they exist already; shared, never written to. */
  readonly bytes?: Uint8Array;
  /** Texts for `Warning` headers. */
  readonly warnings: readonly string[];
  /** Facts for the audit log, by key. */
  readonly annotations?: ReadonlyMap<string, string>;
}

/** One change as a watcher gets it. `bytes` is the object's JSON, encoded once for all watchers. */
export interface WatchFrame {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly bytes: Uint8Array;
  /** Parses on first call and remembers. */
  readonly object: () => KubeObject;
}

/** Where an open watch delivers. */
export interface WatchSink {
  /** Returns false when the receiver cannot keep up: the watch is then ended by the server. */
  readonly push: (frame: WatchFrame) => boolean;
  /** Called once: `error` is a KubeError (410 and so on) or undefined for a clean end. */
  readonly end: (error?: Error) => void;
}

/** What an authorizer is asked. `path` is set for non-resource requests, then the other fields are empty. */
export interface AccessAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path?: string;
}

/** Decides whether a user may do a thing. Deny by default. */
export interface Authorizer {
  authorize(user: UserInfo, attributes: AccessAttributes): { readonly allowed: boolean; readonly reason: string };
}

/** A stream into a pod, as its client asks for it. */
export interface PodStreamRequest extends RequestOptions {
  readonly key: ObjectKey;
  /** `get` when the client came by GET, `create` by POST: what the caller must be allowed on the subresource. */
  readonly verb: 'get' | 'create';
}

/** An exec or attach; an empty container name means the default or only one. */
export interface SessionRequest extends PodStreamRequest {
  readonly container: string;
}

/** metav1.Table, as kubectl asks for it. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: { readonly [field: string]: unknown };
  readonly columnDefinitions: readonly TableColumn[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: unknown }[];
}

/** One column of a Table. */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** The embedded control plane with everything a wire skin needs. `ClusterServer` is the part for plain callers. */
export interface ControlPlane extends ClusterServer {
  /** Like `send`, with code, bytes and warnings. Resolves only when what it tells is durable. */
  answer(user: UserInfo, request: KubeRequest): Promise<ApiAnswer>;
  /** Opens a watch that pushes; returns the way out. Throws KubeError when refused. */
  openWatch(user: UserInfo, request: WatchRequest, sink: WatchSink): () => void;
  /** All served resources in priority order (core first); changes when CRDs are established or removed. */
  discovery(): readonly ResourceDescriptor[];
  /** Grows with every change of `discovery()`. */
  discoveryRevision(): number;
  /** The published OpenAPI v3 schema of a kind (components.schemas value), if it has one. */
  openApiSchema(resource: ResourceRef): { readonly [field: string]: unknown } | undefined;
  /** Rows for objects of one resource. Cells follow upstream's columns; ages are computed from `now`. */
  table(resource: ResourceRef, objects: readonly KubeObject[]): Table;
  /** Throws KubeError Forbidden when not allowed. */
  demand(user: UserInfo, attributes: AccessAttributes): void;
  /** Runs a command in a container. Rejects with KubeError before anything has begun. */
  exec(user: UserInfo, request: SessionRequest, order: ExecOrder): Promise<ContainerSession>;
  /** Joins the main process of a container. Rejects with KubeError before anything has begun. */
  attach(user: UserInfo, request: SessionRequest, order: SessionOrder): Promise<ContainerSession>;
  /**
   * Allows connections to a pod's ports, once for all of them; each call of what it gives opens one.
   * Rejects with KubeError when the caller may not or the pod does not run.
   */
  forward(user: UserInfo, request: PodStreamRequest): Promise<(order: DialOrder) => Promise<PodStream>>;
  /** Connects the node agent. */
  connectNode(gateway: NodeGateway): void;
  /** True while writes are accepted; false with a sentence when the disk refuses. */
  health(): { readonly ready: boolean; readonly message: string };
  close(): Promise<void>;
}

/** One committed change, as the log keeps it. `bytes` is absent for deletions. */
export interface CommitRecord {
  readonly resourceVersion: number;
  /** `group/resource/namespace/name`. */
  readonly key: string;
  readonly bytes?: Uint8Array;
}

/** The durable log behind the store: the one thing the control plane needs of a disk. */
export interface CommitLog {
  /** Everything stored, in any order, and the highest resourceVersion ever committed (deletions included). */
  load(): Promise<{ readonly resourceVersion: number; readonly records: readonly CommitRecord[] }>;
  /**
   * Makes the records durable, all or none, in order; concurrent calls are grouped into one flush.
   * Rejects with a typed CommitError when the disk refuses (full, read-only, gone): nothing of the batch is then kept.
   */
  append(records: readonly CommitRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Identifies a stored object: its resource and key as one text. */
export function storeKey(resource: { readonly group: string; readonly resource: string }, key: ObjectKey): string {
  return `${resource.group}/${resource.resource}/${key.namespace}/${key.name}`;
}
