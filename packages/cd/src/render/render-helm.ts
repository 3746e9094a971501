import { compareText, err, isObject, ok, type Random, type Result } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { compileDoublestar } from '@argosy/lang/glob';
import { formatYaml } from '@argosy/lang/yaml';
import {
  documentsOf,
  HelmError,
  templateChart,
  textOfBytes,
  type HelmPorts,
  type SetKind,
  type TemplateRequest,
  type ValuesFile,
} from '../helm/index.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import { filesBelow, joinPath } from './paths.ts';
import { readManifests } from './render-directory.ts';
import type { RenderFailure, RenderRequest, TreeFiles } from './request.ts';

/** What Helm needs from outside, less what the request carries. */
export interface RenderPorts extends Pick<HelmPorts, 'unpack' | 'sprig' | 'limits'> {
  /** The machine's own randomness, for what becomes a secret; the request's seed without it. */
  readonly random?: Random;
}

type HelmOptions = NonNullable<RenderRequest['source']['helm']>;

/** Value files that one pattern, or one Application, may name. */
export const VALUE_FILE_LIMIT = 1000;

interface Place {
  readonly tree: TreeFiles;
  readonly path: string;
}

const refuse = (message: string): never => {
  throw new HelmError(message);
};

const outside = (raw: string): never => refuse(`file '${raw}' resolved to outside repository root`);

/** A path of another source, `$name/rest`; `undefined` when it is none. */
function referencedPlace(request: RenderRequest, raw: string): Place | undefined {
  const [whole, name = '', rest] = /^\$([A-Za-z0-9_-]+)(?:\/(.*))?$/.exec(raw) ?? [];
  if (whole === undefined) return undefined;
  const tree = request.refs.get(name);
  if (tree !== undefined) return { tree, path: joinPath('', rest ?? '') ?? outside(raw) };
  if (rest === undefined || request.refs.size === 0 || name.startsWith('ARGOCD_')) return undefined;
  const known = [...request.refs.keys()].toSorted(compareText).join(', ');
  return refuse(`source referenced "${name}", which is not one of the available sources (${known})`);
}

/** Which tree a value file or file parameter lies in: that of a `$ref`, or the source's own. */
function placeOf(request: RenderRequest, raw: string): Place {
  const referenced = referencedPlace(request, raw);
  if (referenced !== undefined) return referenced;
  const path = substitute(raw, buildEnvironment(request));
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    refuse(`value file '${path.replace(/\/\/[^/@]*@/, '//')}' is a URL: only files of the repository are read`);
  }
  return { tree: request.tree, path: joinPath(request.path, path) ?? outside(raw) };
}

const isPattern = (path: string): boolean => /[*?[]/.test(path);

function matching({ tree, path }: Place): readonly string[] {
  const glob = compileDoublestar(path);
  if (!glob.ok) return refuse(`value file pattern '${path}': ${glob.error.message}`);
  return [...tree.keys()].filter((name) => glob.value.match(name)).toSorted(compareText);
}

interface FoundFile extends Place {
  readonly raw: string;
}

const isNamed = ({ tree, path }: Place): boolean => tree.has(path) || !isPattern(path);

/** The files of one entry: itself, or what its pattern matches, less what another entry names itself. */
function filesOfEntry(place: FoundFile, named: readonly FoundFile[]): readonly string[] {
  if (isNamed(place)) return place.tree.has(place.path) ? [place.path] : [];
  return matching(place).filter((path) => !named.some((other) => other.tree === place.tree && other.path === path));
}

/** The value files in their order; a file that is named itself does not come by a pattern too. */
function findValueFiles(
  request: RenderRequest,
  { valueFiles = [], ignoreMissingValueFiles }: HelmOptions,
): FoundFile[] {
  const places = valueFiles.map((raw) => ({ raw, ...placeOf(request, raw) }));
  const named = places.filter(isNamed);
  const found: FoundFile[] = [];
  for (const place of places) {
    const isMissing = isNamed(place) ? !place.tree.has(place.path) : matching(place).length === 0;
    if (isMissing && ignoreMissingValueFiles !== true) {
      refuse(`open ${place.path}: no such file or directory (helm.valueFiles: ${place.raw})`);
    }
    const fresh = filesOfEntry(place, named).filter(
      (path) => isNamed(place) || !found.some((file) => file.tree === place.tree && file.path === path),
    );
    found.push(...fresh.map((path) => ({ ...place, path })));
    if (found.length > VALUE_FILE_LIMIT)
      throw new HelmError(`more than ${VALUE_FILE_LIMIT} value files`, 'value files');
  }
  return found;
}

/** The Application's own values come last and win over all files. */
function inlineValues({ values, valuesObject }: HelmOptions): readonly ValuesFile[] {
  if (isObject(valuesObject) && Object.keys(valuesObject).length > 0) {
    return [{ name: 'spec.source.helm.valuesObject', text: formatYaml(valuesObject) }];
  }
  return values === undefined || values === '' ? [] : [{ name: 'spec.source.helm.values', text: values }];
}

/** Commas end a value in `--set`: Argo CD escapes those that are not escaped, and leaves lists alone. */
function escapeCommas(value: string): string {
  if (value.startsWith('{') && value.endsWith('}')) return value;
  return value.replaceAll(/(^|[^\\]),/g, String.raw`$1\,`).replaceAll(/(^|[^\\]),/g, String.raw`$1\,`);
}

interface SetText {
  readonly kind: SetKind;
  readonly text: string;
}

function setsOf(request: RenderRequest, { parameters = [], fileParameters = [] }: HelmOptions): readonly SetText[] {
  const environment = buildEnvironment(request);
  const texts = parameters.map(({ name = '', value = '', forceString }) => ({
    kind: forceString === true ? ('set-string' as const) : ('set' as const),
    text: `${name}=${escapeCommas(substitute(value, environment))}`,
  }));
  const files = fileParameters.map(({ name = '', path = '' }) => ({
    kind: 'set-file' as const,
    text: `${name}=${escapeCommas(path)}`,
  }));
  return [...texts, ...files];
}

function readSetFile(request: RenderRequest): (raw: string) => string {
  return (raw) => {
    const { tree, path } = placeOf(request, raw);
    const data = tree.get(path);
    return data === undefined
      ? refuse(`open ${path}: no such file or directory (helm.fileParameters)`)
      : textOfBytes(data);
  };
}

function templateRequest(request: RenderRequest): TemplateRequest {
  const helm: HelmOptions = request.source.helm ?? {};
  if (!['', 'v3', '3'].includes(helm.version ?? ''))
    refuse(`helm.version: found ${JSON.stringify(helm.version)}, allowed is v3`);
  const given = (value: string | undefined, fallback: string): string =>
    value === undefined || value === '' ? fallback : value;
  const files = findValueFiles(request, helm).map(({ tree, path }) => ({
    name: path,
    text: textOfBytes(tree.get(path) ?? new Uint8Array()),
  }));
  const apiVersions = helm.apiVersions ?? [];
  return {
    files: filesBelow(request.tree, request.path),
    releaseName: given(helm.releaseName, request.app.name),
    namespace: given(helm.namespace, request.app.namespace),
    values: [...files, ...inlineValues(helm)],
    sets: setsOf(request, helm),
    kubeVersion: given(helm.kubeVersion, request.cluster.kubeVersion),
    apiVersions: apiVersions.length > 0 ? apiVersions : request.cluster.apiVersions,
    includeCrds: helm.skipCrds !== true,
    skipTests: helm.skipTests === true,
    skipSchemaValidation: helm.skipSchemaValidation === true,
  };
}

/** Renders a source's chart as Argo CD has Helm do it. Hooks stay as they are: the sync reads their annotations. */
export function renderHelm(request: RenderRequest, ports: RenderPorts): Result<readonly KubeObject[], RenderFailure> {
  let asked: TemplateRequest;
  try {
    asked = templateRequest(request);
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    return err({ message: error.message, ...(error.limit === undefined ? {} : { limit: error.limit }) });
  }
  const { random } = ports;
  const env = random === undefined ? request.env : { ...request.env, random };
  const rendered = templateChart(asked, { ...ports, env, readSetFile: readSetFile(request) });
  if (!rendered.ok) return rendered;
  const files = rendered.value.flatMap((manifest) =>
    documentsOf(manifest).map((text) => ({ path: manifest.source.replace(/\.json$/, '.json.yaml'), text })),
  );
  const objects = readManifests(files, { ...request.limits, files: request.limits.objects });
  return objects.ok ? ok(objects.value) : err({ message: objects.error.message });
}
