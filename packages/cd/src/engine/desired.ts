import type { Application } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import type { ConditionFact } from './conditions.ts';
import { kindKey, resourceKeyOf, resourceKeyText } from './resource-key.ts';
import type { DesiredResource, EngineSettings, KindTable } from './observed.ts';
import { instanceName, withInstanceLabel, withTracking } from './tracking.ts';

/** Desired resources in rendered order, and what was odd about them. */
export interface DesiredState {
  readonly resources: readonly DesiredResource[];
  readonly conditions: readonly ConditionFact[];
}

/** Where rendered objects go. */
export interface Target {
  readonly instance: string;
  /** The destination namespace. */
  readonly namespace: string;
  readonly kinds: KindTable;
  /** A label that carries the instance too; absent: none. */
  readonly label?: string | undefined;
}

/** compat(cd-0002): an object of unknown scope is taken to be namespaced, as upstream does. */
function isNamespaced(object: KubeObject, kinds: KindTable): boolean {
  return kinds[kindKey(object)]?.namespaced ?? true;
}

function place(object: KubeObject, target: Target): KubeObject {
  const { namespace: own, ...metadata } = object.metadata;
  if (!isNamespaced(object, target.kinds)) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, namespace: own === undefined || own === '' ? target.namespace : own } };
}

function toDesired(object: KubeObject, target: Target): DesiredResource {
  const tracked = withTracking(place(object, target), target.instance, target.namespace);
  const placed = target.label === undefined ? tracked : withInstanceLabel(tracked, target.label, target.instance);
  return { key: resourceKeyOf(placed), object: placed, resource: target.kinds[kindKey(object)]?.resource };
}

/** compat(cd-0003): definitions get no tracking, so that several Applications may bring the same one. */
function untracked(item: DesiredResource, original: KubeObject): DesiredResource {
  if (item.key.kind !== 'CustomResourceDefinition') return item;
  const annotations = original.metadata.annotations;
  const { annotations: _annotations, labels: _labels, ...metadata } = item.object.metadata;
  const labels = original.metadata.labels;
  return {
    ...item,
    object: {
      ...item.object,
      metadata: {
        ...metadata,
        ...(annotations === undefined ? {} : { annotations }),
        ...(labels === undefined ? {} : { labels }),
      },
    },
  };
}

function build(objects: readonly KubeObject[], target: Target): DesiredState {
  const byKey = new Map<string, DesiredResource>();
  const counts = new Map<string, number>();
  for (const object of objects) {
    const item = untracked(toDesired(object, target), object);
    const text = `${resourceKeyText(item.key)}${item.key.name === '' ? `#${byKey.size}` : ''}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
    byKey.set(text, item);
  }
  const conditions = [...byKey]
    .filter(([text]) => (counts.get(text) ?? 0) > 1)
    .map(([text, { key }]): ConditionFact => ({
      type: 'RepeatedResourceWarning',
      message: `Resource ${key.group}/${key.kind}/${key.namespace}/${key.name} appeared ${counts.get(text) ?? 0} times among application resources.`,
    }));
  return { resources: [...byKey.values()], conditions };
}

interface Remembered {
  readonly signature: string;
  readonly state: DesiredState;
}

const remembered = new WeakMap<readonly KubeObject[], Remembered>();

function signatureOf(objects: readonly KubeObject[], target: Target): string {
  const kinds = new Set(objects.map(kindKey));
  const scopes = [...kinds].map((kind) => {
    const info = target.kinds[kind];
    return `${kind}=${info === undefined || info === null ? '?' : `${info.namespaced} ${info.resource.resource}`}`;
  });
  return [target.instance, target.namespace, target.label ?? '', ...scopes].join('\n');
}

/**
 * Brings rendered objects into the form in which they are applied: placed in a namespace, tracked, the last of
 * duplicates kept. Remembered per list, because a round on an unchanged revision must not pay for it again.
 */
export function desiredState(objects: readonly KubeObject[], target: Target): DesiredState {
  const signature = signatureOf(objects, target);
  const known = remembered.get(objects);
  if (known !== undefined && known.signature === signature) return known.state;
  const state = build(objects, target);
  remembered.set(objects, { signature, state });
  return state;
}

/** The namespace that objects without one go to. */
export function destinationNamespace(app: Application): string {
  return app.spec.destination.namespace ?? '';
}

/** Where the objects of an Application go, and how they are marked as its own. */
export function targetOf(
  app: Application,
  kinds: KindTable,
  settings: Pick<EngineSettings, 'namespace' | 'resources'>,
): Target {
  return {
    instance: instanceName(app, settings.namespace),
    namespace: destinationNamespace(app),
    kinds,
    label: settings.resources?.instanceLabel,
  };
}
