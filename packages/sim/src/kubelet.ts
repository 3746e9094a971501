import { resources } from '@argosy/api';
import { keyOf, type KubeObject } from '@argosy/kube/meta';
import { done, requeue, settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import { applyStandardAction, ownKeys, startController, type ControllerContext } from '@argosy/kube/runtime';
import { formatTime, isObject, milliseconds, parseTime, safeNameHash } from '@argosy/std';

/** Says how a simulated pod ends: `exit=1` fails; everything else succeeds. */
export const FATE_ANNOTATION = 'simulation.argosy.io/fate';

/** How long a simulated pod that ends by itself runs, in virtual time. */
const RUN_MS = 1000;

interface Pod extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly restartPolicy?: string;
    readonly containers: readonly { readonly name: string; readonly image?: string }[];
  };
  readonly status?: { readonly phase?: string; readonly startTime?: string };
}

const READY = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'];

function conditionsAt(now: string, ready: boolean): readonly object[] {
  return READY.map((type) => ({
    type,
    status: ready || type === 'PodScheduled' ? 'True' : 'False',
    lastTransitionTime: now,
  }));
}

function statusPatch(pod: Pod, status: object): StandardAction {
  const patch = { metadata: { uid: pod.metadata.uid }, status };
  return { kind: 'patch', resource: resources.pods, key: keyOf(pod), patchType: 'merge', patch, subresource: 'status' };
}

function containersIn(pod: Pod, state: object, ready: boolean): readonly object[] {
  return pod.spec.containers.map(({ name, image = '' }) => ({
    name,
    image,
    imageID: '',
    ready,
    started: ready,
    restartCount: 0,
    state,
    containerID: `simulated://${safeNameHash(`${pod.metadata.uid ?? ''}/${name}`, 20)}`,
  }));
}

function run(pod: Pod, env: PlanEnv): StandardAction {
  const now = formatTime(env.now);
  return statusPatch(pod, {
    phase: 'Running',
    startTime: now,
    podIP: '127.1.0.1',
    conditions: conditionsAt(now, true),
    containerStatuses: containersIn(pod, { running: { startedAt: now } }, true),
  });
}

function finish(pod: Pod, env: PlanEnv): StandardAction {
  const now = formatTime(env.now);
  const exitCode = Number(/exit=(\d+)/.exec(pod.metadata.annotations?.[FATE_ANNOTATION] ?? '')?.[1] ?? '0');
  const terminated = {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: pod.status?.startTime ?? now,
    finishedAt: now,
  };
  return statusPatch(pod, {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    conditions: conditionsAt(now, false),
    containerStatuses: containersIn(pod, { terminated }, false),
  });
}

const act = (action: StandardAction): Plan<StandardAction, undefined> => ({
  actions: [action],
  status: undefined,
  next: settled,
});

function remove(pod: Pod): StandardAction {
  const options = { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid ?? '' } };
  return { kind: 'delete', resource: resources.pods, key: keyOf(pod), options };
}

function planRunning(pod: Pod, env: PlanEnv): Plan<StandardAction, undefined> {
  if ((pod.spec.restartPolicy ?? 'Always') === 'Always') return done(undefined);
  const started = parseTime(pod.status?.startTime ?? '') ?? env.now;
  const left = started + RUN_MS - env.now;
  return left <= 0 ? act(finish(pod, env)) : done(undefined, requeue(milliseconds(left), 'Running'));
}

/** What a node would do with a pod: start it, let it end if it is a job, remove it when it is deleted. */
export function planSimulatedPod(pod: Pod, env: PlanEnv): Plan<StandardAction, undefined> {
  const isBound = (pod.spec.nodeName ?? '') !== '';
  if (!isBound) return done(undefined);
  if (pod.metadata.deletionTimestamp !== undefined) return act(remove(pod));
  const phase = pod.status?.phase ?? 'Pending';
  if (phase === 'Pending') return act(run(pod, env));
  return phase === 'Running' ? planRunning(pod, env) : done(undefined);
}

/** A node without processes: registers itself and plays every pod that is bound to it. */
export async function startKubelet(context: ControllerContext): Promise<{ readonly stopped: () => Promise<void> }> {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'simulated' },
    status: {
      capacity: { cpu: '1000', memory: '1000Gi', pods: '100000' },
      allocatable: { cpu: '1000', memory: '1000Gi', pods: '100000' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
  await applyStandardAction({ kind: 'create', resource: resources.nodes, object: node }, context);
  const status = { ...node.status };
  await applyStandardAction(
    {
      kind: 'patch',
      resource: resources.nodes,
      key: { namespace: '', name: 'simulated' },
      patchType: 'merge',
      patch: { status },
      subresource: 'status',
    },
    context,
  );
  const pods = context.informers.informer<Pod>(resources.pods);
  const controller = startController({
    context,
    reconciler: {
      name: 'simulated-kubelet',
      observe: (key) => pods.lister.get(key),
      plan: (pod: Pod, env) => (isObject(pod.spec) ? planSimulatedPod(pod, env) : done(undefined)),
      apply: (action: StandardAction) => applyStandardAction(action, context),
      publish: () => Promise.resolve(),
    },
    sources: [ownKeys(pods)],
  });
  return { stopped: () => controller.stopped() };
}
