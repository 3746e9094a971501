import { controllerOf, matchesLabels, selectorFromSpec, type LabelSelectorSpec } from '@argosy/kube/meta';
import type { ControllerContext, Informer } from '@argosy/kube/runtime';
import { targets, type Pod } from '../workloads/index.ts';

const byController = (pod: Pod): readonly string[] => {
  const uid = controllerOf(pod)?.uid;
  return uid === undefined ? [] : [uid];
};

const byControllerName = (pod: Pod): readonly string[] => {
  const owner = controllerOf(pod);
  return owner === undefined ? [] : [`${pod.metadata.namespace ?? ''}/${owner.kind}/${owner.name}`];
};

const byPrefix = (pod: Pod): readonly string[] => {
  const { generateName, namespace = '' } = pod.metadata;
  return generateName === undefined ? [] : [`${namespace}/${generateName}`];
};

const byLabel = (pod: Pod): readonly string[] => {
  const namespace = pod.metadata.namespace ?? '';
  return Object.entries(pod.metadata.labels ?? {}).map(([key, value]) => `${namespace}/${key}=${value}`);
};

const orphans = (pod: Pod): readonly string[] =>
  controllerOf(pod) === undefined ? [pod.metadata.namespace ?? ''] : [];

/** The pods of the cluster with the indexes that controllers ask by: every question costs what it answers. */
export interface PodInformer extends Informer<Pod> {
  /** Pods that the owner controls, and those nobody controls that its selector matches. */
  candidates(owner: { readonly uid: string; readonly namespace: string; readonly selector?: LabelSelectorSpec }): Pod[];
  /** Pods whose controller has this kind and name, whether it still exists or not. */
  ofNamed(namespace: string, kind: string, name: string): readonly Pod[];
  /** Names of pods that were generated from `prefix`, whoever owns them now. */
  namesFrom(namespace: string, prefix: string): readonly string[];
  /** Pods that carry all of the labels. */
  withLabels(namespace: string, labels: { readonly [key: string]: string }): readonly Pod[];
}

/** The shared pod informer of a context. */
export function podInformer(context: ControllerContext): PodInformer {
  const informer = context.informers.informer<Pod>(targets.pods);
  informer.addIndex('controller', byController);
  informer.addIndex('controller-name', byControllerName);
  informer.addIndex('prefix', byPrefix);
  informer.addIndex('label', byLabel);
  informer.addIndex('orphans', orphans);
  const { lister } = informer;

  function candidates(owner: Parameters<PodInformer['candidates']>[0]): Pod[] {
    const owned = lister.byIndex('controller', owner.uid);
    if (owner.selector === undefined) return [...owned];
    const selector = selectorFromSpec(owner.selector);
    const free = lister.byIndex('orphans', owner.namespace);
    return [...owned, ...free.filter((pod) => matchesLabels(selector, pod.metadata.labels))];
  }

  function withLabels(namespace: string, labels: { readonly [key: string]: string }): readonly Pod[] {
    const [first, ...rest] = Object.entries(labels);
    if (first === undefined) return [];
    const found = lister.byIndex('label', `${namespace}/${first[0]}=${first[1]}`);
    return found.filter((pod) => rest.every(([key, value]) => pod.metadata.labels?.[key] === value));
  }

  return {
    resource: informer.resource,
    lister,
    synced: () => informer.synced(),
    onChange: (handler) => informer.onChange(handler),
    addIndex: (name, valuesOf) => informer.addIndex(name, valuesOf),
    candidates,
    ofNamed: (namespace, kind, name) => lister.byIndex('controller-name', `${namespace}/${kind}/${name}`),
    namesFrom: (namespace, prefix) =>
      lister.byIndex('prefix', `${namespace}/${prefix}`).map((pod) => pod.metadata.name),
    withLabels,
  };
}
