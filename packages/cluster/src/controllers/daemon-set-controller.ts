import { keyOf } from '@argosy/kube/meta';
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
  planDaemonSet,
  targets,
  type DaemonSet,
  type DaemonSetObserved,
  type DaemonSetStatus,
  type Node,
} from '../workloads/index.ts';
import { orphanKeys } from './orphan-keys.ts';
import { podInformer } from './pod-informer.ts';
import { createPodOwner, takenNames } from './pod-owner.ts';
import { publishStatus } from './publish.ts';

const NODES = Object.freeze({ group: '', version: 'v1', resource: 'nodes' });

/** What of a node decides whether daemons run on it. */
const placementOf = (node: Node | undefined): string => JSON.stringify([node?.spec, node?.metadata.labels]);

/** Starts the controller of apps/v1 DaemonSets. */
export function startDaemonSetController(context: ControllerContext): MeasuredController {
  const pods = podInformer(context);
  const sets = context.informers.informer<DaemonSet>(targets.daemonSets);
  const nodes = context.informers.informer<Node>(NODES);
  const owner = createPodOwner(context, pods);
  const reconciler: Reconciler<DaemonSetObserved, StandardAction, DaemonSetStatus> = {
    name: 'daemonset-controller',
    observe: (key) => {
      const daemonSet = sets.lister.get(key);
      if (daemonSet === undefined) return undefined;
      const { uid = '', namespace = '' } = daemonSet.metadata;
      return {
        daemonSet,
        pods: owner.view(pods.candidates({ uid, namespace, selector: daemonSet.spec.selector })),
        nodes: nodes.lister.list(),
        takenNames: takenNames(pods, daemonSet),
        ...owner.failureOf(daemonSet),
      };
    },
    plan: planDaemonSet,
    apply: (action, seen) => owner.apply(seen.daemonSet, action),
    publish: (seen, status) => publishStatus(context, targets.daemonSets, { object: seen.daemonSet, status }),
  };
  return startController({
    context,
    reconciler,
    sources: [
      ownKeys(sets),
      ownerKeys(pods, { group: 'apps', kind: 'DaemonSet' }),
      orphanKeys(pods, sets),
      {
        informer: nodes,
        keysOf: ({ before, after }) =>
          placementOf(before as Node | undefined) === placementOf(after as Node | undefined)
            ? []
            : sets.lister.list().map(keyOf),
      },
    ],
  });
}
