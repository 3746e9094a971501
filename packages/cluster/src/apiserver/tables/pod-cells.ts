import { parseTime, type Instant } from '@argosy/std';
import { part, parts, textAt, type Draft } from '../draft.ts';
import { ageCell, at, cell, conditionsOf, nameCell, numberOf, orNone, textOf, wide, type Cell } from './cells.ts';
import { durationText } from './age.ts';

type Names = ReadonlySet<string>;

function sidecarNames(pod: Draft): Names {
  const sidecars = parts(part(pod, 'spec'), 'initContainers').filter((item) => item['restartPolicy'] === 'Always');
  return new Set(sidecars.map((item) => textAt(item, 'name')));
}

function endedText(terminated: Draft, prefix: string): string {
  const reason = textAt(terminated, 'reason');
  if (reason !== '') return prefix + reason;
  const signal = numberOf(terminated, 'signal');
  return signal !== 0 ? `${prefix}Signal:${signal}` : `${prefix}ExitCode:${numberOf(terminated, 'exitCode')}`;
}

/** What an init container that is not through makes of the pod's status; `undefined` when it is through. */
function initText(pod: Draft, status: Draft, sidecars: Names): string | undefined {
  const state = part(status, 'state');
  const terminated = part(state, 'terminated');
  if (terminated !== undefined && numberOf(terminated, 'exitCode') === 0) return undefined;
  if (sidecars.has(textAt(status, 'name')) && status['started'] === true) return undefined;
  if (terminated !== undefined) return endedText(terminated, 'Init:');
  const waiting = textAt(part(state, 'waiting'), 'reason');
  if (waiting !== '' && waiting !== 'PodInitializing') return `Init:${waiting}`;
  const all = parts(part(pod, 'spec'), 'initContainers').length;
  const index = parts(part(pod, 'status'), 'initContainerStatuses').indexOf(status);
  return `Init:${index}/${all}`;
}

function containerText(status: Draft): string {
  const state = part(status, 'state');
  const waiting = textAt(part(state, 'waiting'), 'reason');
  if (waiting !== '') return waiting;
  const terminated = part(state, 'terminated');
  return terminated === undefined ? '' : endedText(terminated, '');
}

function plainText(pod: Draft, first: string): string {
  const statuses = parts(part(pod, 'status'), 'containerStatuses');
  let reason = first;
  for (const status of [...statuses].reverse()) reason = containerText(status) || reason;
  const running = statuses.some((status) => status['ready'] === true && part(part(status, 'state'), 'running'));
  if (reason !== 'Completed' || !running) return reason;
  return conditionsOf(pod).some((item) => item['type'] === 'Ready' && item['status'] === 'True')
    ? 'Running'
    : 'NotReady';
}

/** The Status column of `kubectl get pods`. */
export function podStatusText(pod: Draft): string {
  const status = part(pod, 'status');
  const gated = conditionsOf(pod).some(
    (item) => item['type'] === 'PodScheduled' && item['reason'] === 'SchedulingGated',
  );
  const first = gated ? 'SchedulingGated' : textAt(status, 'reason') || textAt(status, 'phase');
  const sidecars = sidecarNames(pod);
  const waiting = parts(status, 'initContainerStatuses')
    .map((item) => initText(pod, item, sidecars))
    .find((text) => text !== undefined);
  const text = waiting ?? plainText(pod, first);
  if (at(pod, 'metadata', 'deletionTimestamp') === undefined) return text;
  return textAt(status, 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
}

/** Statuses of the containers that the Ready and Restarts columns count: plain ones and sidecars. */
function countedStatuses(pod: Draft): readonly Draft[] {
  const sidecars = sidecarNames(pod);
  const status = part(pod, 'status');
  const inits = parts(status, 'initContainerStatuses').filter((item) => sidecars.has(textAt(item, 'name')));
  return [...inits, ...parts(status, 'containerStatuses')];
}

function readyText(pod: Draft): string {
  const ready = countedStatuses(pod).filter((item) => item['ready'] === true).length;
  return `${ready}/${parts(part(pod, 'spec'), 'containers').length + sidecarNames(pod).size}`;
}

function restartsText(pod: Draft, now: Instant): string {
  const status = part(pod, 'status');
  const statuses = [...parts(status, 'initContainerStatuses'), ...parts(status, 'containerStatuses')];
  const restarts = countedStatuses(pod).reduce((sum, item) => sum + numberOf(item, 'restartCount'), 0);
  const ends = statuses.map((item) => parseTime(textOf(item, 'lastState', 'terminated', 'finishedAt')));
  const known = ends.filter((end): end is Instant => end !== undefined);
  if (restarts === 0 || known.length === 0) return String(restarts);
  return `${restarts} (${durationText(now - Math.max(...known))} ago)`;
}

function gatesText(pod: Draft): string {
  const gates = parts(part(pod, 'spec'), 'readinessGates');
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) =>
    conditionsOf(pod).some((item) => item['type'] === gate['conditionType'] && item['status'] === 'True'),
  );
  return `${met.length}/${gates.length}`;
}

/** Columns of pods. */
export const podCells: readonly Cell[] = [
  nameCell,
  cell('Ready', readyText),
  cell('Status', podStatusText),
  cell('Restarts', restartsText),
  ageCell,
  wide('IP', (pod) => orNone(textOf(pod, 'status', 'podIP'))),
  wide('Node', (pod) => orNone(textOf(pod, 'spec', 'nodeName'))),
  wide('Nominated Node', (pod) => orNone(textOf(pod, 'status', 'nominatedNodeName'))),
  wide('Readiness Gates', gatesText),
];
