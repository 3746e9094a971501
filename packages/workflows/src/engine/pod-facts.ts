import { workflowAnnotations, workflowLabels } from '@argosy/api/workflows';
import type { KubeObject } from '@argosy/kube/meta';
import { getPath, isObject } from '@argosy/std';

import type { PodFacts } from './contract.ts';

/** Text of a container or pod message that goes into a status: longer ones are cut here. */
export const MAX_MESSAGE_LENGTH = 4096;

type Json = { readonly [key: string]: unknown };

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_MESSAGE_LENGTH) : '';
}

function pair(reason: string, message: string): string {
  return message === '' ? reason : `${reason}: ${message}`;
}

function statuses(pod: KubeObject): { readonly init: readonly Json[]; readonly main: readonly Json[] } {
  return {
    init: objects(getPath(pod, ['status', 'initContainerStatuses'])),
    main: objects(getPath(pod, ['status', 'containerStatuses'])),
  };
}

function unschedulable(pod: KubeObject): string | undefined {
  const condition = objects(getPath(pod, ['status', 'conditions'])).find(
    (item) => item['type'] === 'PodScheduled' && item['reason'] === 'Unschedulable',
  );
  return condition === undefined ? undefined : pair('Unschedulable', text(condition['message']));
}

function waitingMessage(pod: KubeObject): string | undefined {
  const { init, main } = statuses(pod);
  for (const status of [...init, ...main]) {
    const waiting = getPath(status, ['state', 'waiting']);
    if (isObject(waiting) && text(waiting['reason']) !== '') {
      return pair(text(waiting['reason']), text(waiting['message']));
    }
  }
  return unschedulable(pod);
}

type Verdict = { readonly message: string; readonly blame: 'Failed' | 'Error' };

function containerVerdict(status: Json, isInit: boolean): Verdict | undefined {
  const name = text(status['name']);
  const waiting = getPath(status, ['state', 'waiting']);
  if (isObject(waiting)) {
    const why = pair(text(waiting['reason']), text(waiting['message']));
    return { blame: 'Error', message: `Pod failed before ${name} container starts due to ${why}` };
  }
  const ended = getPath(status, ['state', 'terminated']);
  if (!isObject(ended) || ended['exitCode'] === 0) return undefined;
  // A sidecar that was told to stop is no failure.
  if (!isInit && name !== 'main' && STOP_CODES.includes(Number(ended['exitCode']))) return undefined;
  return { blame: OUR_CONTAINERS.includes(name) ? 'Error' : 'Failed', message: exitMessage(name, ended) };
}

const STOP_CODES = [137, 143];
const OUR_CONTAINERS = ['init', 'wait'];

function exitMessage(name: string, ended: Json): string {
  const told = text(ended['message']);
  const reason = text(ended['reason']) || 'Error';
  return `${name}: ${reason} (exit code ${Number(ended['exitCode'])})${told === '' ? '' : `: ${told}`}`;
}

function mainFirst(containers: readonly Json[]): readonly Json[] {
  const rank = (item: Json): number => (item['name'] === 'main' ? 0 : item['name'] === 'wait' ? 1 : 2);
  return [...containers].sort((a, b) => rank(a) - rank(b));
}

function failureVerdict(pod: KubeObject): Verdict {
  const podMessage = text(getPath(pod, ['status', 'message']));
  if (podMessage !== '') return { message: podMessage, blame: 'Failed' };
  const { init, main } = statuses(pod);
  if (init.length + main.length === 0) {
    const { name, namespace = '' } = pod.metadata;
    return { message: `can't find failed message for pod ${name} namespace ${namespace}`, blame: 'Failed' };
  }
  const verdict =
    init.map((status) => containerVerdict(status, true)).find((item) => item !== undefined) ??
    mainFirst(main)
      .map((status) => containerVerdict(status, false))
      .find((item) => item !== undefined);
  return verdict ?? { message: 'pod failed: main container did not complete successfully', blame: 'Failed' };
}

function exitCodeOf(pod: KubeObject): number | undefined {
  const main = statuses(pod).main.find((status) => status['name'] === 'main');
  const code = getPath(main, ['state', 'terminated', 'exitCode']);
  return typeof code === 'number' ? code : undefined;
}

function terminationMessageOf(pod: KubeObject): string | undefined {
  const main = statuses(pod).main.find((status) => status['name'] === 'main');
  const ended = getPath(main, ['state', 'terminated']);
  if (!isObject(ended) || ended['exitCode'] !== 0) return undefined;
  return text(ended['message']) === '' ? undefined : text(ended['message']);
}

function readiness(pod: KubeObject, phase: PodFacts['phase']): { isReady?: true } {
  const { main } = statuses(pod);
  const isReady = phase === 'Running' && main.length > 0 && main.every((status) => status['ready'] === true);
  return isReady ? { isReady } : {};
}

function phaseOf(pod: KubeObject): PodFacts['phase'] {
  const phase = text(getPath(pod, ['status', 'phase']));
  if (phase === 'Running' || phase === 'Succeeded' || phase === 'Failed') return phase;
  return 'Pending';
}

function verdictOf(pod: KubeObject, phase: PodFacts['phase']): { message?: string; blame?: 'Failed' | 'Error' } {
  if (phase === 'Failed') return failureVerdict(pod);
  const message = phase === 'Pending' ? waitingMessage(pod) : undefined;
  return message === undefined ? {} : { message };
}

/** Reads what the engine needs of a pod. Messages are upstream's. */
export function podFacts(pod: KubeObject): PodFacts {
  const { name, uid = '', annotations = {}, labels = {} } = pod.metadata;
  const phase = phaseOf(pod);
  const exitCode = exitCodeOf(pod);
  const terminationMessage = terminationMessageOf(pod);
  const podIP = text(getPath(pod, ['status', 'podIP']));
  const hostNodeName = text(getPath(pod, ['spec', 'nodeName']));
  return {
    name,
    uid,
    nodeId: annotations[workflowAnnotations.nodeId] ?? name,
    phase,
    ...verdictOf(pod, phase),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(terminationMessage === undefined ? {} : { terminationMessage }),
    ...(podIP === '' ? {} : { podIP }),
    ...(hostNodeName === '' ? {} : { hostNodeName }),
    ...readiness(pod, phase),
    labels,
    labelledCompleted: labels[workflowLabels.completed] === 'true',
  };
}
