import { cdNames, type Application } from '@argosy/api/cd';
import { withPath } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { resourceKeyOf, type ResourceKey } from './resource-key.ts';

/** Who an object says it belongs to: the instance name of an Application and the object's own key. */
export interface Tracking extends ResourceKey {
  readonly instance: string;
}

/** The name under which an Application tracks: `name`, or `namespace_name` outside the control-plane namespace. */
export function instanceName(app: Application, controlNamespace: string): string {
  const namespace = app.metadata.namespace ?? '';
  return namespace === '' || namespace === controlNamespace ? app.metadata.name : `${namespace}_${app.metadata.name}`;
}

/** The key (`namespace/name`) of the Application that an instance name stands for. */
export function applicationKeyOfInstance(
  instance: string,
  controlNamespace: string,
): { readonly namespace: string; readonly name: string } {
  const cut = instance.indexOf('_');
  return cut < 0
    ? { namespace: controlNamespace, name: instance }
    : { namespace: instance.slice(0, cut), name: instance.slice(cut + 1) };
}

/** `web:apps/Deployment:prod/api`. `namespace` is the destination's for cluster-scoped objects. */
export function trackingId(tracking: Tracking): string {
  return `${tracking.instance}:${tracking.group}/${tracking.kind}:${tracking.namespace}/${tracking.name}`;
}

/** Reads a tracking id; `undefined` when it has not the form, which means: not tracked. */
export function parseTrackingId(text: string): Tracking | undefined {
  const first = text.indexOf(':');
  const second = text.indexOf(':', first + 1);
  if (first <= 0 || second < 0) return undefined;
  const groupKind = text.slice(first + 1, second).split('/');
  const rest = text.slice(second + 1);
  const slash = rest.indexOf('/');
  if (groupKind.length !== 2 || slash < 0) return undefined;
  return {
    instance: text.slice(0, first),
    group: groupKind[0] ?? '',
    kind: groupKind[1] ?? '',
    namespace: rest.slice(0, slash),
    name: rest.slice(slash + 1),
  };
}

/** What the tracking annotation of an object says, if it has a readable one. */
export function trackingOf(object: KubeObject): Tracking | undefined {
  const text = object.metadata.annotations?.[cdNames.trackingId];
  return text === undefined ? undefined : parseTrackingId(text);
}

/** True when the annotation names the object itself; a copy of a tracked object says false and is left alone. */
export function isSelfReferenced(object: KubeObject): boolean {
  const tracking = trackingOf(object);
  if (tracking === undefined) return false;
  const key = resourceKeyOf(object);
  const sameKind = tracking.group === key.group && tracking.kind === key.kind && tracking.name === key.name;
  return sameKind && (key.namespace === '' || tracking.namespace === key.namespace);
}

/** The object with its tracking annotation set. */
export function withTracking(object: KubeObject, instance: string, namespace: string): KubeObject {
  const key = resourceKeyOf(object);
  const id = trackingId({ ...key, instance, namespace: key.namespace === '' ? namespace : key.namespace });
  return withPath(object, ['metadata', 'annotations', cdNames.trackingId], id);
}

/** Characters of a label's value. */
const MAX_LABEL_CHARACTERS = 63;

/** The object with the instance as a label: cut to what a label holds, and ending in a letter or digit. */
export function withInstanceLabel(object: KubeObject, label: string, instance: string): KubeObject {
  const value = instance.slice(0, MAX_LABEL_CHARACTERS).replace(/[^A-Za-z0-9]+$/, '');
  return withPath(object, ['metadata', 'labels', label], value);
}
