import { equalJson } from '@argosy/std';
import { KubeError, matchesLabels, parseApiVersion, parseLabelSelector, type ResourceRef } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import { getObject, listObjects } from '@argosy/kube/port';
import {
  applyStandardAction,
  startController,
  type ControllerContext,
  type ControllerSource,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import type { ResourceDescriptor } from '../apiserver/index.ts';
import {
  NO_MEMORY,
  planAutoscaler,
  targets,
  type Autoscaler,
  type AutoscalerObserved,
  type AutoscalerOutcome,
  type PodMetrics,
  type Scale,
  type ScaleTarget,
  type ScalingMemory,
} from '../workloads/index.ts';
import { podInformer, type PodInformer } from './pod-informer.ts';
import { publishStatus } from './publish.ts';

/** Autoscalers whose recent recommendations are remembered at most; the least recently looked at is forgotten. */
export const MAX_REMEMBERED_AUTOSCALERS = 5000;

const POD_METRICS: ResourceRef = Object.freeze({ group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' });

/** What the controller needs beside its context. */
export interface AutoscalerOptions {
  readonly discovery: () => readonly ResourceDescriptor[];
}

function scaledResource(autoscaler: Autoscaler, discovery: readonly ResourceDescriptor[]): ResourceRef | string {
  const { apiVersion = 'v1', kind, name } = autoscaler.spec.scaleTargetRef;
  const { group } = parseApiVersion(apiVersion);
  const found = discovery.find((each) => each.kind === kind && each.group === group);
  if (found === undefined) return `no matches for kind "${kind}" in group "${group}"`;
  if (!found.subresources.some((each) => each.name === 'scale')) return `${kind} "${name}" has no scale subresource`;
  return { group, version: found.version, resource: found.resource };
}

/** Spec changes wake at once; our own status writes do not, so that each autoscaler keeps its period. */
function specChanges(informer: ControllerSource['informer']): ControllerSource {
  return {
    informer,
    keysOf: ({ key, before, after }) =>
      before !== undefined && after !== undefined && equalJson(before['spec'], after['spec']) ? [] : [key],
  };
}

async function podMetrics(
  context: ControllerContext,
  namespace: string,
  labelSelector: string,
): Promise<ReadonlyMap<string, PodMetrics>> {
  const list = await listObjects<PodMetrics>(context.api, { resource: POD_METRICS, namespace }, { labelSelector });
  return new Map(list.items.map((item) => [item.metadata.name, item]));
}

async function findTarget(
  context: ControllerContext,
  pods: PodInformer,
  given: { readonly autoscaler: Autoscaler; readonly discovery: readonly ResourceDescriptor[] },
): Promise<ScaleTarget> {
  const { autoscaler } = given;
  const resource = scaledResource(autoscaler, given.discovery);
  if (typeof resource === 'string') return { kind: 'missing', message: resource };
  const { namespace = '' } = autoscaler.metadata;
  const key = { namespace, name: autoscaler.spec.scaleTargetRef.name };
  try {
    const scale = await context.api.send({ verb: 'get', resource, key, subresource: 'scale' });
    const text = (scale as Scale).status?.selector ?? '';
    if (text === '') return { kind: 'missing', message: 'selector is required' };
    const selector = parseLabelSelector(text);
    const selected = pods.lister.list(namespace).filter((pod) => matchesLabels(selector, pod.metadata.labels));
    const metrics = await podMetrics(context, namespace, text);
    return { kind: 'found', resource, scale: scale as Scale, pods: selected, metrics };
  } catch (error) {
    if (error instanceof KubeError) return { kind: 'missing', message: error.message };
    throw error;
  }
}

/** Starts the controller of autoscaling/v2 HorizontalPodAutoscalers. */
export function startAutoscalerController(context: ControllerContext, options: AutoscalerOptions): MeasuredController {
  const pods = podInformer(context);
  const autoscalers = context.informers.informer<Autoscaler>(targets.horizontalPodAutoscalers);
  const memories = new Map<string, ScalingMemory>();

  function keep(uid: string, memory: ScalingMemory): void {
    memories.delete(uid);
    memories.set(uid, memory);
    for (const oldest of memories.keys()) {
      if (memories.size <= MAX_REMEMBERED_AUTOSCALERS) break;
      memories.delete(oldest);
    }
  }

  const reconciler: Reconciler<AutoscalerObserved, StandardAction, AutoscalerOutcome> = {
    name: 'horizontal-pod-autoscaler',
    observe: async (key) => {
      const autoscaler = autoscalers.lister.get(key);
      if (autoscaler === undefined || autoscaler.metadata.deletionTimestamp !== undefined) return undefined;
      const target = await findTarget(context, pods, { autoscaler, discovery: options.discovery() });
      return { autoscaler, target, memory: memories.get(autoscaler.metadata.uid ?? '') ?? NO_MEMORY };
    },
    plan: planAutoscaler,
    apply: (action) => applyStandardAction(action, context),
    publish: async (seen, outcome) => {
      keep(seen.autoscaler.metadata.uid ?? '', outcome.memory);
      const { autoscaler } = seen;
      // The status may have been written since the copy was made; nobody else writes it, so the newest version takes it.
      const object = await getObject<Autoscaler>(context.api, {
        resource: targets.horizontalPodAutoscalers,
        key: { namespace: autoscaler.metadata.namespace ?? '', name: autoscaler.metadata.name },
      });
      await publishStatus(context, targets.horizontalPodAutoscalers, { object, status: outcome.status });
    },
  };
  return startController({ context, reconciler, sources: [specChanges(autoscalers)] });
}
