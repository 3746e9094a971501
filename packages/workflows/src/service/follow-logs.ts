import { resources } from '@argosy/api';
import { workflowLabels, type Workflow } from '@argosy/api/workflows';
import { getPath } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { ClusterApi } from '@argosy/kube/port';

import type { PodLogLine } from './log-lines.ts';

/** Lines that wait for a slow reader before the logs wait for it. */
export const MAX_WAITING_LINES = 10_000;

/** Opens the log of one pod. */
export type OpenLog = (pod: KubeObject, signal: AbortSignal) => AsyncIterable<PodLogLine>;

interface Funnel {
  readonly lines: PodLogLine[];
  error: unknown;
  open: number;
  finished: boolean;
  wake: () => void;
  room: () => void;
}

/** Resolves when `set` is called with the way to resolve it. */
function signalled(set: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => set(resolve));
}

async function pump(funnel: Funnel, lines: AsyncIterable<PodLogLine>): Promise<void> {
  funnel.open += 1;
  try {
    for await (const line of lines) {
      funnel.lines.push(line);
      funnel.wake();
      if (funnel.lines.length >= MAX_WAITING_LINES) await signalled((wake) => (funnel.room = wake));
    }
  } catch (error) {
    funnel.error ??= error;
  } finally {
    funnel.open -= 1;
    funnel.wake();
  }
}

function hasStarted(pod: KubeObject): boolean {
  return getPath(pod, ['status', 'phase']) !== 'Pending';
}

async function watchPods(api: ClusterApi, name: { namespace: string; name: string }, io: Watching): Promise<void> {
  const seen = new Set<string>();
  const labelSelector = `${workflowLabels.workflow}=${name.name}`;
  const watch = { resource: resources.pods, namespace: name.namespace, labelSelector, signal: io.signal };
  for await (const event of api.watch(watch)) {
    const uid = event.object.metadata.uid ?? event.object.metadata.name;
    if (event.type === 'BOOKMARK' || event.type === 'DELETED' || seen.has(uid) || !hasStarted(event.object)) continue;
    seen.add(uid);
    void pump(io.funnel, io.openLog(event.object, io.linesSignal));
  }
}

interface Watching {
  readonly funnel: Funnel;
  readonly openLog: OpenLog;
  /** Ends the watches; logs under way go on to their ends. */
  readonly signal: AbortSignal;
  readonly linesSignal: AbortSignal;
}

async function untilOver(
  api: ClusterApi,
  name: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  const fieldSelector = `metadata.name=${name.name}`;
  const watch = { resource: resources.workflows, namespace: name.namespace, fieldSelector, signal };
  for await (const event of api.watch(watch)) {
    if (event.type === 'BOOKMARK' || event.object.metadata.name !== name.name) continue;
    const phase = (event.object as Workflow).status?.phase ?? '';
    if (event.type === 'DELETED' || ['Succeeded', 'Failed', 'Error'].includes(phase)) return;
  }
}

/** An aborted wait is the end that was asked for; everything else is told to the reader. */
async function tolerateAbort(work: Promise<void>, funnel: Funnel, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted) funnel.error ??= error;
  }
}

/**
 * Follows the logs of all pods of a workflow, those that start later included, in order of arrival. Ends when the
 * workflow is over or gone and every log was read to its end.
 */
export async function* followWorkflowLogs(
  api: ClusterApi,
  workflow: { readonly namespace: string; readonly name: string },
  io: { readonly openLog: OpenLog; readonly signal: AbortSignal },
): AsyncGenerator<PodLogLine> {
  const funnel: Funnel = {
    lines: [],
    error: undefined,
    open: 0,
    finished: false,
    wake: () => undefined,
    room: () => undefined,
  };
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const watching: Watching = { funnel, openLog: io.openLog, signal, linesSignal: io.signal };
  const pods = tolerateAbort(watchPods(api, workflow, watching), funnel, signal);
  const over = tolerateAbort(untilOver(api, workflow, signal), funnel, signal).then(async () => {
    stop.abort();
    await pods;
    funnel.finished = true;
    funnel.wake();
  });
  try {
    for (;;) {
      const lines = funnel.lines.splice(0);
      funnel.room();
      yield* lines;
      if (funnel.error !== undefined && !io.signal.aborted) throw toError(funnel.error);
      if (funnel.lines.length > 0) continue;
      if ((funnel.finished && funnel.open === 0) || io.signal.aborted) return;
      await signalled((wake) => {
        funnel.wake = wake;
        if (funnel.lines.length > 0 || (funnel.finished && funnel.open === 0)) wake();
      });
    }
  } finally {
    stop.abort();
    await over;
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
