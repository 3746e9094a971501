import type { NodeStatus, Workflow } from '@argosy/api/workflows';
import { parseTime, type Instant } from '@argosy/std';
import { formatTable, longDuration, shortDuration } from '../print/index.ts';

/** Width of the label column of `wf get`. */
const LABEL_WIDTH = 20;

const ICONS: { readonly [phase: string]: string } = {
  Pending: '◷',
  Running: '●',
  Succeeded: '✔',
  Skipped: '○',
  Omitted: '○',
  Failed: '✖',
  Error: '⚠',
};

/** Absent text prints as nothing. */
const text = (value: string | null | undefined): string => value ?? '';

function timeOf(value: string | null | undefined): Instant | undefined {
  return parseTime(text(value));
}

/** The phase as upstream's lists print it. */
export function statusText(workflow: Workflow): string {
  const phase = text(workflow.status?.phase);
  if (phase === '') return 'Pending';
  if (phase === 'Running' && workflow.spec.suspend === true) return 'Running (Suspended)';
  return phase === 'Failed' && text(workflow.spec.shutdown) !== '' ? 'Failed (Terminated)' : phase;
}

/** True when nothing more will happen. */
export function isFulfilled(workflow: Workflow): boolean {
  return ['Succeeded', 'Failed', 'Error'].includes(text(workflow.status?.phase));
}

function durationMs(started: Instant | undefined, finished: Instant | undefined, now: Instant): number | undefined {
  return started === undefined ? undefined : (finished ?? now) - started;
}

function workflowDurationMs(workflow: Workflow, now: Instant): number {
  return durationMs(timeOf(workflow.status?.startedAt), timeOf(workflow.status?.finishedAt), now) ?? 0;
}

/** The table of `wf list`. */
export function workflowTable(
  workflows: readonly Workflow[],
  options: { readonly now: Instant; readonly all: boolean },
): string {
  if (workflows.length === 0) return 'No workflows found\n';
  const header = [...(options.all ? ['NAMESPACE'] : []), 'NAME', 'STATUS', 'AGE', 'DURATION', 'PRIORITY', 'MESSAGE'];
  const rows = workflows.map((workflow) => {
    const created = timeOf(workflow.metadata.creationTimestamp) ?? options.now;
    return [
      ...(options.all ? [text(workflow.metadata.namespace)] : []),
      workflow.metadata.name,
      statusText(workflow),
      shortDuration(options.now - created),
      shortDuration(workflowDurationMs(workflow, options.now)),
      String(workflow.spec.priority ?? 0),
      text(workflow.status?.message),
    ];
  });
  return formatTable([header, ...rows], 3);
}

function line(label: string, value: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${value}`.trimEnd();
}

function timeText(value: string | null | undefined, now: Instant): string | undefined {
  const at = timeOf(value);
  return at === undefined ? undefined : `${text(value)} (${longDuration(now - at)} ago)`;
}

function optionalLine(label: string, value: string | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : [line(label, value)];
}

function parameterLines(workflow: Workflow): readonly string[] {
  const parameters = workflow.spec.arguments?.parameters ?? [];
  if (parameters.length === 0) return [];
  return ['Parameters:', ...parameters.map((item) => line(`  ${item.name}:`, text(item.value as string | undefined)))];
}

/** The block of `wf get`. */
export function workflowSummary(workflow: Workflow, now: Instant): string {
  const account = text(workflow.spec.serviceAccountName);
  const status = workflow.status;
  const conditions = (status?.conditions ?? []).map((item) => line(` ${text(item.type)}`, text(item.status)));
  return [
    line('Name:', workflow.metadata.name),
    line('Namespace:', text(workflow.metadata.namespace)),
    line('ServiceAccount:', account === '' ? 'unset (will run with the default ServiceAccount)' : account),
    line('Status:', statusText(workflow)),
    ...optionalLine('Message:', status?.message),
    ...(conditions.length === 0 ? [] : ['Conditions:', ...conditions]),
    ...optionalLine('Created:', timeText(workflow.metadata.creationTimestamp, now)),
    ...optionalLine('Started:', timeText(status?.startedAt, now)),
    ...optionalLine('Finished:', timeText(status?.finishedAt, now)),
    line('Duration:', longDuration(workflowDurationMs(workflow, now))),
    ...optionalLine('Progress:', status?.progress),
    ...parameterLines(workflow),
    '',
  ].join('\n');
}

type Nodes = { readonly [id: string]: NodeStatus };

function byStart(a: NodeStatus, b: NodeStatus): number {
  return (timeOf(a.startedAt) ?? 0) - (timeOf(b.startedAt) ?? 0) || (a.name < b.name ? -1 : 1);
}

/** Nodes that upstream's tree leaves out, replaced by what hangs below them. */
function visibleChildren(nodes: Nodes, node: NodeStatus): readonly NodeStatus[] {
  const children = (node.children ?? [])
    .map((id) => nodes[id])
    .filter((child): child is NodeStatus => child !== undefined);
  return children
    .flatMap((child) => (isHidden(child) ? visibleChildren(nodes, child) : [child]))
    .filter((child, index, all) => all.indexOf(child) === index)
    .toSorted(byStart);
}

function isHidden(node: NodeStatus): boolean {
  if (node.type === 'StepGroup' || node.type === 'TaskGroup' || node.phase === 'Omitted') return true;
  return node.type === 'Retry' && (node.children ?? []).length === 1;
}

interface TreeContext {
  readonly nodes: Nodes;
  readonly podName: (node: NodeStatus) => string;
  readonly now: Instant;
  readonly seen: Set<string>;
  readonly rows: string[][];
}

function treeRow(context: TreeContext, node: NodeStatus, prefix: string): readonly string[] {
  const ms = durationMs(timeOf(node.startedAt), timeOf(node.finishedAt), context.now);
  const pod = node.type === 'Pod';
  return [
    `${prefix}${ICONS[text(node.phase)] ?? '?'} ${node.displayName}`,
    text(node.templateName),
    pod ? context.podName(node) : '',
    pod && ms !== undefined ? shortDuration(ms) : '',
    text(node.message),
  ];
}

function addTree(context: TreeContext, node: NodeStatus, lead: { readonly row: string; readonly below: string }): void {
  if (context.seen.has(node.id)) return;
  context.seen.add(node.id);
  context.rows.push([...treeRow(context, node, lead.row)]);
  const children = visibleChildren(context.nodes, node);
  for (const [index, child] of children.entries()) {
    const last = index === children.length - 1;
    addTree(context, child, {
      row: `${lead.below}${last ? '└─' : '├─'}`,
      below: `${lead.below}${last ? '  ' : '│ '}`,
    });
  }
}

/** The tree of what ran. `podName` gives the pod of a node. */
export function workflowTree(workflow: Workflow, podName: (node: NodeStatus) => string, now: Instant): string {
  const nodes: Nodes = workflow.status?.nodes ?? {};
  const roots = Object.values(nodes).filter(
    (node) => node.name === workflow.metadata.name || node.name.endsWith('.onExit'),
  );
  if (roots.length === 0) return '';
  const context: TreeContext = {
    nodes,
    podName,
    now,
    seen: new Set(),
    rows: [['STEP', 'TEMPLATE', 'PODNAME', 'DURATION', 'MESSAGE']],
  };
  for (const root of roots.toSorted(byStart)) addTree(context, root, { row: ' ', below: ' ' });
  return `\n${formatTable(context.rows)}`;
}
