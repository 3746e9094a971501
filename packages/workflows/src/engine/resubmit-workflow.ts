import {
  workflowLabels,
  type NodeStatus,
  type Parameter,
  type Workflow,
  type WorkflowSpec,
  type WorkflowStatus,
} from '@argosy/api/workflows';
import { createRandom, err, ok, type Result } from '@argosy/std';

import { definedMembers } from './defined-members.ts';
import { overlaySpec } from './exec-spec.ts';
import { nodeId } from './node-names.ts';
import { retryWorkflow, unfinishedLabels } from './retry-workflow.ts';
import type { PlanEnv } from '@argosy/kube/plan';

/** How a workflow is submitted once more. */
export interface ResubmitOptions {
  /** Take over what succeeded. */
  readonly memoized: boolean;
  readonly parameters: readonly Parameter[];
  readonly env: PlanEnv;
}

const NAME_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

function randomSuffix(seed: number): string {
  const random = createRandom(seed);
  return Array.from({ length: 5 }, () => NAME_LETTERS[random.below(NAME_LETTERS.length)]).join('');
}

function freshSpec(spec: WorkflowSpec, parameters: readonly Parameter[]): WorkflowSpec {
  const { shutdown: _shutdown, activeDeadlineSeconds, ...rest } = spec;
  const kept =
    activeDeadlineSeconds === undefined || activeDeadlineSeconds === 0 ? rest : { ...rest, activeDeadlineSeconds };
  return parameters.length === 0 ? kept : overlaySpec(kept, { arguments: { parameters: [...parameters] } });
}

function freshLabels(workflow: Workflow): { readonly [key: string]: string } {
  const dropped: readonly string[] = [workflowLabels.phase, workflowLabels.actor, workflowLabels.action];
  const kept = Object.entries(unfinishedLabels(workflow.metadata.labels)).filter(
    ([key]) => !key.startsWith(workflowLabels.creator) && !dropped.includes(key),
  );
  return { ...Object.fromEntries(kept), [workflowLabels.resubmittedFrom]: workflow.metadata.name };
}

function unmemoized(workflow: Workflow, options: ResubmitOptions): Workflow {
  const { name, namespace, generateName = `${name}-`, annotations, ownerReferences } = workflow.metadata;
  const metadata = {
    generateName,
    labels: freshLabels(workflow),
    ...(namespace === undefined ? {} : { namespace }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: metadata as unknown as Workflow['metadata'],
    spec: freshSpec(workflow.spec, options.parameters),
  };
}

/** A node under the new workflow's name; a pod that ran before is not run again. */
function renamed(node: NodeStatus, names: { readonly from: string; readonly to: string }): NodeStatus {
  const { from, to } = names;
  const idOf = (id: string, name: string): string => (id === from ? to : nodeId(to, to + name.slice(from.length)));
  const isMemory = node.type === 'Pod' && node.phase === 'Succeeded';
  return {
    ...node,
    name: to + node.name.slice(from.length),
    id: idOf(node.id, node.name),
    ...(node.displayName === from ? { displayName: to } : {}),
    ...(node.templateScope === `local/${from}` ? { templateScope: `local/${to}` } : {}),
    ...(isMemory ? { type: 'Skipped', phase: 'Skipped', message: `original pod: ${node.id}` } : {}),
  };
}

function copiedNodes(
  nodes: { readonly [id: string]: NodeStatus },
  names: { readonly from: string; readonly to: string },
): { [id: string]: NodeStatus } {
  const copies = new Map(Object.values(nodes).map((node) => [node.id, renamed(node, names)]));
  const idOf = (id: string): string => copies.get(id)?.id ?? id;
  const linked = [...copies.values()].map((node) => ({
    ...node,
    ...(node.boundaryID === undefined ? {} : { boundaryID: idOf(node.boundaryID) }),
    ...(node.children === undefined ? {} : { children: node.children.map(idOf) }),
    ...(node.outboundNodes === undefined ? {} : { outboundNodes: node.outboundNodes.map(idOf) }),
  }));
  return Object.fromEntries(linked.map((node) => [node.id, node]));
}

const NOTHING_ELSE = { restartSuccessful: false, selects: () => false, isSelective: false, parameters: [] } as const;

function rememberedStatus(retried: Workflow, name: string): WorkflowStatus {
  const { nodes = {}, startedAt, storedTemplates, storedWorkflowTemplateSpec } = retried.status ?? {};
  return {
    phase: '',
    nodes: copiedNodes(nodes, { from: retried.metadata.name, to: name }),
    ...definedMembers({ startedAt, storedTemplates, storedWorkflowTemplateSpec }),
  };
}

/**
 * A new workflow like an old one. Memoized, it keeps what had succeeded: those pods are Skipped, with their outputs.
 * The error says why that is not possible.
 */
export function resubmitWorkflow(workflow: Workflow, options: ResubmitOptions): Result<Workflow, string> {
  const fresh = unmemoized(workflow, options);
  if (!options.memoized) return ok(fresh);
  const { phase = '' } = workflow.status ?? {};
  if (phase !== 'Failed' && phase !== 'Error') {
    return err('workflow must be Failed/Error to resubmit in memoized mode');
  }
  const { now, seed } = options.env;
  const retried = retryWorkflow(workflow, { ...NOTHING_ELSE, now });
  if (!retried.ok) return retried;
  const { generateName = '', ...metadata } = fresh.metadata as { readonly generateName?: string };
  const name = generateName + randomSuffix(seed);
  const status = rememberedStatus(retried.value.workflow, name);
  return ok({ ...fresh, metadata: { ...metadata, name } as unknown as Workflow['metadata'], status });
}
