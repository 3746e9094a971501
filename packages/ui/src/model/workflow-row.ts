import { compareText } from '@argosy/std';
import { textAt, type ApiObject } from './read.ts';

/** One workflow in the list. Empty texts are things that it does not say. */
export interface WorkflowRow {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  readonly progress: string;
  readonly message: string;
  readonly createdAt: string;
  /** `` while it has not started. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** The row of a workflow. One that the controller has not seen has no phase: it is Pending. */
export function workflowRow(workflow: ApiObject): WorkflowRow {
  const namespace = textAt(workflow, 'metadata', 'namespace');
  const name = textAt(workflow, 'metadata', 'name');
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    phase: textAt(workflow, 'status', 'phase') || 'Pending',
    progress: textAt(workflow, 'status', 'progress'),
    message: textAt(workflow, 'status', 'message'),
    createdAt: textAt(workflow, 'metadata', 'creationTimestamp'),
    startedAt: textAt(workflow, 'status', 'startedAt'),
    finishedAt: textAt(workflow, 'status', 'finishedAt'),
  };
}

/** The rows whose name, namespace or phase holds every word of the filter: unfinished first, then newest first. */
export function filterWorkflows(rows: readonly WorkflowRow[], filter: string): readonly WorkflowRow[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const matches = (row: WorkflowRow): boolean => {
    const text = [row.name, row.namespace, row.phase].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const begin = (row: WorkflowRow): string => row.startedAt || row.createdAt;
  const isOver = (row: WorkflowRow): number => (row.finishedAt === '' ? 0 : 1);
  return rows
    .filter(matches)
    .sort((a, b) => isOver(a) - isOver(b) || compareText(begin(b), begin(a)) || compareText(a.key, b.key));
}
