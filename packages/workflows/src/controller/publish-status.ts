import { resources } from '@argosy/api';
import type { NodeStatus, Workflow } from '@argosy/api/workflows';
import { keyOf } from '@argosy/kube/meta';
import { patchObject, type ClusterApi } from '@argosy/kube/port';

import { definedMembers, type NodeMemory, type WorkflowStatusChange } from '../engine/index.ts';
import { mergePatchOf } from './merge-patch-of.ts';

type Json = { readonly [key: string]: unknown };

function nodesPatch(memory: NodeMemory, nodes: { readonly [id: string]: NodeStatus }): Json | undefined {
  const patch: { [id: string]: unknown } = {};
  for (const [id, node] of Object.entries(nodes)) {
    const before = memory.nodes.get(id);
    const change = before === undefined ? node : mergePatchOf(before as unknown as Json, node as unknown as Json);
    if (change !== undefined) patch[id] = change;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** The merge patch that a change of status means; `undefined` when it changes nothing. Size follows the change. */
export function statusPatch(workflow: Workflow, memory: NodeMemory, change: WorkflowStatusChange): Json | undefined {
  const { nodes: _nodes, ...before } = workflow.status ?? {};
  const nodes = nodesPatch(memory, change.nodes);
  const status = nonEmpty({ ...mergePatchOf(before, change.fields), ...definedMembers({ nodes }) });
  const mirrored = nonEmpty(
    definedMembers({
      labels: nonEmpty(pickChanged(workflow.metadata.labels, change.labels)),
      annotations: nonEmpty(pickChanged(workflow.metadata.annotations, change.annotations)),
    }),
  );
  if (status === undefined && mirrored === undefined) return undefined;
  const { resourceVersion } = workflow.metadata;
  return definedMembers({ metadata: { ...definedMembers({ resourceVersion }), ...mirrored }, status });
}

function nonEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

function pickChanged(
  before: { readonly [key: string]: string } | undefined,
  after: { readonly [key: string]: string },
) {
  return Object.fromEntries(Object.entries(after).filter(([key, value]) => before?.[key] !== value));
}

/**
 * Writes a status once, together with the labels that mirror it. The observed resourceVersion is the precondition.
 * @throws KubeError Conflict when somebody else wrote meanwhile.
 */
export async function writeStatus(api: ClusterApi, workflow: Workflow, patch: Json): Promise<Workflow> {
  return patchObject<Workflow>(api, {
    resource: resources.workflows,
    key: keyOf(workflow),
    patchType: 'merge',
    patch,
    fieldManager: 'workflow-controller',
  });
}
