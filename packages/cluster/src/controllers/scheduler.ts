import { getPath } from '@argosy/std';
import { keyOf } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import {
  applyStandardAction,
  startController,
  type Change,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import {
  boundKey,
  planScheduling,
  targets,
  wantsScheduling,
  type Node,
  type Pod,
  type SchedulingObserved,
} from '../workloads/index.ts';
import { NodeUsage } from './node-usage.ts';
import { podInformer } from './pod-informer.ts';
import { publishStatus } from './publish.ts';

const NODES = Object.freeze({ group: '', version: 'v1', resource: 'nodes' });

const waiting = (pod: Pod): readonly string[] => (wantsScheduling(pod) ? ['yes'] : []);

/** What of a node decides about placement; heartbeats change nothing here. */
function placementOf(node: Node | undefined): string {
  const ready = node?.status?.conditions?.find((each) => each.type === 'Ready')?.status;
  return JSON.stringify([node?.spec, node?.metadata.labels, node?.status?.allocatable, ready]);
}

/** Starts the scheduler: binds waiting pods to nodes that can take them, one pod at a time. */
export function startScheduler(context: ControllerContext): MeasuredController {
  const pods = podInformer(context);
  pods.addIndex('waiting', waiting);
  const nodes = context.informers.informer<Node>(NODES);
  const usage = new NodeUsage();
  const reconciler: Reconciler<SchedulingObserved, StandardAction, Pod['status']> = {
    name: 'default-scheduler',
    observe: (key) => {
      const pod = pods.lister.get(key);
      if (pod === undefined || !wantsScheduling(pod)) return undefined;
      const loads = nodes.lister.list().map((node) => ({ node, requested: usage.requestedOn(node.metadata.name) }));
      return { pod, nodes: loads };
    },
    plan: planScheduling,
    apply: async (action, seen) => {
      await applyStandardAction(action, context);
      const target = boundKey(action) === undefined ? undefined : getPath(action, ['object', 'target', 'name']);
      if (typeof target === 'string') usage.assume(seen.pod, target);
    },
    publish: (seen, status) => publishStatus(context, targets.pods, { object: seen.pod, status }),
  };

  const allWaiting = () => pods.lister.byIndex('waiting', 'yes').map(keyOf);
  function wokenByPod({ key, before, after }: Change): ReturnType<typeof allWaiting> {
    const freed = usage.follow(before as Pod | undefined, after as Pod | undefined);
    if (freed) return allWaiting();
    return after !== undefined && wantsScheduling(after as Pod) ? [key] : [];
  }
  function wokenByNode({ before, after }: Change): ReturnType<typeof allWaiting> {
    return placementOf(before as Node | undefined) === placementOf(after as Node | undefined) ? [] : allWaiting();
  }
  return startController({
    context,
    reconciler,
    sources: [
      { informer: pods, keysOf: wokenByPod },
      { informer: nodes, keysOf: wokenByNode },
    ],
    workers: 1,
  });
}
