import { formatTime, getPath, isObject, type Instant } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { conditionNames, listAt } from '../health/verdict.ts';
import { created, patched, replicasParam, setting, type ActionTable, type BuiltinAction } from './action.ts';

const PLAY = 'fa fa-fw fa-play';
const PAUSE = 'fa fa-fw fa-pause';
const PLUS = 'fa fa-fw fa-plus';

const isPaused = (object: KubeObject): boolean => getPath(object, ['spec', 'paused']) === true;
const isSuspended = (object: KubeObject): boolean => getPath(object, ['spec', 'suspend']) === true;

/** Starts the pods of a workload anew, as `kubectl rollout restart` does. */
const restart: BuiltinAction = {
  run: setting(({ now }) => [
    [['spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'], formatTime(now)],
  ]),
};

const scale: BuiltinAction = {
  params: [{ name: 'replicas' }],
  run: (input) => {
    const replicas = replicasParam(input);
    return replicas.ok ? setting(() => [[['spec', 'replicas'], replicas.value]])(input) : replicas;
  },
};

const suspend: BuiltinAction = {
  iconClass: PAUSE,
  offered: (object) => !isSuspended(object),
  run: setting(() => [[['spec', 'suspend'], true]]),
};

const resume: BuiltinAction = {
  iconClass: PLAY,
  offered: isSuspended,
  run: setting(() => [[['spec', 'suspend'], false]]),
};

const MINUTE_CHARACTERS = 12;

/** `202601020304`: the minute, in UTC. */
export const minuteOf = (now: Instant): string => formatTime(now).replace(/[-T:]/g, '').slice(0, MINUTE_CHARACTERS);

/** The one owner of an object that an action made. */
export function ownerOf(object: KubeObject, controller: boolean): readonly object[] {
  const { apiVersion, kind, metadata } = object;
  const { name, uid } = metadata;
  return [{ apiVersion, kind, name, uid, ...(controller ? { controller: true } : {}) }];
}

/** The object without empty lists and maps, at any depth: a template may hold some that the server refuses. */
export function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compact);
  if (!isObject(value)) return value;
  const members = Object.entries(value)
    .map(([name, member]) => [name, compact(member)] as const)
    .filter(([, member]) => !(isObject(member) && Object.keys(member).length === 0));
  return Object.fromEntries(members);
}

const createJob: BuiltinAction = {
  displayName: 'Create Job',
  iconClass: PLUS,
  run: ({ object, now }) => {
    const template = getPath(object, ['spec', 'jobTemplate']);
    const parts = isObject(template) ? template : {};
    const metadata = isObject(parts['metadata']) ? parts['metadata'] : {};
    const { namespace } = object.metadata;
    const annotations = isObject(metadata['annotations']) ? metadata['annotations'] : {};
    return created({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        ...(isObject(metadata['labels']) ? { labels: metadata['labels'] } : {}),
        annotations: { ...annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
        name: `${object.metadata.name}-${minuteOf(now).slice(2)}`,
        ...(namespace === undefined ? {} : { namespace }),
        ownerReferences: ownerOf(object, true),
      },
      spec: compact(parts['spec']),
    } as unknown as KubeObject);
  },
};

const ENDED = ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'].map((type) => `${type}=True`);

function hasEnded(object: KubeObject): boolean {
  const names = conditionNames(object);
  return ENDED.some((name) => names.has(name));
}

const terminateJob: BuiltinAction = {
  iconClass: 'fa fa-fw fa-stop',
  offered: (object) => !hasEnded(object) && object['status'] !== undefined,
  run: (input) => {
    if (hasEnded(input.object)) return patched(input.object);
    const condition = {
      lastTransitionTime: formatTime(input.now),
      message: 'Job was terminated explicitly through Argo CD',
      reason: 'ManuallyTerminated',
      status: 'True',
      type: 'FailureTarget',
    };
    const conditions = [...listAt(input.object, ['status', 'conditions']), condition];
    return setting(() => [[['status', 'conditions'], conditions]])(input);
  },
};

/** Actions of Kubernetes' own workloads. */
export const KUBERNETES_ACTIONS: { readonly [groupKind: string]: ActionTable } = {
  'apps/Deployment': {
    restart,
    pause: { disabled: isPaused, run: setting(() => [[['spec', 'paused'], true]]) },
    resume: { disabled: (object) => !isPaused(object), run: setting(() => [[['spec', 'paused'], false]]) },
    scale,
  },
  'apps/StatefulSet': { restart, scale },
  'apps/DaemonSet': { restart },
  'batch/CronJob': { 'create-job': createJob, suspend, resume },
  'batch/Job': {
    suspend: { ...suspend, offered: (object) => !hasEnded(object) && !isSuspended(object) },
    resume: { ...resume, offered: (object) => !hasEnded(object) && isSuspended(object) },
    terminate: terminateJob,
  },
};
