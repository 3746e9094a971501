import { err, formatTime, getPath } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { textAt } from '../health/verdict.ts';
import { annotationPath, replicasParam, setting, type ActionTable, type BuiltinAction } from './action.ts';

const PLAY = 'fa fa-fw fa-play';
const PAUSE = 'fa fa-fw fa-pause';

const isSuspended = (object: KubeObject): boolean => getPath(object, ['spec', 'suspend']) === true;
const annotationOf = (object: KubeObject, name: string): string | undefined => object.metadata.annotations?.[name];

/** An action that sets annotations; `undefined` takes one away. */
const annotate = (
  values: { readonly [name: string]: string | undefined },
  more: Partial<BuiltinAction> = {},
): BuiltinAction => ({
  ...more,
  run: setting(() => Object.entries(values).map(([name, value]) => [annotationPath(name), value] as const)),
});

/** An action that writes down when it was asked for. */
const stamp = (name: string, more: Partial<BuiltinAction> = {}, before = ''): BuiltinAction => ({
  ...more,
  run: setting(({ now }) => [[annotationPath(name), `${before}${formatTime(now)}`]]),
});

const suspend: BuiltinAction = { disabled: isSuspended, run: setting(() => [[['spec', 'suspend'], true]]) };
const resume: BuiltinAction = {
  disabled: (object) => !isSuspended(object),
  run: setting(() => [[['spec', 'suspend'], false]]),
};

const fluxReconcile: BuiltinAction = {
  disabled: isSuspended,
  run: setting(({ now }) => [
    [annotationPath('reconcile.fluxcd.io/requestedAt'), `By Argo CD at: ${formatTime(now).slice(0, -1)}`],
  ]),
};

const FLUX: ActionTable = { reconcile: fluxReconcile, suspend, resume };

const KEDA_PAUSED = 'autoscaling.keda.sh/paused';
const KEDA_REPLICAS = 'autoscaling.keda.sh/paused-replicas';

const isKedaPaused = (object: KubeObject): boolean => annotationOf(object, KEDA_PAUSED) === 'true';
const isKedaHeld = (object: KubeObject): boolean =>
  isKedaPaused(object) || annotationOf(object, KEDA_REPLICAS) !== undefined;

const kedaReplicas: BuiltinAction = {
  iconClass: 'fa fa-fw fa-pause-circle',
  params: [{ name: 'replicas', default: '0' }],
  disabled: isKedaPaused,
  run: (input) => {
    const replicas = replicasParam(input);
    return replicas.ok ? annotate({ [KEDA_REPLICAS]: String(replicas.value) }).run(input) : replicas;
  },
};

const kedaPause = annotate({ [KEDA_PAUSED]: 'true' }, { iconClass: 'fa fa-fw fa-pause-circle', disabled: isKedaHeld });
const kedaResume = annotate(
  { [KEDA_PAUSED]: undefined, [KEDA_REPLICAS]: undefined },
  { iconClass: 'fa fa-fw fa-play-circle', disabled: (object) => !isKedaHeld(object) },
);

const CNPG_LOOP = 'cnpg.io/reconciliationLoop';
const isLoopOff = (object: KubeObject): boolean => annotationOf(object, CNPG_LOOP) === 'disabled';

const healthyInstances = (object: KubeObject): readonly string[] => {
  const found = getPath(object, ['status', 'instancesStatus', 'healthy']);
  return Array.isArray(found) ? found.filter((item): item is string => typeof item === 'string') : [];
};

/** The instance that is asked for, by name or number, or the one after the primary. */
function nextPrimary(object: KubeObject, asked: string): string | undefined {
  const instances = healthyInstances(object);
  const primary = textAt(object, ['status', 'currentPrimary']);
  if (asked !== '' && asked !== 'any') {
    return instances.find((name) => name === asked || name === `${object.metadata.name}-${asked}`);
  }
  const at = instances.indexOf(primary);
  return at < 0 ? undefined : instances[(at + 1) % instances.length];
}

const cnpgPromote: BuiltinAction = {
  displayName: 'Promote Replica to Primary',
  iconClass: 'fa fa-fw fa-angles-up',
  params: [{ name: 'instance', default: 'any' }],
  disabled: (object) => healthyInstances(object).length < 2,
  run: (input) => {
    const target = nextPrimary(input.object, input.params['instance'] ?? 'any');
    if (target === undefined) return err('no healthy instance of that name can become the primary');
    return setting(({ now }) => [
      [['status', 'targetPrimary'], target],
      [['status', 'targetPrimaryTimestamp'], formatTime(now)],
    ])(input);
  },
};

const PIPELINE_PHASE = ['lifecycle', 'desiredPhase'];
const RESUME_STRATEGY = 'numaflow.numaproj.io/resume-strategy';
const FORCE = 'numaplane.numaproj.io/force-promote';

/** Where the spec and the annotations of the Numaflow object are: in it, or in the template of a Numaplane rollout. */
interface NumaShape {
  readonly spec: readonly string[];
  readonly annotations: readonly string[];
}

const IN_OBJECT: NumaShape = { spec: ['spec'], annotations: ['metadata', 'annotations'] };
const IN_PIPELINE: NumaShape = {
  spec: ['spec', 'pipeline', 'spec'],
  annotations: ['spec', 'pipeline', 'metadata', 'annotations'],
};
const IN_MONO: NumaShape = {
  spec: ['spec', 'monoVertex', 'spec'],
  annotations: ['spec', 'monoVertex', 'metadata', 'annotations'],
};

function numaPauses({ spec, annotations }: NumaShape): ActionTable {
  const phase = [...spec, ...PIPELINE_PHASE];
  const isPaused = (object: KubeObject): boolean => getPath(object, phase) === 'Paused';
  const unpause = (how: string, displayName: string): BuiltinAction => ({
    displayName,
    iconClass: 'fa-solid fa-fw fa-play',
    disabled: (object) => !isPaused(object),
    run: setting(() => [
      [phase, 'Running'],
      [[...annotations, RESUME_STRATEGY], how],
    ]),
  });
  return {
    pause: {
      iconClass: 'fa-solid fa-fw fa-pause',
      disabled: isPaused,
      run: setting(() => [[phase, 'Paused']]),
    },
    'unpause-gradual': unpause('slow', 'Unpause (gradual)'),
    'unpause-fast': unpause('fast', 'Unpause (fast)'),
  };
}

const forcePromote: ActionTable = {
  'force-promote': {
    displayName: 'Force Promote',
    iconClass: 'fa-solid fa-fw fa-forward',
    disabled: ({ metadata: { labels = {} } }) =>
      labels['numaplane.numaproj.io/upgrade-state'] !== 'in-progress' || labels[FORCE] === 'true',
    run: setting(() => [[['metadata', 'labels', FORCE], 'true']]),
  },
};

const LOSS = 'numaplane.numaproj.io/allow-data-loss';
const allowsLoss = (object: KubeObject): boolean => annotationOf(object, LOSS) === 'true';

const FLUX_KINDS: readonly string[] = [
  'helm.toolkit.fluxcd.io/HelmRelease',
  'kustomize.toolkit.fluxcd.io/Kustomization',
  ...['Bucket', 'GitRepository', 'HelmChart', 'HelmRepository', 'OCIRepository'].map(
    (kind) => `source.toolkit.fluxcd.io/${kind}`,
  ),
  'image.toolkit.fluxcd.io/ImageRepository',
  'image.toolkit.fluxcd.io/ImageUpdateAutomation',
  'notification.toolkit.fluxcd.io/Receiver',
];

/** Actions of operators. */
export const OPERATOR_ACTIONS: { readonly [groupKind: string]: ActionTable } = {
  ...Object.fromEntries(FLUX_KINDS.map((kind) => [kind, FLUX])),
  'notification.toolkit.fluxcd.io/Alert': { suspend, resume },
  'notification.toolkit.fluxcd.io/Provider': { suspend, resume },
  'external-secrets.io/ExternalSecret': {
    refresh: stamp('force-sync', { disabled: (object) => getPath(object, ['spec', 'refreshInterval']) === '0s' }),
  },
  'external-secrets.io/PushSecret': { push: stamp('force-sync') },
  'keda.sh/ScaledObject': { pause: kedaPause, 'paused-replicas': kedaReplicas, resume: kedaResume },
  'keda.sh/ScaledJob': { pause: kedaPause, resume: kedaResume },
  'postgresql.cnpg.io/Cluster': {
    restart: stamp('kubectl.kubernetes.io/restartedAt', {
      displayName: 'Rollout restart Cluster',
      iconClass: 'fa fa-fw fa-recycle',
    }),
    reload: stamp('cnpg.io/reloadedAt', {
      displayName: 'Reload all Configuration',
      iconClass: 'fa fa-fw fa-rotate-right',
    }),
    promote: cnpgPromote,
    suspend: annotate(
      { [CNPG_LOOP]: 'disabled' },
      { displayName: 'Suspend Reconciliation', iconClass: PAUSE, offered: (object) => !isLoopOff(object) },
    ),
    resume: annotate(
      { [CNPG_LOOP]: undefined },
      { displayName: 'Resume Reconciliation', iconClass: PLAY, offered: isLoopOff },
    ),
  },
  'numaflow.numaproj.io/Pipeline': { ...numaPauses(IN_OBJECT), ...forcePromote },
  'numaflow.numaproj.io/MonoVertex': { ...numaPauses(IN_OBJECT), ...forcePromote },
  'numaflow.numaproj.io/InterStepBufferService': forcePromote,
  'numaplane.numaproj.io/PipelineRollout': {
    ...numaPauses(IN_PIPELINE),
    'allow-data-loss': annotate(
      { [LOSS]: 'true' },
      { displayName: 'Allow (Possible) Data Loss', disabled: allowsLoss },
    ),
    'disallow-data-loss': annotate(
      { [LOSS]: undefined },
      { displayName: 'Disallow Data Loss', disabled: (object) => !allowsLoss(object) },
    ),
  },
  'numaplane.numaproj.io/MonoVertexRollout': numaPauses(IN_MONO),
  'k8s.mariadb.com/MariaDB': { suspend, resume },
  'psmdb.percona.com/PerconaServerMongoDB': {
    pause: {
      disabled: (object) => getPath(object, ['spec', 'pause']) === true,
      run: setting(() => [[['spec', 'pause'], true]]),
    },
    unpause: {
      disabled: (object) => getPath(object, ['spec', 'pause']) !== true,
      run: setting(() => [[['spec', 'pause'], false]]),
    },
  },
  'core.strimzi.io/StrimziPodSet': { 'rolling-update': annotate({ 'strimzi.io/manual-rolling-update': 'true' }) },
  'promoter.argoproj.io/PullRequest': {
    merge: {
      disabled: (object) => textAt(object, ['spec', 'state']) !== 'open',
      run: setting(() => [[['spec', 'state'], 'merged']]),
    },
  },
};
