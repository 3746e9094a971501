import { getPath } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { HealthTable, Step } from '../table.ts';
import {
  conditionOf,
  conditionsOf,
  listAt,
  numberAt,
  scalarText,
  textAt,
  verdict,
  type HealthRule,
} from '../verdict.ts';
import { rolloutHealth } from './rollout.ts';

const isSeen = (object: KubeObject): boolean =>
  object.metadata.generation === getPath(object, ['status', 'observedGeneration']);

/** How one workload of OpenKruise is read. */
interface KruiseShape {
  readonly name: string;
  readonly strategy: readonly string[];
  /** True when the partition has been reached, so that a person must move on. */
  readonly waits: (object: KubeObject, partition: number) => boolean;
  readonly counter: string;
  readonly isReady: (object: KubeObject) => boolean;
  readonly isDegraded: (object: KubeObject) => boolean;
  readonly broken: string;
}

const status = (object: KubeObject, field: string): number => numberAt(object, ['status', field]);

/** The partition of a workload that has been changed since it was made; `undefined`: none is set. */
function partitionOf(object: KubeObject, shape: KruiseShape): number | undefined {
  if ((object.metadata.generation ?? 0) <= 1) return undefined;
  // compat(cd-0102): a partition that is not there counts as one that is set, as upstream compares it with 0.
  const partition = getPath(object, [...shape.strategy, 'partition']) ?? -1;
  if (partition === 0) return undefined;
  return typeof partition === 'number' && partition > 0 ? partition : 0;
}

function kruise(shape: KruiseShape): readonly Step[] {
  const rule: HealthRule = (object) => {
    if (!isSeen(object)) return undefined;
    const paused = getPath(object, [...shape.strategy, 'paused']) === true;
    if (paused || getPath(object, ['status', shape.counter]) === undefined) {
      return verdict('Suspended', `${shape.name} is paused`);
    }
    const partition = partitionOf(object, shape);
    if (partition !== undefined) {
      const waits = shape.waits(object, partition);
      return waits ? verdict('Suspended', `${shape.name} needs manual intervention`) : undefined;
    }
    if (shape.isReady(object)) return verdict('Healthy', `All ${shape.name} workloads are ready and updated`);
    return shape.isDegraded(object) ? verdict('Degraded', shape.broken) : undefined;
  };
  return [rule, ['Progressing', 'Waiting for initialization']];
}

const allUpdated = (object: KubeObject): boolean =>
  status(object, 'updatedAvailableReplicas') === status(object, 'replicas');

const daemonsUpdated = (object: KubeObject): boolean =>
  status(object, 'updatedNumberScheduled') === status(object, 'desiredNumberScheduled');

const advancedCronJob: HealthRule = (object) => {
  const ran = textAt(object, ['status', 'lastScheduleTime']) !== '';
  if (!ran && getPath(object, ['spec', 'paused']) === true) return verdict('Suspended', 'AdvancedCronJob is Paused');
  if (listAt(object, ['status', 'active']).length > 0) {
    return verdict('Progressing', 'AdvancedCronJobs has active jobs');
  }
  return ran
    ? verdict('Healthy', 'AdvancedCronJobs has run successfully')
    : verdict('Degraded', 'AdvancedCronJobs has not run successfully');
};

const broadcastJob: HealthRule = (object) => {
  const phase = textAt(object, ['status', 'phase']);
  const desired = getPath(object, ['status', 'desired']);
  if (phase === 'completed' && desired === getPath(object, ['status', 'succeeded'])) {
    return verdict('Healthy', 'BroadcastJob is completed successfully');
  }
  if (phase === 'failed' && getPath(object, ['status', 'failed']) !== 0) {
    return verdict('Degraded', 'BroadcastJob failed');
  }
  const paused = phase === 'paused' && getPath(object, ['spec', 'paused']) === true;
  return paused ? verdict('Suspended', 'BroadcastJob is Paused') : undefined;
};

const kruiseRollout: HealthRule = (object) => {
  if (!isSeen(object)) return undefined;
  const step = textAt(object, ['status', 'canaryStatus', 'currentStepState']);
  const phase = textAt(object, ['status', 'phase']);
  if (step === 'Completed' && phase === 'Healthy') return verdict('Healthy', 'Rollout is Completed');
  if (step !== 'StepPaused') return undefined;
  if (phase === 'Progressing') return verdict('Suspended', 'Rollout is Paused need manual intervention');
  const off = phase === 'Terminating' || phase === 'Disabled';
  return off ? verdict('Degraded', 'Rollout is Disabled or Terminating') : undefined;
};

const gameServerSet: HealthRule = (object) => {
  if (!isSeen(object)) return undefined;
  const strategy = ['spec', 'updateStrategy', 'rollingUpdate'];
  if (getPath(object, [...strategy, 'paused']) === true) return verdict('Suspended', 'GameServerSet is paused');
  const partition = numberAt(object, [...strategy, 'partition']);
  const replicas = status(object, 'replicas');
  if (partition !== 0 && status(object, 'updatedReplicas') >= replicas - partition) {
    return verdict('Suspended', `Partition=${partition}, waiting for manual intervention`);
  }
  if (status(object, 'updatedReadyReplicas') === replicas) {
    return verdict('Healthy', 'All GameServerSet replicas are updated and ready');
  }
  const ready = status(object, 'readyReplicas');
  return ready < replicas ? verdict('Progressing', `ReadyReplicas ${ready}/${replicas}, still progressing`) : undefined;
};

const gameServer: HealthRule = (object) => {
  const current = scalarText(getPath(object, ['status', 'currentState']));
  const desired = scalarText(getPath(object, ['status', 'desiredState']));
  if (current !== desired) {
    return verdict('Progressing', `State change: ${current ?? 'Unknown'} → ${desired ?? 'Unknown'}`);
  }
  const conditions = listAt(object, ['status', 'podStatus', 'conditions']);
  const unready = conditions.some((item) => item['type'] === 'KruisePodReady' && item['status'] !== 'True');
  if (unready) return verdict('Degraded', 'Pod is not ready: KruisePodReady');
  return current === 'Ready' ? verdict('Healthy', 'GameServer is Ready') : undefined;
};

/** apps.openshift.io/DeploymentConfig: available and progressing both, or neither. */
const deploymentConfig: HealthRule = (object) => {
  if (!Array.isArray(getPath(object, ['status', 'conditions']))) return undefined;
  const holding = conditionsOf(object).filter(
    (item) => (item['type'] === 'Available' || item['type'] === 'Progressing') && item['status'] === 'True',
  ).length;
  if (holding === 2) return verdict('Healthy', 'replication controller successfully rolled out');
  return holding === 1 ? undefined : verdict('Degraded', 'Deployment config is degraded');
};

/** keda.sh: trouble first, then paused, then ready; the message is that of the last condition that matters. */
function keda(trouble: readonly string[], waiting: string): readonly Step[] {
  const named = (item: { readonly [field: string]: unknown }): string =>
    `${textAt(item, ['type'])}=${textAt(item, ['status'])}`;
  const matters = new Set([...trouble, 'Ready=True', 'Paused=True']);
  const rule: HealthRule = (object) => {
    const told = conditionsOf(object).filter((item) => matters.has(named(item)));
    const names = told.map(named);
    const message = textAt(told.at(-1), ['message']);
    if (trouble.some((name) => names.includes(name))) return verdict('Degraded', message);
    if (!names.includes('Ready=True')) return undefined;
    return verdict(names.includes('Paused=True') ? 'Suspended' : 'Healthy', message);
  };
  return [rule, ['Progressing', waiting]];
}

const CANARY_PHASES: { readonly [phase: string]: 'Degraded' | 'Progressing' | 'Healthy' } = {
  Failed: 'Degraded',
  Progressing: 'Progressing',
  Finalising: 'Progressing',
  Promoting: 'Progressing',
  Succeeded: 'Healthy',
  Initialized: 'Healthy',
};

const flaggerCanary: HealthRule = (object) => {
  if (object['status'] === undefined) return undefined;
  const weight = Number(getPath(object, ['status', 'canaryWeight']) ?? 0);
  const parts = [
    ...(weight > 0 ? [`Canary Weight: ${weight} %`] : []),
    ...conditionsOf(object).map((item) => textAt(item, ['message'])),
  ];
  const phase = textAt(object, ['status', 'phase']);
  const health = Object.hasOwn(CANARY_PHASES, phase) ? CANARY_PHASES[phase] : undefined;
  return verdict(health ?? 'Unknown', `${phase} --- ${parts.join(' --- ')}`);
};

const spinApp: HealthRule = (object) => {
  const available = conditionOf(object, 'Available');
  if (available?.['status'] !== 'True') {
    const fallback = available === undefined ? '' : 'Application availability status';
    return verdict('Degraded', textAt(available, ['message']) || fallback);
  }
  const [ready, desired] = [status(object, 'readyReplicas'), numberAt(object, ['spec', 'replicas'], 1)];
  if (ready < desired) return verdict('Progressing', `Waiting for replicas to be ready (${ready}/${desired})`);
  const progressing = conditionOf(object, 'Progressing');
  if (progressing?.['status'] === 'True') {
    return verdict('Progressing', textAt(progressing, ['message']) || 'Application progress status');
  }
  return verdict('Healthy', `Application is healthy with ${ready}/${desired} replicas ready`);
};

const virtualMachine: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  if (conditions.some((item) => item['type'] === 'Paused' && item['status'] === 'True')) {
    return verdict('Suspended', 'Paused');
  }
  const printable = textAt(object, ['status', 'printableStatus']);
  const ready = conditions.findLast((item) => item['type'] === 'Ready');
  if (ready === undefined) return verdict('Progressing', printable || 'No status available');
  if (ready['status'] === 'True') return verdict('Healthy', printable || 'Running');
  const created = getPath(object, ['status', 'created']) === true;
  return created ? verdict('Progressing', printable || 'Starting') : verdict('Suspended', printable || 'Stopped');
};

const virtualMachineInstance: HealthRule = (object) => {
  const paused = conditionsOf(object).find((item) => item['type'] === 'Paused' && item['status'] === 'True');
  if (paused !== undefined) return verdict('Suspended', textAt(paused, ['message']));
  const ready = conditionOf(object, 'Ready');
  if (ready === undefined) return undefined;
  return ready['status'] === 'True' ? verdict('Healthy', 'Running') : verdict('Degraded', textAt(ready, ['message']));
};

const functionReplicas: HealthRule = (object) => {
  const trouble = conditionsOf(object).find(
    (item) =>
      (item['type'] === 'Ready' && item['status'] !== 'Unknown') ||
      (item['type'] === 'Stalled' && item['status'] === 'True'),
  );
  if (trouble === undefined) return undefined;
  if (trouble['type'] === 'Stalled' || trouble['status'] === 'False') {
    return verdict('Degraded', textAt(trouble, ['message']));
  }
  return status(object, 'replicas') > 0
    ? verdict('Healthy', textAt(trouble, ['message']))
    : verdict('Suspended', 'No replicas available');
};

const DATA_VOLUME_ERROR: Step = { conditions: [['Running=False:Error', 'Degraded']] };

/** Workloads of other controllers. */
export const WORKLOADS: HealthTable = {
  'apps.kruise.io/CloneSet': kruise({
    name: 'Cloneset',
    strategy: ['spec', 'updateStrategy'],
    waits: (object) => status(object, 'updatedReplicas') >= status(object, 'expectedUpdatedReplicas'),
    counter: 'updatedAvailableReplicas',
    isReady: allUpdated,
    isDegraded: () => true,
    broken: 'Some replicas are not ready or available',
  }),
  'apps.kruise.io/StatefulSet': kruise({
    name: 'Statefulset',
    strategy: ['spec', 'updateStrategy', 'rollingUpdate'],
    waits: (object, partition) => status(object, 'updatedReplicas') > status(object, 'replicas') - partition,
    counter: 'updatedAvailableReplicas',
    isReady: allUpdated,
    isDegraded: () => true,
    broken: 'Some replicas are not ready or available',
  }),
  'apps.kruise.io/DaemonSet': kruise({
    name: 'Daemonset',
    strategy: ['spec', 'updateStrategy', 'rollingUpdate'],
    waits: (object, partition) =>
      status(object, 'updatedNumberScheduled') > status(object, 'desiredNumberScheduled') - partition,
    counter: 'updatedNumberScheduled',
    isReady: (object) =>
      daemonsUpdated(object) && status(object, 'numberAvailable') === status(object, 'desiredNumberScheduled'),
    isDegraded: (object) =>
      daemonsUpdated(object) && status(object, 'numberUnavailable') === status(object, 'desiredNumberScheduled'),
    broken: 'Some pods are not ready or available',
  }),
  'apps.kruise.io/AdvancedCronJob': [advancedCronJob],
  'apps.kruise.io/BroadcastJob': [broadcastJob, ['Progressing', 'BroadcastJob is still running']],
  'rollouts.kruise.io/Rollout': [kruiseRollout, ['Progressing', 'Rollout is still progressing']],
  'game.kruise.io/GameServerSet': [gameServerSet, ['Progressing', 'Waiting for GameServerSet initialization']],
  'game.kruise.io/GameServer': [
    (object) => (object['status'] === undefined ? undefined : gameServer(object)),
    ['Unknown', 'Waiting for GameServer to be ready'],
  ],
  'apps.openshift.io/DeploymentConfig': [
    deploymentConfig,
    ['Progressing', 'replication controller is waiting for pods to run'],
  ],
  'spot.io/SpotDeployment': [rolloutHealth],
  'keda.sh/ScaledObject': keda(['Ready=False', 'Fallback=True'], 'Creating HorizontalPodAutoscaler Object'),
  'keda.sh/ScaledJob': keda(['Ready=False', 'Ready=Unknown'], 'Waiting for ScaledJob'),
  'flagger.app/Canary': [flaggerCanary, ['Unknown', 'No status']],
  'core.spinkube.dev/SpinApp': [
    (object) => (object['status'] === undefined ? verdict('Degraded', 'No status available') : spinApp(object)),
  ],
  'kubevirt.io/VirtualMachine': [virtualMachine],
  'kubevirt.io/VirtualMachineInstance': [
    {
      at: 'status.phase',
      is: {
        Failed: ['Degraded', 'Failed'],
        Pending: ['Progressing', 'Pending'],
        Scheduling: ['Progressing', 'Scheduling'],
        Scheduled: ['Progressing', 'Scheduled'],
        Succeeded: ['Suspended', 'Succeeded'],
        Unknown: ['Unknown', 'Unknown'],
      },
    },
    virtualMachineInstance,
    ['Progressing', '{status.phase|No status available}'],
  ],
  'cdi.kubevirt.io/DataVolume': [
    { at: 'status.phase', is: { Succeeded: ['Healthy', 'Succeeded'], Paused: ['Suspended', 'Paused'] } },
    DATA_VOLUME_ERROR,
    { at: 'status.phase', is: { Failed: ['Degraded', 'Failed'], Unknown: ['Degraded', 'Unknown'] } },
    ['Progressing', '{status.phase|No status available}'],
  ],
  'openfaas.com/Function': [functionReplicas, ['Progressing', 'Waiting for Function']],
};
