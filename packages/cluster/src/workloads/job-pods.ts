import { milliseconds, type DurationMs, type Instant } from '@argosy/std';
import { keyOf } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import { isTracked, releasePod, TRACKING_FINALIZER, type JobAccount } from './job-accounting.ts';
import { COMPLETION_INDEX, completionIndexOf } from './job-indexes.ts';
import type { ContainerSpec, Job, Pod, PodTemplate } from './kinds.ts';
import { rankForDeletion } from './pod-ranking.ts';
import { finishedAt, freePodNames, isTerminal, podFromTemplate } from './pods.ts';
import { targets } from './resources.ts';

/** Wait after the first failed pod; doubles with each further failure in a row. */
export const FIRST_JOB_BACKOFF_MS = 10_000;

/** Longest wait between attempts. */
export const LAST_JOB_BACKOFF_MS = 360_000;

/** True when each completion has its own index. */
export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === 'Indexed';
}

/** How long failed pods hold the next attempt back: by the failures since the last success. */
export function jobBackoffMs(pods: readonly Pod[], now: Instant): DurationMs {
  const ended = pods.filter((pod) => isTerminal(pod) || pod.metadata.deletionTimestamp !== undefined);
  const lastSuccess = Math.max(0, ...ended.filter((pod) => pod.status?.phase === 'Succeeded').map(finishedAt));
  const failures = ended.filter((pod) => pod.status?.phase === 'Failed' && finishedAt(pod) >= lastSuccess);
  if (failures.length === 0) return milliseconds(0);
  const wait = Math.min(LAST_JOB_BACKOFF_MS, FIRST_JOB_BACKOFF_MS * 2 ** Math.min(failures.length - 1, 20));
  const lastFailure = Math.max(...failures.map(finishedAt));
  return milliseconds(Math.max(0, lastFailure + wait - now));
}

function labelsFor(job: Job): { readonly [key: string]: string } {
  const { name, uid = '' } = job.metadata;
  return {
    'job-name': name,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'batch.kubernetes.io/controller-uid': uid,
  };
}

const INDEX_ENV = Object.freeze({
  name: 'JOB_COMPLETION_INDEX',
  valueFrom: { fieldRef: { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } },
});

function withIndexEnv(container: ContainerSpec): ContainerSpec {
  if (container.env?.some((each) => each.name === INDEX_ENV.name) === true) return container;
  return { ...container, env: [...(container.env ?? []), INDEX_ENV] };
}

function indexedTemplate(job: Job, index: number): PodTemplate {
  const { template } = job.spec;
  const { containers, initContainers } = template.spec;
  return {
    ...template,
    spec: {
      ...template.spec,
      containers: containers.map(withIndexEnv),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(withIndexEnv) }),
      hostname: template.spec.hostname ?? `${job.metadata.name}-${index}`,
    },
  };
}

function creation(job: Job, name: string, index: number | undefined): readonly StandardAction[] {
  const marks = index === undefined ? {} : { [COMPLETION_INDEX]: String(index) };
  const template = index === undefined ? job.spec.template : indexedTemplate(job, index);
  const object = podFromTemplate(job, template, {
    name,
    generateName: index === undefined ? `${job.metadata.name}-` : `${job.metadata.name}-${index}-`,
    labels: { ...labelsFor(job), ...marks },
    annotations: marks,
    finalizers: [TRACKING_FINALIZER],
  });
  const event = { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}` } as const;
  return [
    { kind: 'create', resource: targets.pods, object },
    { kind: 'record-event', about: job, event },
  ];
}

/** Creates `count` pods; Indexed jobs take the lowest indexes that are neither done nor running. */
export function createJobPods(
  job: Job,
  account: JobAccount,
  wish: { readonly count: number; readonly taken: ReadonlySet<string> },
): readonly StandardAction[] {
  const { name, uid = '' } = job.metadata;
  if (!isIndexed(job)) {
    const names = freePodNames({ prefix: `${name}-`, uid }, wish.taken, wish.count);
    return names.flatMap((each) => creation(job, each, undefined));
  }
  const busy = new Set(account.active.map(completionIndexOf));
  const actions: StandardAction[] = [];
  let created = 0;
  for (let index = 0; created < wish.count && index < (job.spec.completions ?? 0); index += 1) {
    if (busy.has(index) || account.indexes.has(index)) continue;
    const prefix = `${name}-${index}-`;
    const [podName = ''] = freePodNames({ prefix, uid: `${uid}/${index}` }, wish.taken, 1);
    actions.push(...creation(job, podName, index));
    created += 1;
  }
  return actions;
}

/** Deletes pods; with `uncounted` they are let go first, so that they do not count as failures. */
export function deleteJobPods(
  job: Job,
  pods: readonly Pod[],
  options: { readonly uncounted: boolean },
): readonly StandardAction[] {
  return pods.flatMap((pod): StandardAction[] => [
    ...(options.uncounted && isTracked(pod) ? [releasePod(pod)] : []),
    {
      kind: 'delete',
      resource: targets.pods,
      key: keyOf(pod),
      options: {
        propagationPolicy: 'Background',
        ...(pod.metadata.uid === undefined ? {} : { preconditions: { uid: pod.metadata.uid } }),
      },
    },
    {
      kind: 'record-event',
      about: job,
      event: { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` },
    },
  ]);
}

/** The active pods that are too many: first second pods of an index and those of indexes out of range, then by rank. */
export function surplusPods(job: Job, account: JobAccount, count: number): readonly Pod[] {
  const ranked = rankForDeletion(account.active);
  if (!isIndexed(job)) return ranked.slice(0, count);
  const useless = new Set<Pod>();
  const seen = new Set<number>();
  for (const pod of [...ranked].reverse()) {
    const index = completionIndexOf(pod);
    const isNeeded = index !== undefined && index < (job.spec.completions ?? 0) && !account.indexes.has(index);
    if (!isNeeded || seen.has(index)) useless.add(pod);
    else seen.add(index);
  }
  const ordered = [...ranked.filter((pod) => useless.has(pod)), ...ranked.filter((pod) => !useless.has(pod))];
  return ordered.slice(0, Math.max(count, useless.size));
}
