import type { ReactElement } from 'react';
import { agoText, applicationPath, toneOf, type ApplicationRow, type LiveState } from '../model/index.ts';
import { DataTable, FilterBox, Placeholder, StaleBanner, StatusBadge, ToneIcon, type Column } from '../kit/index.ts';

/** What the list of applications shows. */
export interface ApplicationsProps {
  readonly live: LiveState;
  readonly rows: readonly ApplicationRow[];
  readonly totalCount: number;
  readonly counts: readonly { readonly word: string; readonly count: number }[];
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly nowMs: number;
}

const columns = (nowMs: number): readonly Column<ApplicationRow>[] => [
  {
    name: 'Name',
    cell: (row) => (
      <a className="row-link" href={applicationPath(row.namespace, row.name)}>
        {row.name}
        <span className="quiet">{row.source}</span>
      </a>
    ),
  },
  { name: 'Project', cell: (row) => row.project, isMinor: true },
  { name: 'Health', cell: (row) => <StatusBadge word={row.health} about="Health" /> },
  {
    name: 'Sync',
    cell: (row) => (
      <>
        <StatusBadge word={row.sync} about="Sync" />
        {row.operation === 'Running' ? <StatusBadge word="Running" about="Operation" /> : null}
      </>
    ),
  },
  { name: 'Revision', cell: (row) => <code>{row.revision || '—'}</code>, isMinor: true },
  { name: 'Destination', cell: (row) => row.destination, isMinor: true },
  {
    name: 'Last sync',
    cell: (row) => (row.operation === 'Running' ? 'now' : agoText(row.syncedAt, nowMs) || 'never'),
    isMinor: true,
  },
];

/** The list of applications. */
export function ApplicationsScreen(props: ApplicationsProps): ReactElement {
  return (
    <main className="page">
      <StaleBanner link={props.live.link} nowMs={props.nowMs} />
      <div className="page-head">
        <h1>Applications</h1>
        <p className="counts" aria-label="Applications by health">
          {props.counts.map(({ word, count }) => (
            <span key={word} className={`count tone-${toneOf(word)}`}>
              <ToneIcon tone={toneOf(word)} /> {count} {word}
            </span>
          ))}
        </p>
        <FilterBox label="Filter applications" value={props.filter} onChange={props.onFilter} />
      </div>
      <ApplicationsBody {...props} />
    </main>
  );
}

function ApplicationsBody(props: ApplicationsProps): ReactElement {
  if (props.live.items === undefined) return <Placeholder>Loading applications…</Placeholder>;
  if (props.totalCount === 0) return <Placeholder>There are no applications yet.</Placeholder>;
  if (props.rows.length === 0) return <Placeholder>No application matches “{props.filter}”.</Placeholder>;
  return <DataTable rows={props.rows} columns={columns(props.nowMs)} label="Applications" />;
}
