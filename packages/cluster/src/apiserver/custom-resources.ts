import { isObject } from '@argosy/std';
import { findCondition, type Condition, type KubeObject } from '@argosy/kube/meta';
import type { TypeSchema } from '@argosy/kube/schema';
import type { SubresourceDescriptor } from './contract.ts';
import { part, parts, textAt, type Draft } from './draft.ts';
import { clientOf } from './admission/webhook-client.ts';
import type { Conversion, PrinterColumn, ScalePaths, ServedResource } from './resource.ts';
import { compileCustomSchema } from './schemas.ts';

/** Finalizer that keeps a definition until its instances are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] as const;

/** `.spec.replicas` → member path; only dots, as upstream allows for scale and selectable fields. */
export function dotPath(path: string): readonly string[] {
  return path.split('.').filter((name) => name !== '');
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function scaleOf(version: Draft): ScalePaths | undefined {
  const scale = part(part(version, 'subresources'), 'scale');
  if (scale === undefined) return undefined;
  const selector = textAt(scale, 'labelSelectorPath');
  return {
    specReplicas: dotPath(textAt(scale, 'specReplicasPath')),
    statusReplicas: dotPath(textAt(scale, 'statusReplicasPath')),
    ...(selector === '' ? {} : { selector: dotPath(selector) }),
  };
}

function columnOf(column: Draft): PrinterColumn {
  const priority = column['priority'];
  return {
    name: textAt(column, 'name'),
    type: textAt(column, 'type'),
    format: textAt(column, 'format'),
    description: textAt(column, 'description'),
    priority: typeof priority === 'number' ? priority : 0,
    jsonPath: textAt(column, 'jsonPath'),
  };
}

function lazySchema(openApi: unknown): () => TypeSchema | undefined {
  let compiled: { readonly schema: TypeSchema | undefined } | undefined;
  return () => (compiled ??= { schema: compileCustomSchema(openApi) }).schema;
}

interface DefinitionFacts {
  readonly object: KubeObject;
  readonly spec: Draft;
  readonly group: string;
  readonly names: Draft;
  readonly storedApiVersion: string;
  readonly converts: boolean;
  readonly conversion: Conversion | undefined;
  readonly terminating: boolean;
}

function subresourcesOf(facts: DefinitionFacts, version: Draft): readonly SubresourceDescriptor[] {
  const subresources = part(version, 'subresources');
  const found: SubresourceDescriptor[] = [];
  if (part(subresources, 'status') !== undefined) {
    found.push({
      name: 'status',
      group: facts.group,
      version: textAt(version, 'name'),
      kind: textAt(facts.names, 'kind'),
      verbs: ['get', 'patch', 'update'],
    });
  }
  if (part(subresources, 'scale') !== undefined) {
    found.push({
      name: 'scale',
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
  }
  return found;
}

function deprecationOf(version: Draft, what: string): string {
  return textAt(version, 'deprecationWarning') || `${what} is deprecated`;
}

function servedVersion(facts: DefinitionFacts, version: Draft): ServedResource {
  const { group, names, spec, object } = facts;
  const name = textAt(version, 'name');
  const kind = textAt(names, 'kind');
  const resource = textAt(names, 'plural');
  const openApi = part(part(version, 'schema'), 'openAPIV3Schema');
  const scale = scaleOf(version);
  const subresources = subresourcesOf(facts, version);
  return {
    group,
    version: name,
    resource,
    kind,
    listKind: textAt(names, 'listKind') || `${kind}List`,
    singular: textAt(names, 'singular') || kind.toLowerCase(),
    namespaced: spec['scope'] === 'Namespaced',
    verbs: VERBS,
    shortNames: texts(names['shortNames']),
    categories: texts(names['categories']),
    subresources,
    custom: true,
    storage: `${group}/${resource}`,
    apiVersion: `${group}/${name}`,
    storedApiVersion: facts.storedApiVersion,
    converts: facts.converts,
    ...(facts.conversion === undefined ? {} : { conversion: facts.conversion }),
    hasStatus: subresources.some((item) => item.name === 'status'),
    ...(scale === undefined ? {} : { scale }),
    traits: {
      generation: true,
      unconditionalUpdate: false,
      createOnUpdate: false,
      answersDeleted: false,
      defaultPropagation: 'Background',
      ignoresPropagation: false,
      nameRule: 'subdomain',
      virtual: false,
    },
    definition: {
      name: object.metadata.name,
      terminating: facts.terminating,
      columns: parts(version, 'additionalPrinterColumns').map(columnOf),
      openApi,
      selectableFields: parts(version, 'selectableFields').map((field) => dotPath(textAt(field, 'jsonPath'))),
      deprecation: version['deprecated'] === true ? deprecationOf(version, `${group}/${name} ${kind}`) : undefined,
    },
    schema: lazySchema(openApi),
  };
}

/** True when the API server serves the definition's kinds. */
export function isEstablished(definition: KubeObject): boolean {
  const status = definition['status'];
  const conditions = isObject(status) ? (status['conditions'] as readonly Condition[] | undefined) : undefined;
  return findCondition(conditions, 'Established')?.status === 'True';
}

/** Orders versions as upstream prefers them: GA before beta before alpha, higher numbers first, others by text. */
export function compareVersions(a: string, b: string): number {
  const parse = (version: string): readonly [number, number, number] | undefined => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (match === null) return undefined;
    const stage = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
    return [stage, Number(match[1]), Number(match[3] ?? 0)];
  };
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    if (right !== undefined) return 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return right[0] - left[0] || right[1] - left[1] || right[2] - left[2];
}

function conversionOf(spec: Draft, versions: readonly Draft[]): Conversion | undefined {
  const conversion = part(spec, 'conversion');
  if (textAt(conversion, 'strategy') !== 'Webhook') return undefined;
  const group = textAt(spec, 'group');
  const served = versions.filter((version) => version['served'] === true).map((version) => textAt(version, 'name'));
  return {
    name: `${group}, Kind=${textAt(part(spec, 'names'), 'kind')}`,
    client: clientOf(part(part(conversion, 'webhook'), 'clientConfig')),
    served: served.map((name) => `${group}/${name}`),
    converted: new WeakMap(),
  };
}

/** The resources that a definition serves: one for each served version, preferred first; none until it is established. */
export function servedByDefinition(object: KubeObject): readonly ServedResource[] {
  if (!isEstablished(object)) return [];
  const spec = object['spec'] as Draft;
  const group = textAt(spec, 'group');
  const versions = parts(spec, 'versions');
  const storage = versions.find((version) => version['storage'] === true);
  const stored = texts(part(object as unknown as Draft, 'status')?.['storedVersions']);
  const facts: DefinitionFacts = {
    object,
    spec,
    group,
    names: part(spec, 'names') ?? {},
    storedApiVersion: `${group}/${textAt(storage, 'name')}`,
    converts: versions.length > 1 || stored.length > 1,
    conversion: conversionOf(spec, versions),
    terminating: object.metadata.deletionTimestamp !== undefined,
  };
  return versions
    .filter((version) => version['served'] === true)
    .sort((a, b) => compareVersions(textAt(a, 'name'), textAt(b, 'name')))
    .map((version) => servedVersion(facts, version));
}
