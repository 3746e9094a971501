import { resources } from '@argosy/api';
import { RestError, type RestRequest } from '@argosy/api/rest';
import { workflowLabels } from '@argosy/api/workflows';
import { keyOf, type KubeObject } from '@argosy/kube/meta';
import { getObject, listObjects, type ClusterApi, type LogRequest } from '@argosy/kube/port';
import { compareText, getPath } from '@argosy/std';
import { RE2JS } from 're2js';

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

async function openLines(api: ClusterApi, request: RestRequest, podName: string): Promise<AsyncIterable<PodLogLine>> {
  const options = logOptions(request);
  const { namespace = '', name = '' } = request.params;
  if (podName !== '') {
    const pod = await getObject(api, { resource: resources.pods, key: { namespace, name: podName } });
    if (pod.metadata.labels?.[workflowLabels.workflow] !== name) {
      throw new RestError('NotFound', `pod ${podName} does not belong to workflow ${name}`);
    }
    return podLogLines(api, { ...options, key: { namespace, name: podName } });
  }
  if (options.follow === true) {
    const openLog = (pod: KubeObject, signal: AbortSignal) => podLogLines(api, { ...options, key: keyOf(pod), signal });
    return followWorkflowLogs(api, { namespace, name }, { openLog, signal: request.signal });
  }
  const pods = await podsOf(api, request);
  if (pods.length > MAX_MERGED_PODS) {
    const limit = `at most ${MAX_MERGED_PODS} logs are merged; name one with podName`;
    throw new RestError('ResourceExhausted', `workflow ${name} has ${pods.length} pods: ${limit}`);
  }
  return mergeInOrder(pods.map((pod) => podLogLines(api, { ...options, key: keyOf(pod) })));
}

/**
 * The log of one pod of a workflow, or of all of them merged by time.
 * @throws RestError InvalidArgument for bad options, NotFound for a pod of somebody else; KubeError NotFound.
 */
export async function workflowLogs(api: ClusterApi, request: RestRequest): Promise<AsyncIterable<LogEntry>> {
  const matches = grepOf(request);
  const withTimes = request.query.get('logOptions.timestamps') === 'true';
  const podName = request.params['podName'] ?? request.query.get('podName') ?? '';
  const lines = await openLines(api, request, podName);
  return (async function* entries(): AsyncGenerator<LogEntry> {
    for await (const line of lines) {
      if (!matches(line.content)) continue;
      yield { content: withTimes ? `${line.time} ${line.content}` : line.content, podName: line.podName };
    }
  })();
}
