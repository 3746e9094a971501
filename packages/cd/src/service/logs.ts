import { RestError, type RestRequest } from '@argosy/api/rest';
import type { ApplicationTree, ResourceNode } from '../engine/index.ts';
import type { ServiceContext } from './context.ts';

/** Pods whose logs one request may show. */
export const MAX_LOG_PODS = 10;

/** One line of a log, as the API tells it. */
export interface LogEntry {
  readonly content: string;
  readonly timeStamp: string;
  readonly timeStampStr: string;
  readonly last: boolean;
  readonly podName: string;
}

function isBelow(tree: ApplicationTree, pod: ResourceNode, wanted: (node: ResourceNode) => boolean): boolean {
  const open: (ResourceNode | undefined)[] = [pod];
  const seen = new Set<string>();
  for (const node of open) {
    if (node === undefined || seen.has(node.uid ?? '')) continue;
    if (wanted(node)) return true;
    seen.add(node.uid ?? '');
    for (const parent of node.parentRefs ?? []) open.push(tree.nodes.find((each) => each.uid === parent.uid));
  }
  return false;
}

function selectPods(tree: ApplicationTree, request: RestRequest): readonly ResourceNode[] {
  const { query, params } = request;
  const podName = params['podName'] ?? query.get('podName') ?? '';
  const [kind, name, group] = [query.get('kind') ?? '', query.get('resourceName') ?? '', query.get('group') ?? ''];
  const wanted = (node: ResourceNode): boolean =>
    (podName === '' || (node.kind === 'Pod' && node.name === podName)) &&
    (kind === '' || node.kind === kind) &&
    (name === '' || node.name === name) &&
    (group === '' || (node.group ?? '') === group);
  const namespace = query.get('namespace') ?? '';
  const pods = tree.nodes.filter(
    (node) => node.kind === 'Pod' && node.uid !== undefined && (namespace === '' || node.namespace === namespace),
  );
  return pods.filter((pod) => isBelow(tree, pod, wanted));
}

function entryOf(line: string, podName: string): LogEntry {
  const space = line.indexOf(' ');
  const stamp = space < 0 ? '' : line.slice(0, space);
  return { content: line.slice(space + 1), timeStamp: stamp, timeStampStr: stamp, last: false, podName };
}

async function* podLines(context: ServiceContext, pod: ResourceNode, request: RestRequest): AsyncGenerator<LogEntry> {
  const { query, signal } = request;
  const number = (name: string): number | undefined => {
    const value = Number(query.get(name) ?? '');
    return Number.isFinite(value) && value > 0 ? value : undefined;
  };
  const [container, tailLines, sinceSeconds] = [query.get('container'), number('tailLines'), number('sinceSeconds')];
  const chunks = context.options.api.logs({
    key: { namespace: pod.namespace ?? '', name: pod.name },
    ...(container === undefined || container === '' ? {} : { container }),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    follow: query.get('follow') === 'true',
    previous: query.get('previous') === 'true',
    timestamps: true,
    signal,
  });
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield entryOf(line, pod.name);
  }
  if (rest !== '') yield entryOf(rest, pod.name);
}

function filterOf(request: RestRequest): (entry: LogEntry) => boolean {
  const asked = request.query.get('filter') ?? '';
  const inverted = asked.startsWith('!');
  const fold = (text: string): string => (request.query.get('matchCase') === 'true' ? text : text.toLowerCase());
  const wanted = fold(inverted ? asked.slice(1) : asked);
  return (entry) => wanted === '' || fold(entry.content).includes(wanted) !== inverted;
}

/**
 * The log lines of the selected pods of an Application, pod after pod, closed by an entry with `last`.
 * @throws RestError InvalidArgument when more pods than the limit are selected.
 */
export async function* podLogs(
  context: ServiceContext,
  tree: ApplicationTree,
  request: RestRequest,
): AsyncGenerator<LogEntry> {
  const pods = selectPods(tree, request);
  if (pods.length > MAX_LOG_PODS) {
    throw new RestError('InvalidArgument', 'max pods to view logs are reached. Please provide more granular query');
  }
  const matches = filterOf(request);
  for (const pod of pods) {
    for await (const entry of podLines(context, pod, request)) if (matches(entry)) yield entry;
  }
  const now = new Date(context.options.clock.now()).toISOString();
  yield { content: '', timeStamp: now, timeStampStr: now, last: true, podName: pods[0]?.name ?? '' };
}
