import { canonicalJson, compareText, equalJson, safeNameHash } from '@argosy/std';
import { controllerRef, type KubeObject } from '@argosy/kube/meta';
import { resolveIntOrPercent } from './int-or-percent.ts';
import type { Deployment, PodTemplate, ReplicaSet } from './kinds.ts';
import { createdAt } from './pods.ts';

/** The label that tells the pods of one template from those of another. */
export const TEMPLATE_HASH_LABEL = 'pod-template-hash';

/** Annotations of deployments and their ReplicaSets, as kubectl reads them. */
export const annotations = Object.freeze({
  revision: 'deployment.kubernetes.io/revision',
  revisionHistory: 'deployment.kubernetes.io/revision-history',
  desired: 'deployment.kubernetes.io/desired-replicas',
  max: 'deployment.kubernetes.io/max-replicas',
});

/** Characters of a template hash. */
const HASH_LENGTH = 10;

const NOT_COPIED: ReadonlySet<string> = new Set([
  ...Object.values(annotations),
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
]);

/** spec.replicas with its default. */
export function replicasOf(object: { readonly spec: { readonly replicas?: number } }): number {
  return object.spec.replicas ?? 1;
}

/** The bounds of a rolling update in pods. Never both 0: then one pod may be unavailable. */
export function rollingBounds(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  if (deployment.spec.strategy?.type === 'Recreate') return { surge: 0, unavailable: 0 };
  const total = replicasOf(deployment);
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = resolveIntOrPercent(maxSurge, total, 'up');
  const unavailable = Math.min(resolveIntOrPercent(maxUnavailable, total, 'down'), total);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** The hash of a template: part of ReplicaSet names and of their pods' labels. */
export function templateHash(template: PodTemplate, collisionCount: number): string {
  return safeNameHash(`${canonicalJson(template)}#${collisionCount}`, HASH_LENGTH);
}

function withoutHash(template: PodTemplate): PodTemplate {
  const { [TEMPLATE_HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** True when a ReplicaSet runs the deployment's template. */
export function hasTemplateOf(replicaSet: ReplicaSet, deployment: Deployment): boolean {
  const [mine, wanted] = [withoutHash(replicaSet.spec.template), withoutHash(deployment.spec.template)];
  return equalJson(dropNulls(mine), dropNulls(wanted));
}

/** A template's creationTimestamp is sent as null by some clients and left out by others. */
function dropNulls(template: PodTemplate): PodTemplate {
  const metadata = Object.fromEntries(
    Object.entries(template.metadata ?? {}).filter(([, value]) => value !== null && value !== undefined),
  );
  return { ...template, metadata };
}

/** ReplicaSets by age, oldest first; total. */
export function byCreation(a: KubeObject, b: KubeObject): number {
  return createdAt(a) - createdAt(b) || compareText(a.metadata.name, b.metadata.name);
}

/** The revision annotation; 0 when it is missing or not a number. */
export function revisionOf(object: KubeObject): number {
  const text = object.metadata.annotations?.[annotations.revision] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** The highest revision among ReplicaSets. */
export function highestRevision(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((highest, replicaSet) => Math.max(highest, revisionOf(replicaSet)), 0);
}

/** The oldest ReplicaSet that runs the deployment's template, as upstream picks among several. */
export function findNewReplicaSet(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return replicaSets.filter((each) => hasTemplateOf(each, deployment)).sort(byCreation)[0];
}

function copiedAnnotations(deployment: Deployment): { [key: string]: string } {
  return Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key)),
  );
}

/** The annotations of a ReplicaSet that carries the scale of `deployment`. */
export function scaleAnnotations(deployment: Deployment): { readonly [key: string]: string } {
  const replicas = replicasOf(deployment);
  return {
    [annotations.desired]: String(replicas),
    [annotations.max]: String(replicas + rollingBounds(deployment).surge),
  };
}

/** The annotations of the new ReplicaSet: the deployment's own, the scale and a revision above all old ones. */
export function newReplicaSetAnnotations(
  deployment: Deployment,
  replicaSet: ReplicaSet | undefined,
  revision: number,
): { readonly [key: string]: string } {
  const current = replicaSet?.metadata.annotations ?? {};
  const merged = { ...current, ...copiedAnnotations(deployment), ...scaleAnnotations(deployment) };
  const old = replicaSet === undefined ? 0 : revisionOf(replicaSet);
  if (old >= revision) return merged;
  const history = [current[annotations.revisionHistory], old === 0 ? undefined : String(old)].filter(
    (part) => part !== undefined && part !== '',
  );
  return {
    ...merged,
    [annotations.revision]: String(revision),
    ...(history.length === 0 ? {} : { [annotations.revisionHistory]: history.join(',') }),
  };
}

/** The ReplicaSet for the deployment's template, not yet stored. */
export function buildReplicaSet(
  deployment: Deployment,
  more: { readonly hash: string; readonly replicas: number; readonly revision: number },
): ReplicaSet {
  const { template, selector, minReadySeconds } = deployment.spec;
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH_LABEL]: more.hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${more.hash}`,
      namespace: deployment.metadata.namespace ?? '',
      labels,
      annotations: newReplicaSetAnnotations(deployment, undefined, more.revision),
      ownerReferences: [controllerRef(deployment)],
    },
    spec: {
      replicas: more.replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH_LABEL]: more.hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
