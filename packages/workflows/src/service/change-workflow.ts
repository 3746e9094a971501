import { resources } from '@argosy/api';
import { RestError, type Identity } from '@argosy/api/rest';
import { workflowLabels, type NodeStatus, type Workflow } from '@argosy/api/workflows';
import { keyOf, type ObjectKey } from '@argosy/kube/meta';
import { getObject, patchObject, type ClusterApi } from '@argosy/kube/port';
import { formatTime, type Instant } from '@argosy/std';

import { suppliedDefaults } from '../engine/index.ts';

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

type NodeTest = (node: NodeStatus) => boolean;

const NODE_FIELDS: { readonly [field: string]: (node: NodeStatus) => string | undefined } = {
  displayName: (node) => node.displayName,
  templateName: (node) => node.templateName,
  phase: (node) => node.phase,
  name: (node) => node.name,
  id: (node) => node.id,
  'templateRef.name': (node) => node.templateRef?.name,
  'templateRef.template': (node) => node.templateRef?.template,
};

function nodeField(field: string): (node: NodeStatus) => string | undefined {
  const parameter = /^inputs\.parameters\.([^.]+)(?:\.value)?$/.exec(field)?.[1];
  if (parameter !== undefined) {
    return (node) => node.inputs?.parameters?.find((item) => item.name === parameter)?.value?.toString();
  }
  const read = Object.hasOwn(NODE_FIELDS, field) ? NODE_FIELDS[field] : undefined;
  if (read !== undefined) return read;
  const allowed = [...Object.keys(NODE_FIELDS), 'inputs.parameters.<name>.value'].join(', ');
  throw new RestError('InvalidArgument', `nodeFieldSelector: unknown field '${field}'; allowed are ${allowed}`);
}

/** Reads a node field selector: `displayName=approve,phase=Running`. */
export function parseNodeSelector(text: string): NodeTest {
  const tests = text
    .split(',')
    .filter((term) => term.trim() !== '')
    .map((term): NodeTest => {
      const match = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(term.trim());
      if (match === null) throw new RestError('InvalidArgument', `nodeFieldSelector: cannot read '${term}'`);
      const [, field = '', operator, wanted] = match;
      const read = nodeField(field);
      return (node) => (read(node) === wanted) === (operator !== '!=');
    });
  return (node) => tests.every((test) => test(node));
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
  const selects = parseNodeSelector(request.nodeFieldSelector);
  const waiting = Object.values(workflow.status?.nodes ?? {}).filter(
    (node) => node.type === 'Suspend' && (node.phase === 'Running' || node.phase === 'Pending') && selects(node),
  );
  if (request.nodeFieldSelector !== '' && waiting.length === 0) {
    const why = `no suspend nodes matching nodeFieldSelector: ${request.nodeFieldSelector}`;
    throw new RestError('InvalidArgument', `currently, set only targets suspend nodes: ${why}`);
  }
  const nodes = Object.fromEntries(waiting.map((node) => [node.id, resumedNode(node, request, request.now)]));
  const { resourceVersion } = workflow.metadata;
  return change(api, workflow, {
    metadata: { resourceVersion, labels: actorLabels(request.identity, 'Resume') },
    ...(request.nodeFieldSelector === '' ? { spec: { suspend: null } } : {}),
    ...(waiting.length === 0 ? {} : { status: { nodes } }),
  });
}
