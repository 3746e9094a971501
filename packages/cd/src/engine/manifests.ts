import { canonicalJson, fnv32a, milliseconds, sha256Hex, type Instant } from '@argosy/std';
import { cdNames, type Application, type ApplicationSource, type OperationState } from '@argosy/api/cd';
import { requeue, settled, type Next } from '@argosy/kube/plan';
import type {
  ApplicationObserved,
  EngineSettings,
  ManifestOutcome,
  ManifestRequest,
  ManifestSlot,
} from './observed.ts';
import { defined } from './defined.ts';
import { sourcesOf } from './spec-problems.ts';

/** A successful load. */
export type LoadedManifests = Extract<ManifestOutcome, { readonly ok: true }>;

/** Names sources and revisions as asked, so that two loads of the same thing are recognised. */
export function sourceIdOf(sources: readonly ApplicationSource[], revisions: readonly string[]): string {
  return sha256Hex(canonicalJson({ sources, revisions })).slice(0, 24);
}

/** Builds a request; its id covers what is asked for and why. */
export function manifestRequest(
  app: Application,
  asked: { readonly sources: readonly ApplicationSource[]; readonly revisions: readonly string[] },
  reason: { readonly token: string; readonly hard: boolean },
): ManifestRequest {
  const sourceId = sourceIdOf(asked.sources, asked.revisions);
  return { ...asked, ...reason, id: `${sourceId}:${reason.token}`, sourceId, appName: app.metadata.name };
}

/** The refresh request that an Application carries, as a text that changes with every new one; `''` for none. */
export function refreshTokenOf(app: Application): string {
  const annotations = app.metadata.annotations ?? {};
  const refresh = annotations[cdNames.refresh];
  if (refresh === undefined) return '';
  return `refresh:${refresh}:${annotations[cdNames.refreshTimestamp] ?? ''}`;
}

function deliveredOther(state: OperationState, outcome: LoadedManifests): boolean {
  const revision = state.syncResult?.revision ?? '';
  return revision !== '' && revision !== outcome.revisions[0];
}

/** A finished sync of another revision asks for a look at what the target revision is by now. */
function operationToken(observed: ApplicationObserved): string {
  const state = observed.app.status?.operationState;
  const { outcome } = observed.manifests;
  if (state?.finishedAt === undefined || outcome?.ok !== true) return '';
  const token = `operation:${state.finishedAt}`;
  const differs = state.phase === 'Succeeded' && deliveredOther(state, outcome);
  return differs || outcome.request.token === token ? token : '';
}

/** The request that the spec calls for now. */
export function specRequest(observed: ApplicationObserved): ManifestRequest {
  const { app } = observed;
  const sources = sourcesOf(app.spec);
  const revisions = sources.map((source) => source.targetRevision ?? '');
  const refresh = refreshTokenOf(app);
  const token = refresh === '' ? operationToken(observed) : refresh;
  return manifestRequest(app, { sources, revisions }, { token, hard: refresh.startsWith('refresh:hard') });
}

/** How long the manifests of an Application are good: the poll interval plus a share of the jitter that is its own. */
export function pollSpan(app: Application, settings: EngineSettings): number {
  const identity = app.metadata.uid ?? `${app.metadata.namespace ?? ''}/${app.metadata.name}`;
  return settings.pollIntervalMs + (fnv32a(identity) % (settings.pollJitterMs + 1));
}

/** When a result has to be looked at again: at the poll, or sooner after a failure. */
export function staleAt(outcome: ManifestOutcome, app: Application, settings: EngineSettings): Instant {
  const span = pollSpan(app, settings);
  const retry = settings.loadRetryMs * 2 ** Math.min(outcome.failures - 1, 20);
  return (outcome.at + (outcome.ok ? span : Math.min(span, retry))) as Instant;
}

/** What to do about a slot: nothing, wait for work under way, or start work. */
export interface SlotPlan {
  readonly load?: ManifestRequest;
  /** The result, when it answers the request's sources (it may be older than the request). */
  readonly outcome?: ManifestOutcome;
  /** True when the result answers the request itself. */
  readonly fresh: boolean;
  readonly next: Next;
}

/** Judges the spec's slot at `now`. */
export function planSpecSlot(observed: ApplicationObserved, request: ManifestRequest, now: Instant): SlotPlan {
  const { outcome, inFlight } = observed.manifests;
  const usable = outcome?.request.sourceId === request.sourceId ? outcome : undefined;
  const answers = usable !== undefined && (request.token === '' || usable.request.token === request.token);
  const due = usable === undefined ? now : staleAt(usable, observed.app, observed.settings);
  if (answers && now < due) {
    return { outcome: usable, fresh: true, next: requeue(milliseconds(due - now), 'Poll') };
  }
  const load = inFlight === request.id ? undefined : request;
  return defined({ outcome: usable, load, fresh: answers, next: settled });
}

/** The result in either slot that is the given sources at the given resolved revisions. */
export function findResolved(
  observed: ApplicationObserved,
  sources: readonly ApplicationSource[],
  revision: string,
): LoadedManifests | undefined {
  const sameSources = canonicalJson(sources.map(withoutRevision));
  const fits = (slot: ManifestSlot): LoadedManifests | undefined => {
    const { outcome } = slot;
    if (outcome?.ok !== true || outcome.revisions[0] !== revision) return undefined;
    return canonicalJson(outcome.request.sources.map(withoutRevision)) === sameSources ? outcome : undefined;
  };
  return fits(observed.manifests) ?? fits(observed.operationManifests);
}

function withoutRevision(source: ApplicationSource): ApplicationSource {
  const { targetRevision: _asked, ...rest } = source;
  return rest;
}
