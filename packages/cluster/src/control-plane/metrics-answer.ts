import { formatTime } from '@argosy/std';
import { kubeError, type KubeObject, type ResourceRef } from '@argosy/kube/meta';
import type { KubeRequest } from '@argosy/kube/port';
import type { ApiAnswer, NodeUsage } from '../apiserver/index.ts';

/** The API group of measurements: read-only, answered from what the node agent measured last. */
export const METRICS_GROUP = 'metrics.k8s.io';

const API_VERSION = `${METRICS_GROUP}/v1beta1`;

/** What measurements are told of: objects of the core group, and the measurement itself. */
export interface MetricsSource {
  /** Reads pods or nodes as the request names them. */
  readonly read: (request: KubeRequest) => Promise<ApiAnswer>;
  readonly usage: NodeUsage | undefined;
}

function quantities(used: { readonly cpuNano: number; readonly memoryBytes: number }): { [resource: string]: string } {
  return { cpu: `${Math.round(used.cpuNano)}n`, memory: `${Math.ceil(used.memoryBytes / 1024)}Ki` };
}

function metricsOf(
  kind: string,
  about: KubeObject,
  usage: NodeUsage,
): Omit<KubeObject, 'metadata'> & { metadata: object } {
  const { name, namespace, labels } = about.metadata;
  const time = formatTime(usage.measuredAt);
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: time,
      ...(labels === undefined ? {} : { labels }),
    },
    timestamp: time,
    window: `${Math.round(usage.windowMs / 1000)}s`,
  };
}

function podMetrics(pod: KubeObject, usage: NodeUsage): KubeObject | undefined {
  const measured = usage.containers.filter(({ podUid }) => podUid === pod.metadata.uid);
  if (measured.length === 0) return undefined;
  const containers = measured.map((each) => ({ name: each.container, usage: quantities(each) }));
  return { ...metricsOf('PodMetrics', pod, usage), containers } as unknown as KubeObject;
}

function nodeMetrics(node: KubeObject, usage: NodeUsage): KubeObject | undefined {
  if (node.metadata.name !== usage.nodeName) return undefined;
  return { ...metricsOf('NodeMetrics', node, usage), usage: quantities(usage) } as unknown as KubeObject;
}

function itemsOf(list: KubeObject): readonly KubeObject[] {
  return Array.isArray(list['items']) ? (list['items'] as readonly KubeObject[]) : [];
}

/**
 * Answers `get` and `list` of pods and nodes of metrics.k8s.io. What was not measured yet is left out of lists.
 * @throws KubeError NotFound for one object without a measurement.
 */
export async function answerMetrics(source: MetricsSource, request: KubeRequest): Promise<ApiAnswer> {
  const { resource } = request.resource;
  const core: ResourceRef = { group: '', version: 'v1', resource };
  const of = resource === 'pods' ? podMetrics : nodeMetrics;
  const { usage } = source;
  const { object } = await source.read({ ...request, resource: core } as KubeRequest);
  if (request.verb === 'list') {
    const items = usage === undefined ? [] : itemsOf(object).flatMap((each) => of(each, usage) ?? []);
    const kind = resource === 'pods' ? 'PodMetricsList' : 'NodeMetricsList';
    const list = { apiVersion: API_VERSION, kind, metadata: { resourceVersion: '' }, items };
    return { code: 200, warnings: [], object: list as unknown as KubeObject };
  }
  const metrics = usage === undefined ? undefined : of(object, usage);
  if (metrics === undefined) {
    throw kubeError('NotFound', `${resource}.${METRICS_GROUP} "${object.metadata.name}" not found: not measured yet`);
  }
  return { code: 200, warnings: [], object: metrics };
}
