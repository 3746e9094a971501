import type { StandardAction } from '@argosy/kube/plan';
import {
  ownerKeys,
  ownKeys,
  startController,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import {
  planReplicaSet,
  targets,
  type ReplicaSet,
  type ReplicaSetObserved,
  type ReplicaSetStatus,
} from '../workloads/index.ts';
import { orphanKeys } from './orphan-keys.ts';
import { podInformer } from './pod-informer.ts';
import { createPodOwner, takenNames } from './pod-owner.ts';
import { publishStatus } from './publish.ts';

/** Starts the controller of apps/v1 ReplicaSets. */
export function startReplicaSetController(context: ControllerContext): MeasuredController {
  const pods = podInformer(context);
  const replicaSets = context.informers.informer<ReplicaSet>(targets.replicaSets);
  const owner = createPodOwner(context, pods);
  const reconciler: Reconciler<ReplicaSetObserved, StandardAction, ReplicaSetStatus> = {
    name: 'replicaset-controller',
    observe: (key) => {
      const replicaSet = replicaSets.lister.get(key);
      if (replicaSet === undefined) return undefined;
      const { uid = '', namespace = '' } = replicaSet.metadata;
      const candidates = pods.candidates({ uid, namespace, selector: replicaSet.spec.selector });
      return {
        replicaSet,
        pods: owner.view(candidates),
        takenNames: takenNames(pods, replicaSet),
        ...owner.failureOf(replicaSet),
      };
    },
    plan: planReplicaSet,
    apply: (action, seen) => owner.apply(seen.replicaSet, action),
    publish: (seen, status) => publishStatus(context, targets.replicaSets, { object: seen.replicaSet, status }),
  };
  return startController({
    context,
    reconciler,
    sources: [
      ownKeys(replicaSets),
      ownerKeys(pods, { group: 'apps', kind: 'ReplicaSet' }),
      orphanKeys(pods, replicaSets),
    ],
  });
}
