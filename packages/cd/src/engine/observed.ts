import type { TimeZones } from '@argosy/lang/cron';
import type { DurationMs, Instant } from '@argosy/std';
import type { Application, AppProject, ApplicationSource } from '@argosy/api/cd';
import type { KubeObject, ObjectKey, ResourceRef } from '@argosy/kube/meta';
import type { KubeEventRecord } from '@argosy/kube/plan';
import type { IgnoreRules } from './ignore-differences.ts';
import type { ResourceKey } from './resource-key.ts';
import type { ResourceSettings } from './settings/index.ts';

/** Where a kind is served and whether it lives in namespaces; `null`: the cluster does not know the kind. */
export type KindInfo = { readonly resource: ResourceRef; readonly namespaced: boolean } | null;

/** Kinds by `apiVersion|kind`; a kind that is missing has not been looked up. */
export type KindTable = { readonly [kind: string]: KindInfo };

/** What shall be resolved and rendered. Two requests with the same id are the same work. */
export interface ManifestRequest {
  readonly id: string;
  /** Names the sources and their revisions as asked, without the refresh token. */
  readonly sourceId: string;
  /** The refresh request that this load answers; `''` for a periodic one. */
  readonly token: string;
  readonly sources: readonly ApplicationSource[];
  /** The revision asked for, per source: a branch, tag, SHA, or `''` for HEAD. */
  readonly revisions: readonly string[];
  readonly appName: string;
  /** Bypass cached manifests. */
  readonly hard: boolean;
}

/** What came of a request. Objects are as rendered, Secrets sealed. */
export type ManifestOutcome = {
  readonly request: ManifestRequest;
  readonly at: Instant;
  /** Failures in a row, this one included; 0 after a success. */
  readonly failures: number;
} & (
  | {
      readonly ok: true;
      readonly revisions: readonly string[];
      readonly sourceTypes: readonly string[];
      readonly objects: readonly KubeObject[];
    }
  | { readonly ok: false; readonly reason: string; readonly message: string }
);

/** The cache entry that the planner sees: work under way, and the last result. */
export interface ManifestSlot {
  /** The id of the request being worked on. */
  readonly inFlight?: string;
  readonly outcome?: ManifestOutcome;
}

/** What one task of a sync came to, as told by the cluster. */
export interface TaskOutcome {
  readonly taskId: string;
  readonly dryRun: boolean;
  readonly ok: boolean;
  readonly message: string;
}

/** Numbers and names that an engine is run with. */
export interface EngineSettings {
  /** The control-plane namespace. */
  readonly namespace: string;
  readonly pollIntervalMs: DurationMs;
  readonly pollJitterMs: DurationMs;
  /** The first delay after a failed load; it doubles up to the poll interval. */
  readonly loadRetryMs: DurationMs;
  /** How long a custom resource waits for its definition to be served. */
  readonly definitionWaitMs: DurationMs;
  /** What the installation's settings say about resources; absent: nothing. */
  readonly resources?: ResourceSettings;
  /** Where the time zones of sync windows come from. */
  readonly zones: TimeZones;
}

/** Everything that a round knows about one Application. */
export interface ApplicationObserved {
  readonly app: Application;
  readonly project?: AppProject;
  /** Manifests of the spec's sources. */
  readonly manifests: ManifestSlot;
  /** Manifests of the running operation, when it asks for other ones. */
  readonly operationManifests: ManifestSlot;
  /** Live objects that this Application tracks or desires, Secrets sealed. */
  readonly live: readonly KubeObject[];
  readonly kinds: KindTable;
  readonly outcomes: readonly TaskOutcome[];
  /** How many objects of its namespace belong to nobody; absent: its project does not ask. */
  readonly orphans?: number;
  readonly settings: EngineSettings;
}

/** How an object is brought to the cluster. */
export type ApplyMode = 'client-side' | 'server-side' | 'replace';

/** One object to apply. */
export interface ApplyTask {
  readonly id: string;
  readonly resource: ResourceRef;
  readonly key: ObjectKey;
  readonly object: KubeObject;
  readonly mode: ApplyMode;
  /** Delete and create again when a field cannot be changed. */
  readonly force: boolean;
  readonly validate: boolean;
  /** Fields that keep their live value. */
  readonly keeps?: IgnoreRules;
}

/** One object to delete; `uid` guards against deleting a successor. */
export interface DeleteTarget {
  readonly taskId?: string;
  readonly resource: ResourceRef;
  readonly key: ObjectKey;
  readonly uid?: string;
  readonly propagationPolicy: 'Foreground' | 'Background' | 'Orphan';
}

/** What an Application's planner can ask for. Tasks inside one action are independent of each other. */
export type ApplicationAction =
  | { readonly kind: 'load-manifests'; readonly slot: 'spec' | 'operation'; readonly request: ManifestRequest }
  | { readonly kind: 'dry-run-resources'; readonly tasks: readonly ApplyTask[] }
  | { readonly kind: 'apply-resources'; readonly tasks: readonly ApplyTask[] }
  | { readonly kind: 'delete-resources'; readonly targets: readonly DeleteTarget[] }
  | { readonly kind: 'forget-outcomes' }
  | { readonly kind: 'record-event'; readonly event: KubeEventRecord };

/** What is written back to the Application in one patch. `null` removes. */
export interface ApplicationResult {
  readonly status: Application['status'];
  readonly operation: Application['operation'] | null;
  /** Annotations to take away. */
  readonly dropAnnotations: readonly string[];
  /** Finalizers to take away. */
  readonly dropFinalizers: readonly string[];
}

/** A rendered object brought into the form in which it will be applied. */
export interface DesiredResource {
  readonly key: ResourceKey;
  readonly object: KubeObject;
  /** `undefined`: the cluster does not serve the kind. */
  readonly resource: ResourceRef | undefined;
}
