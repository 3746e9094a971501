import {
  decodeBytes,
  encodeBytes,
  GoMap,
  GoNamed,
  GoSlice,
  GoStruct,
  quoteGo,
  type GoCallable,
  type GoValue,
} from '@argosy/lang/gofmt';
import { compileGlob } from '@argosy/lang/glob';
import { failCall, goFunction } from '@argosy/lang/gotemplate';
import { formatYaml } from '@argosy/lang/yaml';
import type { KubeVersion } from './capabilities.ts';
import type { Chart, ChartFile, ChartMetadata, Dependency, Values } from './chart.ts';
import { tableAt } from './coalesce.ts';
import { toJsonValue } from './to-json.ts';

const methods = (entries: readonly (readonly [string, GoCallable])[]): ReadonlyMap<string, GoCallable> =>
  new Map(entries);

/** Go's `[]byte`, its bytes made into Go values only when somebody looks. */
class LazyBytes extends GoSlice {
  readonly #data: Uint8Array;

  constructor(data: Uint8Array) {
    super('uint8', []);
    this.#data = data;
    Object.defineProperty(this, 'items', {
      get: () => Array.from(data, BigInt),
      enumerable: true,
    });
  }

  get data(): Uint8Array {
    return this.#data;
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes in base64. */
export function base64Of(data: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < data.length; at += 3) {
    const group = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    for (const shift of [18, 12, 6, 0]) parts.push(ALPHABET.charAt((group >> shift) & 63));
  }
  const missing = (3 - (data.length % 3)) % 3;
  return parts.slice(0, parts.length - missing).join('') + '='.repeat(missing);
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function linesOf(data: Uint8Array | undefined): GoValue {
  if (data === undefined) return new GoSlice('string', []);
  const text = decodeBytes(data);
  return new GoSlice('string', text.replace(/\n$/, '').split('\n'));
}

function asYaml(files: readonly ChartFile[], write: (data: Uint8Array) => string): string {
  const entries = files.map(({ name, data }) => [baseName(name), write(data)] as const);
  return formatYaml(Object.fromEntries(entries)).replace(/\n$/, '');
}

/** `.Values` and whatever else Helm gives the methods of its Values type. */
export function valuesObject(values: Values): GoNamed {
  const at = (path: GoValue): Values =>
    tableAt(values, String(path)) ?? failCall(`${quoteGo(String(path))} is not a table`);
  return new GoNamed('chartutil.Values', values, {
    methods: methods([
      ['AsMap', goFunction('', () => values)],
      ['YAML', goFunction('', () => formatYaml(toJsonValue(values)))],
      ['Table', goFunction('string', ([path]) => valuesObject(at(path)))],
    ]),
  });
}

/** `.Files`: a chart's files that are neither templates nor known by name. */
export function filesObject(files: readonly ChartFile[]): GoNamed {
  const byName = new Map(files.map((file) => [file.name, file]));
  const entries = Object.fromEntries(files.map(({ name, data }) => [name, new LazyBytes(data)]));
  const matching = (pattern: string): readonly ChartFile[] => {
    const glob = compileGlob(pattern, '/');
    // compat(cd-0902): a pattern that is none stands for `**`.
    return glob.ok ? files.filter(({ name }) => glob.value.match(name)) : files;
  };
  return new GoNamed('engine.files', new GoMap('[]uint8', entries), {
    methods: methods([
      ['Get', goFunction('string', ([name]) => decodeBytes(byName.get(String(name))?.data ?? new Uint8Array()))],
      ['GetBytes', goFunction('string', ([name]) => new LazyBytes(byName.get(String(name))?.data ?? new Uint8Array()))],
      ['Glob', goFunction('string', ([pattern]) => filesObject(matching(String(pattern))))],
      ['Lines', goFunction('string', ([name]) => linesOf(byName.get(String(name))?.data))],
      ['AsConfig', goFunction('', () => asYaml(files, (data) => decodeBytes(data)))],
      ['AsSecrets', goFunction('', () => asYaml(files, base64Of))],
    ]),
  });
}

const record = (entries: readonly (readonly [string, GoValue])[]): GoStruct =>
  new GoStruct('struct', { fields: new Map(entries) });

/** Members as encoding/json writes them with `omitempty`, which `repository` has not. */
function jsonForm(entries: readonly (readonly [string, GoValue])[]): GoValue {
  const isKept = ([name, value]: readonly [string, GoValue]): boolean =>
    name === 'repository' || !['', false, undefined, null].includes(value as string);
  const kept = entries.filter(isKept);
  return record(kept.filter(([, value]) => !(Array.isArray(value) && value.length === 0)));
}

const strings = (items: readonly string[]): GoSlice => new GoSlice('string', items.length === 0 ? undefined : items);

function maintainersOf(metadata: ChartMetadata): GoSlice {
  const one = ({ name, email, url }: ChartMetadata['maintainers'][number]): GoStruct =>
    new GoStruct('*chart.Maintainer', {
      fields: new Map([
        ['Name', name],
        ['Email', email],
        ['URL', url],
      ]),
      json: () =>
        jsonForm([
          ['name', name],
          ['email', email],
          ['url', url],
        ]),
    });
  const items = metadata.maintainers.map(one);
  return new GoSlice('*chart.Maintainer', items.length === 0 ? undefined : items);
}

function dependencyObject(dependency: Dependency): GoStruct {
  const { name, version, repository, condition, tags, alias, enabled } = dependency;
  return new GoStruct('*chart.Dependency', {
    fields: new Map<string, GoValue>([
      ['Name', name],
      ['Version', version],
      ['Repository', repository],
      ['Condition', condition],
      ['Tags', strings(tags)],
      ['Enabled', enabled],
      ['ImportValues', dependency.importValues],
      ['Alias', alias],
    ]),
    json: () =>
      jsonForm([
        ['name', name],
        ['version', version],
        ['repository', repository],
        ['condition', condition],
        ['tags', [...tags]],
        ['enabled', enabled],
        ['import-values', dependency.importValues],
        ['alias', alias],
      ]),
  });
}

function dependenciesOf(metadata: ChartMetadata): GoSlice {
  const items = metadata.dependencies?.map(dependencyObject);
  return new GoSlice('*chart.Dependency', items);
}

function metadataJson(chart: Chart): GoValue {
  const { metadata } = chart;
  const annotations = metadata.annotations;
  const form = jsonForm([
    ['name', metadata.name],
    ['home', metadata.home],
    ['sources', [...metadata.sources]],
    ['version', metadata.version],
    ['description', metadata.description],
    ['keywords', [...metadata.keywords]],
    ['maintainers', metadata.maintainers.length === 0 ? undefined : maintainersOf(metadata)],
    ['icon', metadata.icon],
    ['apiVersion', metadata.apiVersion],
    ['condition', metadata.condition],
    ['tags', metadata.tags],
    ['appVersion', metadata.appVersion],
    ['deprecated', metadata.deprecated],
    ['annotations', annotations === undefined || Object.keys(annotations).length === 0 ? undefined : annotations],
    ['kubeVersion', metadata.kubeVersion],
    ['dependencies', (metadata.dependencies ?? []).length === 0 ? undefined : dependenciesOf(metadata)],
    ['type', metadata.type],
  ]);
  const members = form instanceof GoStruct ? [...form.parts.fields] : [];
  return record([...members, ['IsRoot', chart.parent === undefined]]);
}

/** `.Chart`: Chart.yaml's members by their Go names, and IsRoot. */
export function chartObject(chart: Chart): GoStruct {
  const { metadata } = chart;
  return new GoStruct('struct { chart.Metadata; IsRoot bool }', {
    json: () => metadataJson(chart),
    fields: new Map<string, GoValue>([
      ['Name', metadata.name],
      ['Home', metadata.home],
      ['Sources', strings(metadata.sources)],
      ['Version', metadata.version],
      ['Description', metadata.description],
      ['Keywords', strings(metadata.keywords)],
      ['Maintainers', maintainersOf(metadata)],
      ['Icon', metadata.icon],
      ['APIVersion', metadata.apiVersion],
      ['Condition', metadata.condition],
      ['Tags', metadata.tags],
      ['AppVersion', metadata.appVersion],
      ['Deprecated', metadata.deprecated],
      ['Annotations', new GoMap('string', metadata.annotations)],
      ['KubeVersion', metadata.kubeVersion],
      ['Dependencies', dependenciesOf(metadata)],
      ['Type', metadata.type],
      ['IsRoot', chart.parent === undefined],
    ]),
  });
}

function kubeVersionObject({ version, major, minor }: KubeVersion): GoStruct {
  return new GoStruct('chartutil.KubeVersion', {
    fields: new Map([
      ['Version', version],
      ['Major', major],
      ['Minor', minor],
    ]),
    methods: methods([
      ['GitVersion', goFunction('', () => version)],
      ['String', goFunction('', () => version)],
    ]),
    text: () => version,
    json: () =>
      record([
        ['Version', version],
        ['Major', major],
        ['Minor', minor],
      ]),
  });
}

const HELM_VERSION: readonly (readonly [string, string, string])[] = [
  ['Version', 'version', 'v3.17.2'],
  ['GitCommit', 'git_commit', 'cc0bbbd6d6276b83880042c1ecb34087e84d41eb'],
  ['GitTreeState', 'git_tree_state', 'clean'],
  ['GoVersion', 'go_version', 'go1.23.7'],
];

function helmVersionObject(): GoStruct {
  return new GoStruct('version.BuildInfo', {
    fields: new Map(HELM_VERSION.map(([field, , value]) => [field, value])),
    json: () => record(HELM_VERSION.map(([, name, value]) => [name, value])),
  });
}

/** `.Capabilities`: what the cluster can do. */
export function capabilitiesObject(kubeVersion: KubeVersion, apiVersions: readonly string[]): GoStruct {
  const known = new Set(apiVersions);
  const versions = new GoNamed('chartutil.VersionSet', new GoSlice('string', apiVersions), {
    methods: methods([['Has', goFunction('string', ([name]) => known.has(String(name)))]]),
  });
  return new GoStruct('*chartutil.Capabilities', {
    fields: new Map<string, GoValue>([
      ['KubeVersion', kubeVersionObject(kubeVersion)],
      ['APIVersions', versions],
      ['HelmVersion', helmVersionObject()],
    ]),
  });
}

/** Text as the bytes of a file. */
export const bytesOfText = (text: string): Uint8Array => encodeBytes(text);
