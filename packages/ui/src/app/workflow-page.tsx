import { useMemo, useState, type ReactElement } from 'react';
import { textAt, workflowGraph, workflowNodes, type ApiObject } from '../model/index.ts';
import { layoutDag, LogView, Placeholder } from '../kit/index.ts';
import { WorkflowNodePanel, WorkflowScreen } from '../screens/index.ts';
import { useApp } from './context.ts';
import type { LiveSource } from './follow-live.ts';
import { useLive, useLog, useNow } from './hooks.ts';

interface Name {
  readonly namespace: string;
  readonly name: string;
}

/** Connects a workflow's page. */
export function WorkflowPage({ namespace, name }: Name): ReactElement {
  const { api } = useApp();
  const live = useLive(`workflow ${namespace}/${name}`, (): LiveSource => ({
    opensFirst: false,
    async list(signal) {
      const path = `/api/v1/workflows/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
      const workflow = (await api.get(path, {}, signal)) as ApiObject;
      return { items: [workflow], version: textAt(workflow, 'metadata', 'resourceVersion') };
    },
    watch: (version, signal) =>
      api.stream(
        `/api/v1/workflow-events/${encodeURIComponent(namespace)}`,
        { 'listOptions.fieldSelector': `metadata.name=${name}`, 'listOptions.resourceVersion': version },
        signal,
      ),
  }));
  const workflow = live.items?.get(`${namespace}/${name}`);
  const nowMs = useNow();
  const nodes = useMemo(() => workflowNodes(workflow), [workflow]);
  const layout = useMemo(() => layoutDag(workflowGraph(workflow)), [workflow]);
  const [selected, setSelected] = useState('');
  const node = nodes.get(selected);
  if (workflow === undefined) {
    const note = live.link.kind === 'broken' ? `Cannot load: ${live.link.reason}` : 'Loading…';
    return (
      <main className="page">
        <Placeholder>{live.items === undefined ? note : `The workflow ${name} has been deleted.`}</Placeholder>
      </main>
    );
  }
  return (
    <WorkflowScreen
      workflow={workflow}
      link={live.link}
      layout={layout}
      selected={selected}
      onOpen={setSelected}
      nowMs={nowMs}
      panel={
        node === undefined ? null : (
          <WorkflowNodePanel
            key={selected}
            node={node}
            nowMs={nowMs}
            log={hasLog(node) ? <NodeLog namespace={namespace} name={name} node={node} /> : null}
            onClose={() => setSelected('')}
          />
        )
      }
    />
  );
}

const hasLog = (node: ApiObject): boolean =>
  textAt(node, 'type') === 'Pod' && !['Pending', 'Skipped', 'Omitted', ''].includes(textAt(node, 'phase'));

function NodeLog({ namespace, name, node }: Name & { readonly node: ApiObject }): ReactElement {
  const { api } = useApp();
  const path = `/api/v1/workflows/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/log`;
  const { log, note } = useLog(api, path, {
    podName: podNameOf(name, node),
    'logOptions.container': 'main',
    'logOptions.follow': 'true',
  });
  return (
    <section>
      <h3>Log</h3>
      <LogView log={log} note={note} />
    </section>
  );
}

/** The pod of a node: workflow, template and the node id's hash, as the controller names it; the id for old ones. */
function podNameOf(workflowName: string, node: ApiObject): string {
  const id = textAt(node, 'id');
  const template = textAt(node, 'templateName') || textAt(node, 'templateRef', 'template');
  const hash = /-(\d+)$/.exec(id)?.[1];
  if (id === workflowName || template === '' || hash === undefined) return id;
  return `${workflowName}-${template}-${hash}`;
}
