import { canonicalJson, isObject, safeNameHash } from '@argosy/std';
import { controllerRef, keyOf, type KubeObject } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import type { ControllerRevision, Pod, PodTemplate, StatefulSet } from './kinds.ts';
import { podFromTemplate } from './pods.ts';
import { targets } from './resources.ts';

/** Tells which revision of its owner a pod runs. */
export const REVISION_LABEL = 'controller-revision-hash';

/** The ordinal in a pod's name; `undefined` for a name that is not the set's. */
export function ordinalOf(set: StatefulSet, pod: KubeObject): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const text = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : '';
  return /^(0|[1-9]\d{0,8})$/.test(text) ? Number(text) : undefined;
}

/** The name of the ControllerRevision that holds the set's template. */
export function revisionName(set: StatefulSet): string {
  const hash = safeNameHash(`${canonicalJson(set.spec.template)}#${set.status?.collisionCount ?? 0}`, 10);
  return `${set.metadata.name}-${hash}`;
}

/** The revision object for the set's template. */
export function buildRevision(set: StatefulSet, name: string, revision: number): ControllerRevision {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace: set.metadata.namespace ?? '',
      labels: { ...set.spec.template.metadata?.labels, [REVISION_LABEL]: name },
      ownerReferences: [controllerRef(set)],
    },
    data: { spec: { template: { ...set.spec.template, $patch: 'replace' } } },
    revision,
  };
}

/** The template that a revision holds; `undefined` when it holds none. */
export function templateOf(revision: ControllerRevision | undefined): PodTemplate | undefined {
  const spec = isObject(revision?.data) ? revision.data['spec'] : undefined;
  const template = isObject(spec) ? spec['template'] : undefined;
  if (!isObject(template)) return undefined;
  const { $patch: _patch, ...rest } = template;
  return rest as unknown as PodTemplate;
}

const claimName = (set: StatefulSet, template: KubeObject, ordinal: number): string =>
  `${template.metadata.name}-${set.metadata.name}-${ordinal}`;

/** Creates the claims of an ordinal; those that exist already stay. */
function claims(set: StatefulSet, ordinal: number): readonly StandardAction[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const labels = { ...template.metadata.labels, ...set.spec.selector.matchLabels };
    const metadata = {
      ...template.metadata,
      name: claimName(set, template, ordinal),
      namespace: set.metadata.namespace ?? '',
      labels,
    };
    const object = { ...template, apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata };
    return { kind: 'create', resource: targets.persistentVolumeClaims, object };
  });
}

function withClaims(set: StatefulSet, template: PodTemplate, ordinal: number): PodTemplate {
  const claimed = (set.spec.volumeClaimTemplates ?? []).map((claim) => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) },
  }));
  const names = new Set(claimed.map((each) => each.name));
  const kept = (template.spec.volumes ?? []).filter((volume) => !names.has(volume.name));
  const name = `${set.metadata.name}-${ordinal}`;
  const { serviceName = '' } = set.spec;
  return {
    ...template,
    spec: {
      ...template.spec,
      hostname: name,
      ...(serviceName === '' ? {} : { subdomain: serviceName }),
      ...(claimed.length + kept.length === 0 ? {} : { volumes: [...claimed, ...kept] }),
    },
  };
}

/** Creates the pod of an ordinal, its claims first. */
export function createOrdinal(
  set: StatefulSet,
  ordinal: number,
  version: { readonly revision: string; readonly template: PodTemplate },
): readonly StandardAction[] {
  const name = `${set.metadata.name}-${ordinal}`;
  const object = podFromTemplate(set, withClaims(set, version.template, ordinal), {
    name,
    generateName: `${set.metadata.name}-`,
    labels: {
      [REVISION_LABEL]: version.revision,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
    },
  });
  const message = `create Pod ${name} in StatefulSet ${set.metadata.name} successful`;
  return [
    ...claims(set, ordinal),
    { kind: 'create', resource: targets.pods, object },
    { kind: 'record-event', about: set, event: { type: 'Normal', reason: 'SuccessfulCreate', message } },
  ];
}

/** Deletes one pod of the set. */
export function deleteOrdinal(set: StatefulSet, pod: Pod): readonly StandardAction[] {
  const { uid, name } = pod.metadata;
  const message = `delete Pod ${name} in StatefulSet ${set.metadata.name} successful`;
  return [
    {
      kind: 'delete',
      resource: targets.pods,
      key: keyOf(pod),
      options: { propagationPolicy: 'Background', ...(uid === undefined ? {} : { preconditions: { uid } }) },
    },
    { kind: 'record-event', about: set, event: { type: 'Normal', reason: 'SuccessfulDelete', message } },
  ];
}
