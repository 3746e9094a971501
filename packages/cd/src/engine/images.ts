import { compareText, getPath } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';

const POD_SPECS: readonly (readonly string[])[] = [
  ['spec'],
  ['spec', 'template', 'spec'],
  ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
];

/** The container images that an object names in its pod spec or pod template; sorted, each once. */
export function imagesOf(object: KubeObject): readonly string[] {
  const images = new Set<unknown>();
  for (const path of POD_SPECS) {
    for (const list of ['initContainers', 'containers']) {
      const containers = getPath(object, [...path, list]);
      if (!Array.isArray(containers)) continue;
      for (const image of containers.map((item) => getPath(item, ['image']))) images.add(image);
    }
  }
  return [...images].filter((image) => typeof image === 'string').sort(compareText);
}
