import {
  controllerOf,
  keyOf,
  matchesLabels,
  selectorFromSpec,
  type KubeObject,
  type ObjectKey,
} from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import {
  applyStandardAction,
  ownerKeys,
  ownKeys,
  startController,
  type Change,
  type ControllerContext,
  type ControllerSource,
  type Informer,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import {
  isTerminal,
  planDeployment,
  targets,
  type Deployment,
  type DeploymentObserved,
  type DeploymentStatus,
  type Pod,
  type ReplicaSet,
} from '../workloads/index.ts';
import { orphanKeys } from './orphan-keys.ts';
import { podInformer, type PodInformer } from './pod-informer.ts';
import { publishStatus } from './publish.ts';

const byController = (object: ReplicaSet): readonly string[] => {
  const uid = controllerOf(object)?.uid;
  return uid === undefined ? [] : [uid];
};

const orphans = (object: ReplicaSet): readonly string[] =>
  controllerOf(object) === undefined ? [object.metadata.namespace ?? ''] : [];

/** A ReplicaSet `web-7d9c` is filed under `web`: the names that could collide with a new one's. */
const byStem = (object: ReplicaSet): readonly string[] => {
  const { name, namespace = '' } = object.metadata;
  return [`${namespace}/${name.slice(0, Math.max(0, name.lastIndexOf('-')))}`];
};

function livePods(pods: PodInformer, replicaSets: readonly ReplicaSet[]): { readonly [uid: string]: number } {
  return Object.fromEntries(
    replicaSets.map(({ metadata: { uid = '' } }) => {
      const live = pods.lister.byIndex('controller', uid).filter((pod) => !isTerminal(pod));
      return [uid, live.length];
    }),
  );
}

/** Recreate waits for old pods to be gone, which no ReplicaSet's status tells. */
function vanishedPodKeys(
  pods: PodInformer,
  sets: Informer<ReplicaSet>,
  deployments: Informer<Deployment>,
): ControllerSource {
  function deploymentOf(pod: KubeObject): Deployment | undefined {
    const owner = controllerOf(pod);
    const namespace = pod.metadata.namespace ?? '';
    if (owner?.kind !== 'ReplicaSet') return undefined;
    const set = sets.lister.get({ namespace, name: owner.name });
    const name = set === undefined ? undefined : controllerOf(set)?.name;
    return name === undefined ? undefined : deployments.lister.get({ namespace, name });
  }

  function keysOf({ before, after }: Change<Pod>): readonly ObjectKey[] {
    if (before === undefined || (after !== undefined && !isTerminal(after))) return [];
    const deployment = deploymentOf(before);
    return deployment?.spec.strategy?.type === 'Recreate' ? [keyOf(deployment)] : [];
  }
  return { informer: pods, keysOf };
}

/** Starts the controller of apps/v1 Deployments. */
export function startDeploymentController(context: ControllerContext): MeasuredController {
  const pods = podInformer(context);
  const deployments = context.informers.informer<Deployment>(targets.deployments);
  const replicaSets = context.informers.informer<ReplicaSet>(targets.replicaSets);
  replicaSets.addIndex('controller', byController);
  replicaSets.addIndex('orphans', orphans);
  replicaSets.addIndex('stem', byStem);
  const reconciler: Reconciler<DeploymentObserved, StandardAction, DeploymentStatus | undefined> = {
    name: 'deployment-controller',
    observe: (key) => {
      const deployment = deployments.lister.get(key);
      if (deployment === undefined) return undefined;
      const selector = selectorFromSpec(deployment.spec.selector);
      const owned = replicaSets.lister.byIndex('controller', deployment.metadata.uid ?? '');
      const free = replicaSets.lister.byIndex('orphans', key.namespace);
      const all = [...owned, ...free.filter((each) => matchesLabels(selector, each.metadata.labels))];
      const namesakes = replicaSets.lister.byIndex('stem', `${key.namespace}/${key.name}`);
      return {
        deployment,
        replicaSets: all,
        takenNames: namesakes.map((each) => each.metadata.name),
        livePods: deployment.spec.strategy?.type === 'Recreate' ? livePods(pods, all) : {},
      };
    },
    plan: planDeployment,
    apply: (action) => applyStandardAction(action, context),
    publish: (seen, status) => publishStatus(context, targets.deployments, { object: seen.deployment, status }),
  };
  return startController({
    context,
    reconciler,
    sources: [
      ownKeys(deployments),
      ownerKeys(replicaSets, { group: 'apps', kind: 'Deployment' }),
      orphanKeys(replicaSets, deployments),
      vanishedPodKeys(pods, replicaSets, deployments),
    ],
  });
}
