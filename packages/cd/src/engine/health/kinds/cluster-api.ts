import { getPath } from '@argosy/std';
import type { HealthTable } from '../table.ts';
import { conditionsOf, listAt, numberAt, textAt, verdict, type Condition, type HealthRule } from '../verdict.ts';

const notReady = (conditions: readonly Condition[]): Condition | undefined =>
  conditions.find((item) => item['type'] === 'Ready' && item['status'] === 'False');

const cluster: HealthRule = (object) => {
  if (getPath(object, ['spec', 'paused']) === true) return verdict('Suspended', 'Cluster is paused');
  const failed = notReady(conditionsOf(object));
  return failed === undefined ? undefined : verdict('Degraded', textAt(failed, ['message']));
};

const machine: HealthRule = (object) => {
  const phase = textAt(object, ['status', 'phase']);
  if (phase === 'Running') return verdict('Healthy', 'Machine is running');
  const failed = notReady(conditionsOf(object));
  const message = failed === undefined ? 'Condition is unknown' : textAt(failed, ['message']);
  return verdict(phase === 'Failed' ? 'Degraded' : 'Progressing', message);
};

const machineDeployment: HealthRule = (object) => {
  if (getPath(object, ['spec', 'paused']) === true) return verdict('Suspended', 'MachineDeployment is paused');
  const replicas = getPath(object, ['status', 'replicas']);
  const all = ['updatedReplicas', 'readyReplicas'].every((field) => getPath(object, ['status', field]) === replicas);
  const running = textAt(object, ['status', 'phase']) === 'Running' && all;
  return running ? verdict('Healthy', 'Machines are running under this deployment') : undefined;
};

const machineHealthCheck: HealthRule = (object) => {
  const healthy = getPath(object, ['status', 'currentHealthy']);
  if (healthy === undefined) return verdict('Progressing');
  return verdict(getPath(object, ['status', 'expectedMachines']) === healthy ? 'Healthy' : 'Degraded');
};

const POOL_PHASES: { readonly [phase: string]: 'Healthy' | 'Degraded' } = {
  Running: 'Healthy',
  Scaling: 'Healthy',
  Failed: 'Degraded',
  Unknown: 'Degraded',
};

/** The pool by its phase, and which of its conditions do not hold. */
const machinePool: HealthRule = (object) => {
  const phase = textAt(object, ['status', 'phase']);
  const open = conditionsOf(object)
    .filter((item) => item['status'] === 'False')
    .map((item) => {
      const reason = textAt(item, ['reason']);
      return `Not ${textAt(item, ['type'])}${reason === '' ? '' : ` (${reason})`}`;
    });
  const message = [phase === '' ? '' : `MachinePool is ${phase}`, ...(open.length > 0 ? [open.join(', ')] : [])];
  const health = Object.hasOwn(POOL_PHASES, phase) ? POOL_PHASES[phase] : undefined;
  return verdict(health ?? 'Progressing', message.join(': '));
};

const kubeadmConditions: HealthRule = (object) => {
  if (object['status'] === undefined) return verdict('Progressing', 'Waiting for KubeadmControlPlane status');
  const fresh = listAt(object, ['status', 'v1beta2', 'conditions']);
  const lacks = (conditions: readonly Condition[], type: string): boolean => {
    const found = conditions.find((item) => item['type'] === type);
    return found !== undefined && found['status'] !== 'True';
  };
  if (lacks(conditionsOf(object), 'EtcdClusterHealthy')) return verdict('Degraded', 'Etcd cluster is unhealthy');
  if (lacks(fresh, 'MachinesReady')) return verdict('Progressing', 'Machines not ready');
  if (lacks(fresh, 'MachinesUpToDate')) return verdict('Progressing', 'Updating machines');
  if (lacks(conditionsOf(object), 'ControlPlaneComponentsHealthy')) {
    return verdict('Progressing', 'Control plane components unhealthy');
  }
  const rolling = fresh.some((item) => item['type'] === 'RollingOut' && item['status'] === 'True');
  return rolling ? verdict('Progressing', 'Rolling out') : undefined;
};

const kubeadmReplicas: HealthRule = (object) => {
  const [replicas, updated, ready] = ['replicas', 'updatedReplicas', 'readyReplicas'].map((field) =>
    numberAt(object, ['status', field]),
  ) as [number, number, number];
  if (replicas > 0 && updated < replicas) {
    return verdict('Progressing', `Updating: ${updated}/${replicas} updated, ${ready} ready`);
  }
  return replicas === ready ? undefined : verdict('Progressing', `${ready}/${replicas} ready`);
};

const awsControlPlane: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  if (conditions.length === 0) return verdict('Progressing', 'Provisioning...');
  const failure = textAt(object, ['status', 'failureMessage']);
  if (failure !== '') return verdict('Degraded', failure);
  const holds = (type: string): boolean =>
    conditions.some((item) => item['type'] === type && item['status'] === 'True');
  if (holds('EKSControlPlaneUpdating')) return verdict('Progressing', 'EKS control plane is updating');
  if (holds('Ready')) return verdict('Healthy', 'Control plane is ready');
  const errors = conditions.filter((item) => item['status'] === 'False' && item['severity'] === 'Error');
  if (errors.length > 0) {
    return verdict('Degraded', errors.map((item) => `${textAt(item, ['message'])} `).join(''));
  }
  const waits = getPath(object, ['status', 'ready']) === false;
  return verdict('Progressing', `Control plane is not ready${waits ? ' (.status.ready is false)' : ''}`);
};

/** Cluster API. */
export const CLUSTER_API: HealthTable = {
  'cluster.x-k8s.io/Cluster': [
    cluster,
    { at: 'status.phase', is: { Provisioned: ['Healthy', 'Cluster is running'], Failed: ['Degraded'] } },
    ['Progressing', 'Waiting for clusters'],
  ],
  'cluster.x-k8s.io/Machine': [machine],
  'cluster.x-k8s.io/MachineDeployment': [
    machineDeployment,
    {
      at: 'status.phase',
      is: {
        ScalingUp: ['Progressing', 'Cluster is spawning machines'],
        ScalingDown: ['Progressing', 'Cluster is stopping machines'],
        Failed: ['Degraded', 'MachineDeployment is failed'],
      },
    },
    ['Progressing', 'Waiting for machines'],
  ],
  'cluster.x-k8s.io/MachineHealthCheck': [machineHealthCheck],
  'cluster.x-k8s.io/MachinePool': [machinePool],
  'controlplane.cluster.x-k8s.io/KubeadmControlPlane': [
    kubeadmConditions,
    kubeadmReplicas,
    ['Healthy', 'Control plane is healthy'],
  ],
  'controlplane.cluster.x-k8s.io/AWSManagedControlPlane': [awsControlPlane],
  'addons.cluster.x-k8s.io/ClusterResourceSet': [
    {
      conditions: [
        ['ResourcesApplied=True', 'Healthy', 'cluster resource set is applied'],
        ['ResourcesApplied=False', 'Degraded'],
      ],
    },
    ['Progressing', 'Initializing cluster resource set'],
  ],
};
