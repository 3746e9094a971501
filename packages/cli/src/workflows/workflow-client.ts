import type { Workflow } from '@argosy/api/workflows';
import { isObject } from '@argosy/std';
import type { RestClient } from '../client/index.ts';
import { CommandError } from '../command/index.ts';

const pathOf = (namespace: string, name = ''): string =>
  `/api/v1/workflows/${encodeURIComponent(namespace)}${name === '' ? '' : `/${encodeURIComponent(name)}`}`;

/** Submits a workflow manifest. */
export async function submitWorkflow(client: RestClient, namespace: string, workflow: Workflow): Promise<Workflow> {
  const body = { namespace, workflow };
  return (await client.call({ method: 'POST', path: pathOf(namespace), body })) as Workflow;
}

/** Creates a workflow from a template or a CronWorkflow: `body` is upstream's. */
export async function submitFromTemplate(
  client: RestClient,
  namespace: string,
  body: { readonly resourceKind: string; readonly resourceName: string; readonly submitOptions: object },
): Promise<Workflow> {
  const path = `${pathOf(namespace)}/submit`;
  return (await client.call({ method: 'POST', path, body: { namespace, ...body } })) as Workflow;
}

/** Asks for a change of one workflow: `retry`, `resubmit`, `suspend`, `resume`, `stop`, `terminate`, `set`. */
export async function changeWorkflow(
  client: RestClient,
  target: { readonly namespace: string; readonly name: string; readonly verb: string },
  body: object,
): Promise<Workflow> {
  const { namespace, name, verb } = target;
  const path = `${pathOf(namespace, name)}/${verb}`;
  return (await client.call({ method: 'PUT', path, body: { namespace, name, ...body } })) as Workflow;
}

/** Reads one workflow. `@latest` is the newest of the namespace. */
export async function getWorkflow(client: RestClient, namespace: string, name: string): Promise<Workflow> {
  if (name !== '@latest') return (await client.call({ method: 'GET', path: pathOf(namespace, name) })) as Workflow;
  const all = await listWorkflows(client, namespace);
  const newest = all
    .toSorted((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))
    .at(-1);
  if (newest === undefined) throw new CommandError(`no workflow in namespace ${namespace}`);
  return newest;
}

/** Lists workflows; namespace `''` means all. */
export async function listWorkflows(
  client: RestClient,
  namespace: string,
  selector = '',
): Promise<readonly Workflow[]> {
  const query = selector === '' ? {} : { 'listOptions.labelSelector': selector };
  const answer = await client.call({ method: 'GET', path: pathOf(namespace), query });
  const items = isObject(answer) ? answer['items'] : undefined;
  return Array.isArray(items) ? (items as readonly Workflow[]) : [];
}

/** Deletes one workflow. */
export async function deleteWorkflow(client: RestClient, namespace: string, name: string): Promise<void> {
  await client.call({ method: 'DELETE', path: pathOf(namespace, name) });
}

/** Every state of one workflow from now on; undefined when it was deleted. */
export async function* watchWorkflow(
  client: RestClient,
  workflow: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): AsyncIterable<Workflow | undefined> {
  const path = `/api/v1/workflow-events/${encodeURIComponent(workflow.namespace)}`;
  const query = { 'listOptions.fieldSelector': `metadata.name=${workflow.name}` };
  for await (const item of client.stream({ method: 'GET', path, query, signal })) {
    if (!isObject(item) || !isObject(item['object'])) continue;
    const found = item['object'] as unknown as Workflow;
    if (found.metadata.name === workflow.name) yield item['type'] === 'DELETED' ? undefined : found;
  }
}

/** One line of a log. */
export interface LogLine {
  readonly content: string;
  readonly podName: string;
}

/** Log lines of a workflow, or of one of its pods. `query` holds logOptions.*, podName, grep. */
export async function* workflowLogs(
  client: RestClient,
  workflow: { readonly namespace: string; readonly name: string },
  call: { readonly query: { readonly [name: string]: string }; readonly signal: AbortSignal },
): AsyncIterable<LogLine> {
  const path = `${pathOf(workflow.namespace, workflow.name)}/log`;
  for await (const item of client.stream({ method: 'GET', path, query: call.query, signal: call.signal })) {
    if (!isObject(item)) continue;
    const { content, podName } = item as { readonly content?: string; readonly podName?: string };
    yield { content: content ?? '', podName: podName ?? '' };
  }
}
