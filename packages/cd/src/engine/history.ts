import type { Application, OperationState, RevisionHistory } from '@argosy/api/cd';
import { defined } from './defined.ts';

const DEFAULT_HISTORY_LIMIT = 10;

/** The history with a finished sync appended; ids go on, the oldest entries go. */
export function appendHistory(
  app: Application,
  state: OperationState,
  finishedAt: string,
): readonly RevisionHistory[] | undefined {
  const old = app.status?.history;
  const result = state.syncResult;
  const limit = app.spec.revisionHistoryLimit ?? DEFAULT_HISTORY_LIMIT;
  if (result === undefined || limit <= 0) return limit <= 0 ? undefined : old;
  const id = (old?.at(-1)?.id ?? -1) + 1;
  const { revision, revisions, source, sources } = result;
  const entry: RevisionHistory = defined({
    id,
    revision,
    revisions,
    source,
    sources,
    deployedAt: finishedAt,
    deployStartedAt: state.startedAt,
    initiatedBy: state.operation.initiatedBy,
  });
  return [...(old ?? []), entry].slice(-limit);
}
