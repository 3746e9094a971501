import { isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { Store, StoredObject } from '../store/index.ts';
import { presentConverted } from './conversion.ts';
import type { ServedResource } from './resource.ts';

type Members = { readonly [field: string]: unknown };

function withoutKeys(object: Members, keys: readonly string[]): Members {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function given(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** autoscaling/v1 shows one CPU target; v2 holds a list of metrics. */
function scalerToV1(object: KubeObject): KubeObject {
  const spec = isObject(object['spec']) ? object['spec'] : {};
  const metrics = Array.isArray(spec['metrics']) ? (spec['metrics'] as readonly unknown[]) : [];
  const cpu = metrics.find(
    (metric) => isObject(metric) && isObject(metric['resource']) && metric['resource']['name'] === 'cpu',
  );
  const source = isObject(cpu) && isObject(cpu['resource']) ? cpu['resource'] : {};
  const target = isObject(source['target']) ? source['target']['averageUtilization'] : undefined;
  const status = isObject(object['status'])
    ? withoutKeys(object['status'], ['currentMetrics', 'conditions'])
    : undefined;
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    spec: given({ ...withoutKeys(spec, ['metrics', 'behavior']), targetCPUUtilizationPercentage: target }),
    ...(status === undefined ? {} : { status }),
  };
}

function scalerToV2(object: KubeObject): KubeObject {
  const spec = isObject(object['spec']) ? object['spec'] : {};
  const utilization = spec['targetCPUUtilizationPercentage'];
  const metric = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: utilization } },
  };
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    spec: given({
      ...withoutKeys(spec, ['targetCPUUtilizationPercentage']),
      metrics: utilization === undefined ? spec['metrics'] : [metric],
    }),
  };
}

/** Member names of core/v1 Event and what events.k8s.io/v1 calls them. */
const EVENT_NAMES: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

function renameMembers(object: KubeObject, apiVersion: string, names: ReadonlyMap<string, string>): KubeObject {
  const renamed = Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value] as const);
  return { ...(Object.fromEntries(renamed) as KubeObject), apiVersion };
}

/** The object as another version of its kind. Kinds without a conversion of their own change only apiVersion. */
export function convertObject(object: KubeObject, apiVersion: string): KubeObject {
  if (object.apiVersion === apiVersion) return object;
  switch (`${object.apiVersion} ${object.kind} ${apiVersion}`) {
    case 'autoscaling/v2 HorizontalPodAutoscaler autoscaling/v1':
      return scalerToV1(object);
    case 'autoscaling/v1 HorizontalPodAutoscaler autoscaling/v2':
      return scalerToV2(object);
    case 'v1 Event events.k8s.io/v1':
      return renameMembers(object, apiVersion, new Map(EVENT_NAMES));
    case 'events.k8s.io/v1 Event v1':
      return renameMembers(object, apiVersion, new Map(EVENT_NAMES.map(([core, other]) => [other, core])));
    default:
      return { ...object, apiVersion };
  }
}

/**
 * The tree of a stored object as `resource` serves it: shared, never to be written to.
 * @throws WebhooksNeeded when a webhook converts it and has not been asked.
 */
export function presentObject(store: Pick<Store, 'tree'>, resource: ServedResource, stored: StoredObject): KubeObject {
  const { conversion } = resource;
  if (conversion !== undefined) return presentConverted(store, { resource, conversion }, stored);
  const tree = store.tree(stored);
  return resource.converts ? convertObject(tree, resource.apiVersion) : tree;
}
