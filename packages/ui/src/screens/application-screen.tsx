import { useState, type ReactElement, type ReactNode } from 'react';
import { Button, Checkbox } from '@mantine/core';
import { agoText, applicationRow, objectsAt, textAt, type ApiObject, type Layout, type Link } from '../model/index.ts';
import { ErrorNotice, Facts, GraphView, Placeholder, StaleBanner, StatusBadge } from '../kit/index.ts';

/** What an application's page shows. */
export interface ApplicationProps {
  readonly application: ApiObject;
  readonly link: Link;
  readonly layout: Layout;
  /** Why the tree is not there; `` when it is. */
  readonly treeNote: string;
  readonly selected: string;
  readonly onOpen: (id: string) => void;
  readonly onSync: (options: { readonly prune: boolean }) => void;
  readonly onRefresh: () => void;
  readonly isBusy: boolean;
  /** What the last button said; `` for nothing. */
  readonly problem: string;
  readonly panel: ReactNode;
  readonly nowMs: number;
}

/** An application: its states, its operation, its tree. */
export function ApplicationScreen(props: ApplicationProps): ReactElement {
  const row = applicationRow(props.application);
  const message = textAt(props.application, 'status', 'operationState', 'message');
  return (
    <main className="page page-fill">
      <StaleBanner link={props.link} nowMs={props.nowMs} />
      <div className="page-head">
        <h1>
          <a href="/applications" className="crumb">
            Applications
          </a>
          {row.name}
        </h1>
        <Actions {...props} />
      </div>
      {props.problem === '' ? null : <ErrorNotice>{props.problem}</ErrorNotice>}
      <Facts
        facts={[
          ['Health', <StatusBadge key="health" word={row.health} about="Health" />],
          ['Sync', <StatusBadge key="sync" word={row.sync} about="Sync" />],
          ['Revision', row.revision === '' ? 'Unknown' : <code key="revision">{row.revision}</code>],
          ['Operation', <Operation key="operation" {...props} />],
          ['Project', row.project],
          ['Destination', row.destination],
          ['Source', row.source],
        ]}
      />
      {message === '' ? null : <p className="quiet message">{message}</p>}
      <Conditions application={props.application} />
      <div className="split">
        {props.treeNote === '' ? (
          <GraphView layout={props.layout} label="Resource tree" selected={props.selected} onOpen={props.onOpen} />
        ) : (
          <Placeholder>{props.treeNote}</Placeholder>
        )}
        {props.panel}
      </div>
    </main>
  );
}

function Actions({ isBusy, onSync, onRefresh }: ApplicationProps): ReactElement {
  const [prune, setPrune] = useState(false);
  return (
    <div className="actions">
      <Checkbox
        label="Prune"
        title="Also delete resources that are no longer in the source"
        checked={prune}
        onChange={(event) => setPrune(event.currentTarget.checked)}
      />
      <Button disabled={isBusy} onClick={() => onSync({ prune })}>
        Sync
      </Button>
      <Button variant="default" disabled={isBusy} onClick={onRefresh}>
        Refresh
      </Button>
    </div>
  );
}

function Operation({ application, nowMs }: ApplicationProps): ReactElement {
  const phase = textAt(application, 'status', 'operationState', 'phase');
  if (phase === '') return <>none yet</>;
  const at =
    textAt(application, 'status', 'operationState', 'finishedAt') ||
    textAt(application, 'status', 'operationState', 'startedAt');
  return (
    <>
      <StatusBadge word={phase} about="Operation" /> <span className="quiet">{agoText(at, nowMs)}</span>
    </>
  );
}

function Conditions({ application }: { readonly application: ApiObject }): ReactElement | null {
  const conditions = objectsAt(application, 'status', 'conditions');
  if (conditions.length === 0) return null;
  return (
    <ul className="conditions" aria-label="Conditions">
      {conditions.map((condition) => {
        const type = textAt(condition, 'type');
        return (
          <li key={`${type} ${textAt(condition, 'message')}`} className={type.endsWith('Error') ? 'is-error' : ''}>
            <strong>{type}</strong> {textAt(condition, 'message')}
          </li>
        );
      })}
    </ul>
  );
}
