import { getPath, isObject } from '@argosy/std';
import { formatLabelSelector, selectorFromSpec, type KubeObject, type LabelSelectorSpec } from '@argosy/kube/meta';
import type { StoredObject } from '../store/index.ts';
import { presentObject } from './convert.ts';
import type { ServedResource } from './resource.ts';
import type { ApiState } from './state.ts';

function selectorText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return '';
  const structured = Object.hasOwn(value, 'matchLabels') || Object.hasOwn(value, 'matchExpressions');
  const spec = structured ? value : { matchLabels: value };
  return formatLabelSelector(selectorFromSpec(spec as LabelSelectorSpec));
}

function countAt(object: KubeObject, path: readonly string[]): number | undefined {
  const value = getPath(object, path);
  return typeof value === 'number' ? value : undefined;
}

const SCALE_METADATA = ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp'] as const;

/** autoscaling/v1 Scale of a stored object. */
export function scaleObject(state: ApiState, resource: ServedResource, stored: StoredObject): KubeObject {
  const object = presentObject(state.store, resource, stored);
  const paths = resource.scale ?? { specReplicas: [], statusReplicas: [] };
  const replicas = countAt(object, paths.specReplicas);
  const selector = selectorText(getPath(object, paths.selector ?? ['spec', 'selector']));
  const members = SCALE_METADATA.filter((field) => object.metadata[field] !== undefined);
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: {
      name: object.metadata.name,
      ...Object.fromEntries(members.map((field) => [field, object.metadata[field]])),
    },
    spec: replicas === undefined ? {} : { replicas },
    status: { replicas: countAt(object, paths.statusReplicas) ?? 0, ...(selector === '' ? {} : { selector }) },
  };
}
