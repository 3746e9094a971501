import { resources } from '@argosy/api';
import { RestError, type RestRequest } from '@argosy/api/rest';
import { workflowLabels } from '@argosy/api/workflows';
import { keyOf, type KubeObject } from '@argosy/kube/meta';
import { getObjectOrUndefined, listObjects, type ClusterApi, type LogRequest } from '@argosy/kube/port';
import { compareText, getPath } from '@argosy/std';
import { RE2JS } from 're2js';

import { archivedLines, archivedLogs, type LogArchive } from './archived-logs.ts';
import { followWorkflowLogs } from './follow-logs.ts';
import { mergeInOrder, podLogLines, type PodLogLine } from './log-lines.ts';

/** Most pods whose logs are merged into one answer; more are read pod by pod. */
export const MAX_MERGED_PODS = 200;

/** Longest `grep`, in characters. */
export const MAX_GREP_LENGTH = 1024;

/** One item of the stream, as upstream sends it. */
export interface LogEntry {
  readonly content: string;
  readonly podName: string;
}

function numberOption(request: RestRequest, name: string): number | undefined {
  const text = request.query.get(`logOptions.${name}`) ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new RestError('InvalidArgument', `logOptions.${name} must be a whole number >= 0`);
  return Number(text);
}

function logOptions(request: RestRequest): Omit<LogRequest, 'key'> {
  const [tailLines, sinceSeconds] = [numberOption(request, 'tailLines'), numberOption(request, 'sinceSeconds')];
  const limitBytes = numberOption(request, 'limitBytes');
  const sinceTime = request.query.get('logOptions.sinceTime') ?? '';
  return {
    container: request.query.get('logOptions.container') || 'main',
    follow: request.query.get('logOptions.follow') === 'true',
    previous: request.query.get('logOptions.previous') === 'true',
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceTime === '' ? {} : { sinceTime }),
    signal: request.signal,
  };
}

function grepOf(request: RestRequest): (content: string) => boolean {
  const pattern = request.query.get('grep') ?? '';
  if (pattern === '') return () => true;
  if (pattern.length > MAX_GREP_LENGTH) {
    throw new RestError(
      'InvalidArgument',
      `grep has ${pattern.length} characters: at most ${MAX_GREP_LENGTH} are allowed`,
    );
  }
  try {
    // Linear in the text whatever the pattern is, and Go's own syntax.
    const compiled = RE2JS.compile(pattern);
    return (content) => compiled.matcher(content).find();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RestError('InvalidArgument', `grep '${pattern}' is no regular expression: ${why}`);
  }
}

function startOf(pod: KubeObject): string {
  const started = getPath(pod, ['status', 'startTime']);
  return typeof started === 'string' ? started : (pod.metadata.creationTimestamp ?? '');
}

async function podsOf(api: ClusterApi, request: RestRequest): Promise<readonly KubeObject[]> {
  const { namespace = '', name = '' } = request.params;
  const extra = request.query.get('selector') ?? '';
  const labelSelector = `${workflowLabels.workflow}=${name}${extra === '' ? '' : `,${extra}`}`;
  const list = await listObjects(api, { resource: resources.pods, namespace }, { labelSelector });
  const started = list.items.filter((pod) => getPath(pod, ['status', 'phase']) !== 'Pending');
  return [...started].sort(
    (a, b) => compareText(startOf(a), startOf(b)) || compareText(a.metadata.name, b.metadata.name),
  );
}

/** The log of one pod: from the pod, or from the archive when the pod is gone. */
async function onePod(archive: LogArchive, request: RestRequest, name: string): Promise<AsyncIterable<PodLogLine>> {
  const { namespace = '', name: workflow = '' } = request.params;
  const options = { ...logOptions(request), key: { namespace, name } };
  const pod = await getObjectOrUndefined(archive.api, { resource: resources.pods, key: options.key });
  const kept = pod === undefined ? await archivedLogs(archive, { namespace, name: workflow }, options.container) : [];
  const log = kept.find((item) => item.podName === name);
  if (log !== undefined) return archivedLines(archive, log, options);
  if (pod === undefined) throw new RestError('NotFound', `pods "${name}" not found`);
  if (pod.metadata.labels?.[workflowLabels.workflow] !== workflow) {
    throw new RestError('NotFound', `pod ${name} does not belong to workflow ${workflow}`);
  }
  return podLogLines(archive.api, options);
}

async function allPods(archive: LogArchive, request: RestRequest): Promise<AsyncIterable<PodLogLine>> {
  const { api } = archive;
  const options = logOptions(request);
  const { namespace = '', name = '' } = request.params;
  const pods = await podsOf(api, request);
  const live = new Set(pods.map((pod) => pod.metadata.name));
  const isNarrowed = (request.query.get('selector') ?? '') !== '';
  const archived = isNarrowed ? [] : await archivedLogs(archive, { namespace, name }, options.container);
  const gone = archived.filter((log) => !live.has(log.podName));
  const count = pods.length + gone.length;
  if (count > MAX_MERGED_PODS) {
    const limit = `at most ${MAX_MERGED_PODS} logs are merged; name one with podName`;
    throw new RestError('ResourceExhausted', `workflow ${name} has ${count} pods: ${limit}`);
  }
  return mergeInOrder([
    ...gone.map((log) => archivedLines(archive, log, { ...options, key: { namespace, name: log.podName } })),
    ...pods.map((pod) => podLogLines(api, { ...options, key: keyOf(pod) })),
  ]);
}

async function openLines(
  archive: LogArchive,
  request: RestRequest,
  podName: string,
): Promise<AsyncIterable<PodLogLine>> {
  const { api } = archive;
  const options = logOptions(request);
  const { namespace = '', name = '' } = request.params;
  if (podName !== '') return onePod(archive, request, podName);
  if (options.follow !== true) return allPods(archive, request);
  const openLog = (pod: KubeObject, signal: AbortSignal) => podLogLines(api, { ...options, key: keyOf(pod), signal });
  return followWorkflowLogs(api, { namespace, name }, { openLog, signal: request.signal });
}

/**
 * The log of one pod of a workflow, or of all of them merged by time.
 * @throws RestError InvalidArgument for bad options, NotFound for a pod of somebody else; KubeError NotFound.
 */
export async function workflowLogs(archive: LogArchive, request: RestRequest): Promise<AsyncIterable<LogEntry>> {
  const matches = grepOf(request);
  const withTimes = request.query.get('logOptions.timestamps') === 'true';
  const podName = request.params['podName'] ?? request.query.get('podName') ?? '';
  const lines = await openLines(archive, request, podName);
  return (async function* entries(): AsyncGenerator<LogEntry> {
    for await (const line of lines) {
      if (!matches(line.content)) continue;
      yield { content: withTimes ? `${line.time} ${line.content}` : line.content, podName: line.podName };
    }
  })();
}
