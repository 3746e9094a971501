import type { ReactElement, ReactNode } from 'react';
import {
  agoText,
  durationText,
  nodeValues,
  textAt,
  workflowRow,
  type ApiObject,
  type Layout,
  type Link,
} from '../model/index.ts';
import { Facts, GraphView, Placeholder, SidePanel, StaleBanner, StatusBadge } from '../kit/index.ts';

/** What a workflow's page shows. */
export interface WorkflowProps {
  readonly workflow: ApiObject;
  readonly link: Link;
  readonly layout: Layout;
  readonly selected: string;
  readonly onOpen: (id: string) => void;
  readonly panel: ReactNode;
  readonly nowMs: number;
}

/** A workflow: its state and the graph of its nodes. */
export function WorkflowScreen(props: WorkflowProps): ReactElement {
  const row = workflowRow(props.workflow);
  return (
    <main className="page page-fill">
      <StaleBanner link={props.link} nowMs={props.nowMs} />
      <div className="page-head">
        <h1>
          <a href="/workflows" className="crumb">
            Workflows
          </a>
          {row.name}
        </h1>
      </div>
      <Facts
        facts={[
          ['Phase', <StatusBadge key="phase" word={row.phase} about="Phase" />],
          ['Progress', row.progress],
          ['Namespace', row.namespace],
          ['Started', agoText(row.startedAt, props.nowMs)],
          ['Duration', durationText(row.startedAt, row.finishedAt, props.nowMs)],
        ]}
      />
      {row.message === '' ? null : <p className="quiet message">{row.message}</p>}
      <div className="split">
        {props.layout.nodes.length === 0 ? (
          <Placeholder>The workflow has no nodes yet.</Placeholder>
        ) : (
          <GraphView layout={props.layout} label="Workflow nodes" selected={props.selected} onOpen={props.onOpen} />
        )}
        {props.panel}
      </div>
    </main>
  );
}

/** One node of a workflow, beside the graph. */
export function WorkflowNodePanel({
  node,
  nowMs,
  log,
  onClose,
}: {
  readonly node: ApiObject;
  readonly nowMs: number;
  /** The live log, for nodes that have one. */
  readonly log: ReactNode;
  readonly onClose: () => void;
}): ReactElement {
  const text = (name: string): string => textAt(node, name);
  return (
    <SidePanel title={text('displayName') || text('name')} subtitle={text('type')} onClose={onClose}>
      <Facts
        facts={[
          ['Phase', <StatusBadge key="phase" word={text('phase') || 'Unknown'} about="Phase" />],
          ['Message', text('message')],
          ['Template', text('templateName')],
          ['Started', agoText(text('startedAt'), nowMs) || 'not yet'],
          ['Duration', durationText(text('startedAt'), text('finishedAt'), nowMs)],
          ['Progress', text('progress')],
          ['Id', <code key="id">{text('id')}</code>],
        ]}
      />
      <Values title="Inputs" values={nodeValues(node, 'inputs')} />
      <Values title="Outputs" values={nodeValues(node, 'outputs')} />
      {log}
    </SidePanel>
  );
}

function Values({
  title,
  values,
}: {
  readonly title: string;
  readonly values: readonly { readonly name: string; readonly value: string }[];
}): ReactElement | null {
  if (values.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl className="values">
        {values.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
