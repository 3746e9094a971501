import { compareText, getPath, isObject } from '@argosy/std';
import type { Graph, GraphEdge, GraphNode } from './graph.ts';
import { textAt, textsAt, type ApiObject } from './read.ts';
import { wordOf } from './status.ts';

const JOINTS = new Set(['StepGroup', 'TaskGroup']);

/** A workflow's nodes by id; nodes that are no objects are left out. */
export function workflowNodes(workflow: ApiObject | undefined): ReadonlyMap<string, ApiObject> {
  const nodes = getPath(workflow, ['status', 'nodes']);
  if (!isObject(nodes)) return new Map();
  return new Map(Object.entries(nodes).filter((entry): entry is [string, ApiObject] => isObject(entry[1])));
}

/** The nodes of a workflow as a graph along `children`, in order of start. */
export function workflowGraph(workflow: ApiObject | undefined): Graph {
  const found = workflowNodes(workflow);
  const sorted = [...found].sort(
    ([idA, a], [idB, b]) => compareText(textAt(a, 'startedAt'), textAt(b, 'startedAt')) || compareText(idA, idB),
  );
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  for (const [id, node] of sorted) {
    nodes.push(graphNode(id, node));
    for (const child of textsAt(node, 'children')) if (found.has(child)) edges.push({ from: id, to: child });
  }
  return { nodes, edges };
}

function graphNode(id: string, node: ApiObject): GraphNode {
  const type = textAt(node, 'type');
  const template = textAt(node, 'templateName') || textAt(node, 'templateRef', 'template');
  return {
    id,
    title: textAt(node, 'displayName') || textAt(node, 'name') || id,
    subtitle: template === '' ? type : `${type} · ${template}`,
    state: wordOf(textAt(node, 'phase')),
    mark: '',
    isSmall: JOINTS.has(type),
  };
}

/** What a node took in or gave out, as name–value pairs: parameters, the result, artifacts by their key. */
export function nodeValues(
  node: ApiObject | undefined,
  side: 'inputs' | 'outputs',
): readonly { readonly name: string; readonly value: string }[] {
  const list = (name: string): readonly unknown[] => {
    const found = getPath(node, [side, name]);
    return Array.isArray(found) ? found : [];
  };
  const parameters = list('parameters').map((one) => ({ name: textAt(one, 'name'), value: textAt(one, 'value') }));
  const artifacts = list('artifacts').map((one) => ({
    name: `${textAt(one, 'name')} (artifact)`,
    value: textAt(one, 's3', 'key') || textAt(one, 'path') || 'stored',
  }));
  const extra = side === 'outputs' ? ['result', 'exitCode'] : [];
  const single = extra.flatMap((name) => {
    const value = textAt(node, side, name);
    return value === '' ? [] : [{ name, value }];
  });
  return [...parameters, ...single, ...artifacts];
}
