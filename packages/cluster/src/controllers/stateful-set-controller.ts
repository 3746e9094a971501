import { controllerOf } from '@argosy/kube/meta';
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
  planStatefulSet,
  targets,
  type ControllerRevision,
  type StatefulSet,
  type StatefulSetObserved,
  type StatefulSetStatus,
} from '../workloads/index.ts';
import { orphanKeys } from './orphan-keys.ts';
import { podInformer } from './pod-informer.ts';
import { createPodOwner } from './pod-owner.ts';
import { publishStatus } from './publish.ts';

const byController = (revision: ControllerRevision): readonly string[] => {
  const uid = controllerOf(revision)?.uid;
  return uid === undefined ? [] : [uid];
};

const OWNER = { group: 'apps', kind: 'StatefulSet' };

/** Starts the controller of apps/v1 StatefulSets. */
export function startStatefulSetController(context: ControllerContext): MeasuredController {
  const pods = podInformer(context);
  const sets = context.informers.informer<StatefulSet>(targets.statefulSets);
  const revisions = context.informers.informer<ControllerRevision>(targets.controllerRevisions);
  revisions.addIndex('controller', byController);
  const owner = createPodOwner(context, pods);
  const reconciler: Reconciler<StatefulSetObserved, StandardAction, StatefulSetStatus> = {
    name: 'statefulset-controller',
    observe: (key) => {
      const statefulSet = sets.lister.get(key);
      if (statefulSet === undefined) return undefined;
      const { uid = '', namespace = '' } = statefulSet.metadata;
      return {
        statefulSet,
        pods: owner.view(pods.candidates({ uid, namespace, selector: statefulSet.spec.selector })),
        revisions: revisions.lister.byIndex('controller', uid),
        ...owner.failureOf(statefulSet),
      };
    },
    plan: planStatefulSet,
    apply: (action, seen) => owner.apply(seen.statefulSet, action),
    publish: (seen, status) => publishStatus(context, targets.statefulSets, { object: seen.statefulSet, status }),
  };
  return startController({
    context,
    reconciler,
    sources: [ownKeys(sets), ownerKeys(pods, OWNER), ownerKeys(revisions, OWNER), orphanKeys(pods, sets)],
  });
}
