import { resources } from '@argosy/api';
import { hasReason, type KubeObject } from '@argosy/kube/meta';
import { getObjectOrUndefined, type ClusterApi } from '@argosy/kube/port';

import {
  CACHE_TYPE,
  CONFIG_MAP_TYPE_LABEL,
  MAX_CACHES,
  type CacheFacts,
  type ConfigMapFacts,
  type ConfigReference,
} from '../engine/index.ts';

/** How long values that were read are used again, so that rounds in a row do not read them each time. */
export const CONFIG_MAP_AGE_LIMIT_MS = 10_000;

/** Most ConfigMaps that one workflow may read its parameters from. */
export const MAX_CONFIG_MAPS = 50;

interface ConfigMap extends KubeObject {
  readonly data?: { readonly [key: string]: string };
}

function factsOf(map: ConfigMap, keys: readonly string[]): ConfigMapFacts {
  if (map.metadata.labels?.[CONFIG_MAP_TYPE_LABEL] !== 'Parameter') {
    const label = `${CONFIG_MAP_TYPE_LABEL}: Parameter`;
    return { refusal: `ConfigMap '${map.metadata.name}' needs to have the label ${label} to load parameters` };
  }
  const data = map.data ?? {};
  const known = keys.filter((key) => Object.hasOwn(data, key));
  return { values: Object.fromEntries(known.map((key) => [key, data[key] ?? ''])) };
}

async function readOne(
  api: ClusterApi,
  key: { readonly namespace: string; readonly name: string },
  keys: readonly string[],
): Promise<ConfigMapFacts | undefined> {
  try {
    const map = await getObjectOrUndefined<ConfigMap>(api, { resource: resources.configMaps, key });
    return map === undefined ? undefined : factsOf(map, keys);
  } catch (error) {
    if (hasReason(error, 'Forbidden', 'Invalid', 'BadRequest') && error instanceof Error) {
      return { refusal: `ConfigMap '${key.name}' cannot be read: ${error.message}` };
    }
    throw error;
  }
}

/**
 * Reads the ConfigMaps that a workflow's inputs refer to: only the keys that are asked for, only from ConfigMaps that
 * are labelled for it. One that does not exist is missing from the answer.
 * @throws KubeError refusals that may pass; the adapter's own error when the cluster cannot be reached.
 */
export async function readConfigMaps(
  api: ClusterApi,
  namespace: string,
  references: readonly ConfigReference[],
): Promise<{ readonly [name: string]: ConfigMapFacts }> {
  const facts = new Map<string, ConfigMapFacts>();
  const names = [...new Set(references.map((item) => item.name))];
  for (const [index, name] of names.entries()) {
    const keys = references.filter((item) => item.name === name).map((item) => item.key);
    const found =
      index < MAX_CONFIG_MAPS
        ? await readOne(api, { namespace, name }, keys)
        : { refusal: `it is one of ${names.length} ConfigMaps: at most ${MAX_CONFIG_MAPS} are read for one workflow` };
    if (found !== undefined) facts.set(name, found);
  }
  return Object.fromEntries(facts);
}

/**
 * Reads the caches that memoized templates use, whole. One that does not exist is missing from the answer.
 * @throws KubeError refusals that may pass; the adapter's own error when the cluster cannot be reached.
 */
export async function readCaches(
  api: ClusterApi,
  namespace: string,
  names: readonly string[],
): Promise<{ readonly [name: string]: CacheFacts }> {
  const facts = new Map<string, CacheFacts>();
  for (const name of names.slice(0, MAX_CACHES)) {
    const map = await getObjectOrUndefined<ConfigMap>(api, {
      resource: resources.configMaps,
      key: { namespace, name },
    });
    if (map !== undefined) facts.set(name, cacheFacts(map));
  }
  return Object.fromEntries(facts);
}

function cacheFacts(map: ConfigMap): CacheFacts {
  if (map.metadata.labels?.[CONFIG_MAP_TYPE_LABEL] === CACHE_TYPE) return { values: map.data ?? {} };
  const label = `${CONFIG_MAP_TYPE_LABEL}: ${CACHE_TYPE}`;
  return { refusal: `ConfigMap '${map.metadata.name}' needs to have the label ${label} to be used as a cache` };
}

/** True when every key that is asked for was found. */
export function isComplete(
  references: readonly ConfigReference[],
  facts: { readonly [name: string]: ConfigMapFacts },
): boolean {
  return references.every(
    ({ name, key }) => facts[name]?.values !== undefined && Object.hasOwn(facts[name].values, key),
  );
}
