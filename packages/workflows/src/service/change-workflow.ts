import { resources } from '@argosy/api';
import { RestError, type Identity } from '@argosy/api/rest';
import { workflowLabels, type NodeStatus, type Parameter, type Workflow } from '@argosy/api/workflows';
import { keyOf, type ObjectKey } from '@argosy/kube/meta';
import { getObject, patchObject, type ClusterApi } from '@argosy/kube/port';
import { formatTime, type Instant } from '@argosy/std';

import { parseNodeSelector, suppliedDefaults, type NodeTest } from '../engine/index.ts';

/** A user's name as a label value: upstream's rule for creator and actor labels. */
export function userLabel(name: string): string {
  const text = name.replace('@', '.at.').replace(/[^-_.a-z0-9A-Z]/g, '-');
  return text
    .slice(-63)
    .replace(/^[^a-z0-9A-Z]+/, '')
    .replace(/[^a-z0-9A-Z]+$/, '');
}

/** Who did what last, as labels. */
function actorLabels(identity: Identity, action: string): { readonly [key: string]: string } {
  return { [workflowLabels.actor]: userLabel(identity.username), [workflowLabels.action]: action };
}

function isOver(workflow: Workflow): boolean {
  return ['Succeeded', 'Failed', 'Error'].includes(workflow.status?.phase ?? '');
}

/** A change of one workflow by one user. */
export interface ChangeRequest {
  readonly key: ObjectKey;
  readonly identity: Identity;
}

async function read(api: ClusterApi, key: ObjectKey): Promise<Workflow> {
  return getObject<Workflow>(api, { resource: resources.workflows, key });
}

async function change(api: ClusterApi, workflow: Workflow, patch: object): Promise<Workflow> {
  return patchObject<Workflow>(api, {
    resource: resources.workflows,
    key: keyOf(workflow),
    patchType: 'merge',
    patch,
    fieldManager: 'argo-server',
  });
}

/** Stops or terminates: sets spec.shutdown. */
export async function shutDownWorkflow(
  api: ClusterApi,
  request: ChangeRequest,
  strategy: 'Stop' | 'Terminate',
): Promise<Workflow> {
  const workflow = await read(api, request.key);
  if (isOver(workflow)) {
    const { name, namespace } = request.key;
    const message = `cannot shutdown a completed workflow: workflow: "${name}", namespace: "${namespace}"`;
    throw new RestError('InvalidArgument', message);
  }
  const labels = actorLabels(request.identity, strategy);
  return change(api, workflow, { metadata: { labels }, spec: { shutdown: strategy } });
}

/** Suspends: sets spec.suspend; nothing new starts until it is resumed. */
export async function suspendWorkflow(api: ClusterApi, request: ChangeRequest): Promise<Workflow> {
  const workflow = await read(api, request.key);
  if (isOver(workflow)) throw new RestError('InvalidArgument', 'cannot suspend completed workflows');
  const labels = actorLabels(request.identity, 'Suspend');
  return change(api, workflow, { metadata: { labels }, spec: { suspend: true } });
}

/** Reads a node field selector; what is wrong with it is the caller's fault. */
function selectorOf(text: string): NodeTest {
  const test = parseNodeSelector(text);
  if (!test.ok) throw new RestError('InvalidArgument', test.error);
  return test.value;
}

function isWaiting(node: NodeStatus): boolean {
  return node.type === 'Suspend' && (node.phase === 'Running' || node.phase === 'Pending');
}

/** The Suspend nodes that wait and are selected; with a selector there must be some. */
function waitingNodes(workflow: Workflow, selector: string): readonly NodeStatus[] {
  const selects = selectorOf(selector);
  const found = Object.values(workflow.status?.nodes ?? {}).filter((node) => isWaiting(node) && selects(node));
  if (selector === '' || found.length > 0) return found;
  const why = `no suspend nodes matching nodeFieldSelector: ${selector}`;
  throw new RestError('InvalidArgument', `currently, set only targets suspend nodes: ${why}`);
}

function resumedNode(node: NodeStatus, request: ChangeRequest, now: Instant): object {
  const outputs = suppliedDefaults(node);
  if (!outputs.ok) throw new RestError('InvalidArgument', outputs.error);
  const told = `Resumed by: map[User:${request.identity.username}]`;
  const message = node.message === undefined || node.message === '' ? told : `${node.message}; ${told}`;
  return {
    phase: 'Succeeded',
    finishedAt: formatTime(now),
    message,
    ...(outputs.value === undefined ? {} : { outputs: outputs.value }),
  };
}

/** What to resume: everything, or the Suspend nodes that a selector names. */
export interface ResumeRequest extends ChangeRequest {
  readonly nodeFieldSelector: string;
  readonly now: Instant;
}

/** Resumes: clears spec.suspend and lets waiting Suspend nodes succeed. */
export async function resumeWorkflow(api: ClusterApi, request: ResumeRequest): Promise<Workflow> {
  const workflow = await read(api, request.key);
  const waiting = waitingNodes(workflow, request.nodeFieldSelector);
  const nodes = Object.fromEntries(waiting.map((node) => [node.id, resumedNode(node, request, request.now)]));
  const { resourceVersion } = workflow.metadata;
  return change(api, workflow, {
    metadata: { resourceVersion, labels: actorLabels(request.identity, 'Resume') },
    ...(request.nodeFieldSelector === '' ? { spec: { suspend: null } } : {}),
    ...(waiting.length === 0 ? {} : { status: { nodes } }),
  });
}

/** What to do with selected Suspend nodes. */
export interface SetRequest extends ResumeRequest {
  readonly phase: string;
  readonly message: string;
  /** Values of outputs that somebody must supply, by name. */
  readonly outputParameters: { readonly [name: string]: string };
}

const SETTABLE = ['', 'Succeeded', 'Failed', 'Error', 'Skipped'];

function isOpenOutput(item: Parameter): boolean {
  return item.value === undefined && item.valueFrom?.supplied !== undefined;
}

/** A node's outputs with the values that were supplied. */
function suppliedOutputs(node: NodeStatus, given: SetRequest['outputParameters']): NodeStatus['outputs'] {
  const declared = node.outputs?.parameters;
  if (Object.keys(given).length === 0) return node.outputs;
  if (declared === undefined) {
    const why = 'cannot set output parameters because node is not expecting any raw parameters';
    throw new RestError('InvalidArgument', why);
  }
  for (const name of Object.keys(given)) {
    const item = declared.find((one) => one.name === name);
    if (item === undefined) throw new RestError('InvalidArgument', `node is not expecting output parameter '${name}'`);
    if (isOpenOutput(item)) continue;
    const why = 'because it does not use valueFrom.raw or it was already set';
    throw new RestError('InvalidArgument', `cannot set output parameter '${name}' ${why}`);
  }
  const parameters = declared.map((item) =>
    Object.hasOwn(given, item.name) ? { ...item, value: given[item.name] ?? '' } : item,
  );
  return { ...node.outputs, parameters };
}

function setNode(node: NodeStatus, request: SetRequest): object {
  const { phase, message, now } = request;
  const outputs = suppliedOutputs(node, request.outputParameters);
  const text = [node.message ?? '', message].filter((part) => part !== '').join('; ');
  return {
    ...(outputs === undefined ? {} : { outputs }),
    ...(text === '' ? {} : { message: text }),
    ...(phase === '' ? {} : { phase, finishedAt: formatTime(now) }),
  };
}

function globalOutputs(workflow: Workflow, changed: readonly NodeStatus['outputs'][]): Parameter[] {
  const outputs = new Map((workflow.status?.outputs?.parameters ?? []).map((item) => [item.name, item]));
  for (const { globalName: name = '', value } of changed.flatMap((item) => item?.parameters ?? [])) {
    if (name !== '' && value !== undefined) outputs.set(name, { name, value });
  }
  return [...outputs.values()];
}

async function setNodes(api: ClusterApi, request: SetRequest, action: string): Promise<Workflow> {
  const workflow = await read(api, request.key);
  const waiting = waitingNodes(workflow, request.nodeFieldSelector);
  const nodes = waiting.map((node) => [node.id, setNode(node, request)] as const);
  const outputs = globalOutputs(
    workflow,
    nodes.map(([, node]) => (node as NodeStatus).outputs),
  );
  const { resourceVersion } = workflow.metadata;
  return change(api, workflow, {
    metadata: { resourceVersion, labels: actorLabels(request.identity, action) },
    status: {
      nodes: Object.fromEntries(nodes),
      ...(outputs.length === 0 ? {} : { outputs: { parameters: outputs } }),
    },
  });
}

/** Sets phase, message and outputs of selected Suspend nodes. */
export async function setWorkflow(api: ClusterApi, request: SetRequest): Promise<Workflow> {
  if (request.nodeFieldSelector === '') {
    const why = "'set' currently only targets suspend nodes, use a node field selector to target them";
    throw new RestError('InvalidArgument', why);
  }
  if (!SETTABLE.includes(request.phase)) {
    throw new RestError('InvalidArgument', `phase: found '${request.phase}', allowed are ${SETTABLE.join(' ').trim()}`);
  }
  return setNodes(api, request, 'Update');
}

/** Lets selected Suspend nodes fail; the workflow itself goes on. */
export async function stopNodes(
  api: ClusterApi,
  request: ResumeRequest & { readonly message: string },
): Promise<Workflow> {
  return setNodes(api, { ...request, phase: 'Failed', outputParameters: {} }, 'Stop');
}
