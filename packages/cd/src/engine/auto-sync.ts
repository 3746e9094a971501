import { equalJson, milliseconds, parseTime, type Instant } from '@argosy/std';
import type { Application, Operation, OperationState, SyncOperation } from '@argosy/api/cd';
import { requeue, settled, type Next } from '@argosy/kube/plan';
import type { Comparison, ComparedResource } from './compare.ts';
import type { ConditionFact } from './conditions.ts';
import type { LoadedManifests } from './manifests.ts';
import { selfHealAttempts, selfHealDelay } from './retry.ts';

/** What the automated policy wants. */
export interface AutoSync {
  readonly operation?: Operation;
  readonly condition?: ConditionFact;
  readonly next: Next;
}

const nothing: AutoSync = { next: settled };

const DEFAULT_AUTO_RETRY_LIMIT = 5;

/** True when the automated policy is there and not switched off. */
export function isAutomated(app: Application): boolean {
  const automated = app.spec.syncPolicy?.automated;
  return automated !== undefined && automated.enabled !== false;
}

const drifted = (comparison: Comparison): readonly ComparedResource[] =>
  comparison.resources.filter((item) => item.status !== undefined && item.status !== 'Synced');

function wasAttempted(app: Application, loaded: LoadedManifests): boolean {
  const result = app.status?.operationState?.syncResult;
  if (result === undefined) return false;
  const multi = app.spec.sources !== undefined && app.spec.sources.length > 0;
  if (multi) return equalJson(result.revisions, loaded.revisions) && equalJson(result.sources, app.spec.sources);
  return result.revision === loaded.revisions[0] && equalJson(result.source, app.spec.source);
}

function baseSync(app: Application, loaded: LoadedManifests): SyncOperation {
  const multi = app.spec.sources !== undefined && app.spec.sources.length > 0;
  const options = app.spec.syncPolicy?.syncOptions;
  return {
    ...(multi ? { revisions: loaded.revisions } : { revision: loaded.revisions[0] ?? '' }),
    ...(app.spec.syncPolicy?.automated?.prune === true ? { prune: true } : {}),
    ...(options === undefined ? {} : { syncOptions: options }),
  };
}

function operationOf(app: Application, sync: SyncOperation): Operation {
  return {
    sync,
    initiatedBy: { automated: true },
    retry: app.spec.syncPolicy?.retry ?? { limit: DEFAULT_AUTO_RETRY_LIMIT },
  };
}

function heal(app: Application, sync: SyncOperation, input: { comparison: Comparison; now: Instant }): AutoSync {
  const state = app.status?.operationState as OperationState;
  const attempts = selfHealAttempts(state, input.now);
  const due = (parseTime(state.finishedAt ?? '') ?? input.now) + selfHealDelay(attempts);
  if (input.now < due) return { next: requeue(milliseconds(due - input.now), 'SelfHealBackoff') };
  const resources = drifted(input.comparison).map(({ key }) => ({
    ...(key.group === '' ? {} : { group: key.group }),
    kind: key.kind,
    name: key.name,
    ...(key.namespace === '' ? {} : { namespace: key.namespace }),
  }));
  return { operation: operationOf(app, { ...sync, resources, autoHealAttemptsCount: attempts + 1 }), next: settled };
}

function refused(text: string): AutoSync {
  return { condition: { type: 'SyncError', message: text }, next: settled };
}

function wipesOut(comparison: Comparison): boolean {
  const counted = comparison.resources.filter((item) => !item.hook && !item.skipped);
  return counted.length > 0 && counted.every((item) => item.requiresPruning);
}

function policyOf(app: Application): {
  readonly prune?: boolean;
  readonly selfHeal?: boolean;
  readonly allowEmpty?: boolean;
} {
  return app.spec.syncPolicy?.automated ?? {};
}

/** True when something differs that a sync may change: not only what would have to be pruned against the policy. */
function hasWork(policy: { prune?: boolean }, comparison: Comparison): boolean {
  if (comparison.status !== 'OutOfSync') return false;
  return policy.prune === true || drifted(comparison).some((item) => !item.requiresPruning);
}

function isForbiddenWipe(policy: { prune?: boolean; allowEmpty?: boolean }, comparison: Comparison): boolean {
  return policy.prune === true && policy.allowEmpty !== true && wipesOut(comparison);
}

/** What the last operation said. */
function lastMessage(app: Application): string {
  return app.status?.operationState?.message ?? '';
}

function didSucceed(app: Application): boolean {
  return app.status?.operationState?.phase === 'Succeeded';
}

/** Decides whether the automated policy starts a sync now. No operation may be in progress. */
export function decideAutoSync(
  app: Application,
  loaded: LoadedManifests,
  input: { readonly comparison: Comparison; readonly now: Instant },
): AutoSync {
  const { comparison } = input;
  const policy = policyOf(app);
  if (!isAutomated(app) || !hasWork(policy, comparison)) return nothing;
  const attempted = wasAttempted(app, loaded);
  const revision = loaded.revisions.join(', ');
  if (attempted && !didSucceed(app)) return refused(`Failed last sync attempt to ${revision}: ${lastMessage(app)}`);
  if (attempted && policy.selfHeal !== true) return nothing;
  if (isForbiddenWipe(policy, comparison)) {
    return refused(`Skipping sync attempt to ${revision}: auto-sync will wipe out all resources`);
  }
  const sync = baseSync(app, loaded);
  return attempted ? heal(app, sync, input) : { operation: operationOf(app, sync), next: settled };
}
