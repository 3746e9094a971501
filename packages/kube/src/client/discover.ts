import { isObject } from '@argosy/std';
import { parseApiVersion } from '../meta/index.ts';
import type { RestMapping } from '../port/index.ts';

type Json = { readonly [field: string]: unknown };

/** Reads a discovery document. */
export type ReadDocument = (path: string, accept: string) => Promise<unknown>;

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

const objects = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

function fromAggregated(document: Json): readonly RestMapping[] {
  return objects(document['items']).flatMap((group) => {
    const metadata = group['metadata'];
    const name = isObject(metadata) ? text(metadata['name']) : '';
    return objects(group['versions']).flatMap((version) =>
      objects(version['resources']).map((resource) => aggregatedMapping(name, text(version['version']), resource)),
    );
  });
}

function aggregatedMapping(group: string, version: string, resource: Json): RestMapping {
  const kind = resource['responseKind'];
  return {
    resource: { group, version, resource: text(resource['resource']) },
    kind: isObject(kind) ? text(kind['kind']) : '',
    namespaced: resource['scope'] === 'Namespaced',
    verbs: texts(resource['verbs']),
    singular: text(resource['singularResource']),
    shortNames: texts(resource['shortNames']),
    categories: texts(resource['categories']),
    subresources: objects(resource['subresources']).map((sub) => text(sub['subresource'])),
  };
}

function fromResourceList(document: Json): readonly RestMapping[] {
  const { group, version } = parseApiVersion(text(document['groupVersion']));
  const all = objects(document['resources']);
  return all
    .filter((item) => !text(item['name']).includes('/'))
    .map((item) => {
      const name = text(item['name']);
      const subs = all.map((other) => text(other['name'])).filter((other) => other.startsWith(`${name}/`));
      return {
        resource: { group, version, resource: name },
        kind: text(item['kind']),
        namespaced: item['namespaced'] === true,
        verbs: texts(item['verbs']),
        singular: text(item['singularName']),
        shortNames: texts(item['shortNames']),
        categories: texts(item['categories']),
        subresources: subs.map((other) => other.slice(name.length + 1)),
      };
    });
}

/** The group-versions of a legacy `/apis`, the preferred version of each group first. */
function legacyPaths(document: Json): readonly string[] {
  return objects(document['groups']).flatMap((group) => {
    const preferred = isObject(group['preferredVersion']) ? text(group['preferredVersion']['groupVersion']) : '';
    const all = objects(group['versions']).map((version) => text(version['groupVersion']));
    return [preferred, ...all.filter((item) => item !== preferred)]
      .filter((item) => item !== '')
      .map((item) => `/apis/${item}`);
  });
}

async function readLegacy(read: ReadDocument, paths: readonly string[]): Promise<readonly RestMapping[]> {
  const documents = await Promise.all(paths.map((path) => read(path, 'application/json')));
  return documents.filter(isObject).flatMap(fromResourceList);
}

/** Reads what a cluster serves: two requests when it can aggregate, one for each group-version otherwise. */
export async function discoverHttp(read: ReadDocument): Promise<readonly RestMapping[]> {
  const [core, groups] = await Promise.all([read('/api', AGGREGATED), read('/apis', AGGREGATED)]);
  const isAggregated = (value: unknown): value is Json => isObject(value) && value['kind'] === 'APIGroupDiscoveryList';
  const first = isAggregated(core) ? fromAggregated(core) : await readLegacy(read, ['/api/v1']);
  const second = isAggregated(groups)
    ? fromAggregated(groups)
    : await readLegacy(read, isObject(groups) ? legacyPaths(groups) : []);
  return [...first, ...second];
}
