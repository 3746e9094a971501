import type { ReactElement } from 'react';
import { agoText, durationText, workflowPath, type LiveState, type WorkflowRow } from '../model/index.ts';
import { DataTable, FilterBox, Placeholder, StaleBanner, StatusBadge, type Column } from '../kit/index.ts';

/** What the list of workflows shows. */
export interface WorkflowsProps {
  readonly live: LiveState;
  readonly rows: readonly WorkflowRow[];
  readonly totalCount: number;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly nowMs: number;
}

const columns = (nowMs: number): readonly Column<WorkflowRow>[] => [
  {
    name: 'Name',
    cell: (row) => (
      <a className="row-link" href={workflowPath(row.namespace, row.name)}>
        {row.name}
        {row.message === '' ? null : <span className="quiet">{row.message}</span>}
      </a>
    ),
  },
  { name: 'Namespace', cell: (row) => row.namespace, isMinor: true },
  { name: 'Phase', cell: (row) => <StatusBadge word={row.phase} about="Phase" /> },
  { name: 'Progress', cell: (row) => row.progress || '—' },
  { name: 'Started', cell: (row) => agoText(row.startedAt, nowMs) || 'not yet', isMinor: true },
  { name: 'Duration', cell: (row) => durationText(row.startedAt, row.finishedAt, nowMs) || '—' },
];

/** The list of workflows. */
export function WorkflowsScreen(props: WorkflowsProps): ReactElement {
  return (
    <main className="page">
      <StaleBanner link={props.live.link} nowMs={props.nowMs} />
      <div className="page-head">
        <h1>Workflows</h1>
        <FilterBox label="Filter workflows" value={props.filter} onChange={props.onFilter} />
      </div>
      <WorkflowsBody {...props} />
    </main>
  );
}

function WorkflowsBody(props: WorkflowsProps): ReactElement {
  if (props.live.items === undefined) return <Placeholder>Loading workflows…</Placeholder>;
  if (props.totalCount === 0) return <Placeholder>There are no workflows yet.</Placeholder>;
  if (props.rows.length === 0) return <Placeholder>No workflow matches “{props.filter}”.</Placeholder>;
  return <DataTable rows={props.rows} columns={columns(props.nowMs)} label="Workflows" />;
}
