import { isObject, type JsonValue } from '@argosy/std';
import { formatGoFloat, quoteGo } from '@argosy/lang/gofmt';
import { parseVersion } from '@argosy/lang/semver';
import { HelmError, type ChartMetadata, type Dependency } from './chart.ts';

const invalid = (message: string): never => {
  throw new HelmError(`validation: ${message}`);
};

type Members = { readonly [key: string]: unknown };

const own = (members: Members, key: string): unknown => (Object.hasOwn(members, key) ? members[key] : undefined);

function wrongType(field: string, found: unknown, wanted: string): never {
  const kind = Array.isArray(found) ? 'array' : typeof found === 'boolean' ? 'bool' : typeof found;
  throw new HelmError(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go struct field ${field} of type ${wanted}`,
  );
}

/** A scalar where text is wanted becomes that text, as sigs.k8s.io/yaml does it. */
function text(members: Members, key: string, owner: string): string {
  const value = own(members, key);
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : formatGoFloat(value, 'g', -1);
  return wrongType(`${owner}.${key}`, value, 'string');
}

function texts(members: Members, key: string, owner: string): readonly string[] {
  const value = own(members, key);
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return wrongType(`${owner}.${key}`, value, '[]string');
  return value.map((item: unknown) => text({ [key]: item }, key, owner));
}

function list(members: Members, key: string, owner: string): readonly unknown[] | undefined {
  const value = own(members, key);
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? (value as readonly unknown[]) : wrongType(`${owner}.${key}`, value, '[]');
}

/** The objects of a list; an empty place is refused. */
function entries(members: Members, key: string): readonly Members[] {
  return (list(members, key, 'Metadata') ?? []).map((item) =>
    isObject(item) ? item : invalid(`${key} must not contain empty or null nodes`),
  );
}

function readDependency(members: Members): Dependency {
  const owner = 'Dependency';
  return {
    name: text(members, 'name', owner),
    version: text(members, 'version', owner),
    repository: text(members, 'repository', owner),
    condition: text(members, 'condition', owner),
    tags: texts(members, 'tags', owner),
    importValues: list(members, 'import-values', owner) ?? [],
    alias: text(members, 'alias', owner),
    enabled: own(members, 'enabled') === true,
  };
}

/** The dependencies of a Chart.yaml or requirements.yaml; `undefined` when it has none. @throws HelmError */
export function readDependencies(value: JsonValue): Dependency[] | undefined {
  if (!isObject(value)) return undefined;
  return list(value, 'dependencies', 'Metadata') === undefined
    ? undefined
    : entries(value, 'dependencies').map(readDependency);
}

function annotationsOf(members: Members): { readonly [key: string]: string } | undefined {
  const value = own(members, 'annotations');
  if (!isObject(value)) return undefined;
  return Object.fromEntries(Object.keys(value).map((key) => [key, text(value, key, 'Metadata.annotations')]));
}

/** Reads a parsed Chart.yaml. @throws HelmError for members of the wrong type. */
export function readMetadata(value: JsonValue): ChartMetadata {
  if (value !== null && !isObject(value)) {
    const kind = Array.isArray(value) ? 'array' : typeof value;
    throw new HelmError(
      `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type chart.Metadata`,
    );
  }
  const members: Members = isObject(value) ? value : {};
  const field = (key: string): string => text(members, key, 'Metadata');
  const maintainers = entries(members, 'maintainers').map((item) => ({
    name: text(item, 'name', 'Maintainer'),
    email: text(item, 'email', 'Maintainer'),
    url: text(item, 'url', 'Maintainer'),
  }));
  return {
    name: field('name'),
    home: field('home'),
    sources: texts(members, 'sources', 'Metadata'),
    version: field('version'),
    description: field('description'),
    keywords: texts(members, 'keywords', 'Metadata'),
    maintainers,
    icon: field('icon'),
    apiVersion: field('apiVersion') === '' ? 'v1' : field('apiVersion'),
    condition: field('condition'),
    tags: field('tags'),
    appVersion: field('appVersion'),
    deprecated: own(members, 'deprecated') === true,
    annotations: annotationsOf(members),
    kubeVersion: field('kubeVersion'),
    dependencies: readDependencies(value),
    type: field('type'),
  };
}

const baseName = (path: string): string => (path === '' ? '.' : (path.replace(/\/+$/, '').split('/').at(-1) ?? ''));

function checkDependencies(dependencies: readonly Dependency[]): void {
  const seen = new Set<string>();
  for (const { name, alias } of dependencies) {
    if (!/^[a-zA-Z0-9_-]*$/.test(alias)) invalid(`dependency ${quoteGo(name)} has disallowed characters in the alias`);
    const key = alias === '' ? name : alias;
    if (seen.has(key)) invalid(`more than one dependency with name or alias ${quoteGo(key)}`);
    seen.add(key);
  }
}

/** Refuses what no chart may say. @throws HelmError in Helm's words. */
export function checkMetadata(metadata: ChartMetadata): void {
  const { name, version, type } = metadata;
  if (name === '') invalid('chart.metadata.name is required');
  if (name !== baseName(name)) invalid(`chart.metadata.name ${quoteGo(name)} is invalid`);
  if (version === '') invalid('chart.metadata.version is required');
  if (!parseVersion(version).ok) invalid(`chart.metadata.version ${quoteGo(version)} is invalid`);
  if (!['', 'application', 'library'].includes(type)) invalid('chart.metadata.type must be application or library');
  checkDependencies(metadata.dependencies ?? []);
}
