import { compareText, err, isObject, ok, type JsonValue, type Result } from '@argosy/std';
import { GoNamed, isRecord, type GoValue } from '@argosy/lang/gofmt';
import {
  compileTemplateSet,
  type FunctionTable,
  type SprigOptions,
  type TemplateEnv,
  type TemplateLimits,
} from '@argosy/lang/gotemplate';
import { compileJsonSchema } from '@argosy/lang/jsonschema';
import { parseYaml } from '@argosy/lang/yaml';
import { DEFAULT_API_VERSIONS, DEFAULT_KUBE_VERSION, parseKubeVersion } from './capabilities.ts';
import { chartFullPath, chartName, HelmError, type Chart, type ChartFiles, type Values } from './chart.ts';
import { coalesceValues, overlay, tableAt } from './coalesce.ts';
import { checkDependenciesPresent, isCompatibleRange, processDependencies } from './dependencies.ts';
import { helmFunctions, markedMessage } from './functions.ts';
import { loadChart, textOfBytes, type ChartLimits, type UnpackChart } from './load-chart.ts';
import { sortManifests, splitManifests, type Manifest } from './manifests.ts';
import { capabilitiesObject, chartObject, filesObject, valuesObject } from './render-objects.ts';
import { applySet, type ReadSetFile, type SetKind } from './strvals.ts';
import { toJsonValue, toPlainJson } from './to-json.ts';
import { yamlWords } from './yaml-words.ts';

/** A values file: its name for messages, and its text. */
export interface ValuesFile {
  readonly name: string;
  readonly text: string;
}

/** What `helm template` is asked. */
export interface TemplateRequest {
  /** The chart's directory. */
  readonly files: ChartFiles;
  readonly releaseName: string;
  readonly namespace: string;
  /** Later ones win. */
  readonly values?: readonly ValuesFile[];
  /** Applied over the files: first every set-json, then set, set-string, set-file, set-literal, as helm does. */
  readonly sets?: readonly { readonly kind: SetKind; readonly text: string }[];
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly includeCrds?: boolean;
  readonly skipTests?: boolean;
  readonly skipSchemaValidation?: boolean;
}

/** What rendering needs from outside. */
export interface HelmPorts {
  /** Time, randomness, and perhaps a deadline for the whole render. */
  readonly env: TemplateEnv;
  readonly unpack: UnpackChart;
  /** For `--set-file`. */
  readonly readSetFile?: ReadSetFile;
  readonly sprig?: SprigOptions;
  readonly limits?: { readonly chart?: Partial<ChartLimits>; readonly template?: Partial<TemplateLimits> };
}

/**
 * What all templates of one chart may do together, beside the defaults of templates. A step is about 0.2 µs: whoever has
 * less patience lends a deadline (`env.deadline`).
 */
export const CHART_TEMPLATE_LIMITS: Pick<TemplateLimits, 'steps' | 'outputCharacters'> = Object.freeze({
  steps: 10_000_000,
  outputCharacters: 64 * 1024 * 1024,
});

/** Why there are no manifests; `limit` names the limit that was reached. */
export interface HelmFailure {
  readonly message: string;
  readonly limit?: string;
}

const SET_ORDER: readonly SetKind[] = ['set-json', 'set', 'set-string', 'set-file', 'set-literal'];
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_LIMIT_CHARACTERS = 53;

function checkName(name: string): void {
  if (NAME.test(name) && name.length <= NAME_LIMIT_CHARACTERS) return;
  throw new HelmError(
    `release name ${JSON.stringify(name)}: invalid release name, must match regex ${NAME.source} and the length must not be longer than ${NAME_LIMIT_CHARACTERS}`,
  );
}

function readValues({ name, text }: ValuesFile): Values {
  const parsed = parseYaml(text.replace(/^\uFEFF/, ''));
  if (!parsed.ok) throw new HelmError(`failed to parse ${name}: ${yamlWords(parsed.error)}`, parsed.error.limit);
  if (parsed.value === null) return {};
  if (isObject(parsed.value)) return parsed.value as Values;
  const kind = Array.isArray(parsed.value) ? 'array' : typeof parsed.value;
  throw new HelmError(
    `failed to parse ${name}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
  );
}

const noFiles: ReadSetFile = (path) => {
  throw new HelmError(`open ${path}: no such file or directory`);
};

function valuesOf(request: TemplateRequest, ports: HelmPorts): Values {
  let values: Values = {};
  for (const file of request.values ?? []) values = overlay(values, readValues(file));
  for (const kind of SET_ORDER) {
    for (const set of request.sets ?? []) {
      if (set.kind === kind) applySet(values, { kind, text: set.text }, ports.readSetFile ?? noFiles);
    }
  }
  return values;
}

function schemaProblems(chart: Chart, values: Values): string {
  let text = '';
  if (chart.schema !== undefined) {
    const schema = compileJsonSchema(textOfBytes(chart.schema));
    const checked = schema.ok ? schema.value.validate(toPlainJson(toJsonValue(values)) as JsonValue) : schema;
    if (!checked.ok) throw new HelmError(`values.schema.json of ${chartName(chart)}: ${checked.error.message}`);
    const lines = checked.value.map(({ path, message }) => `- ${path}: ${message}\n`).join('');
    if (lines !== '') text += `${chartName(chart)}:\n${lines}`;
  }
  for (const child of chart.dependencies) {
    const own = values[chartName(child)];
    text += schemaProblems(child, isRecord(own) ? own : {});
  }
  return text;
}

interface Top {
  readonly values: GoValue;
  readonly release: GoValue;
  readonly capabilities: GoValue;
}

interface Renderable {
  readonly name: string;
  readonly source: string;
  readonly scope: Values;
  readonly basePath: string;
}

/** Puts together what each chart's templates see, and lists the templates. Gives the chart's scope. */
function collect(chart: Chart, top: Top, templates: Renderable[]): Values {
  const subcharts: Values = {};
  const scope: Values = {
    Chart: chartObject(chart),
    Files: filesObject(chart.files),
    Release: top.release,
    Capabilities: top.capabilities,
    Values: top.values,
    Subcharts: subcharts,
  };
  const own = top.values instanceof GoNamed && isRecord(top.values.value) ? top.values.value : {};
  for (const child of chart.dependencies) {
    const values = valuesObject(tableAt(own, chartName(child)) ?? {});
    subcharts[chartName(child)] = collect(child, { ...top, values }, templates);
  }
  const path = chartFullPath(chart);
  for (const file of chart.templates) {
    const base = file.name.slice(file.name.lastIndexOf('/') + 1);
    if (chart.metadata.type === 'library' && !base.startsWith('_')) continue;
    const name = `${path}/${file.name}`;
    templates.push({ name, source: textOfBytes(file.data), scope, basePath: `${path}/templates` });
  }
  return scope;
}

const depthOf = (path: string): number => path.split('/').length;

/** Helm's order: the deepest first, then by name backwards, so that parents' definitions win. */
function byDepth(a: Renderable, b: Renderable): number {
  return depthOf(b.name) - depthOf(a.name) || compareText(b.name, a.name);
}

function parseProblem(name: string, message: string): string {
  const tokens = message.split(': ');
  if (tokens.length === 1) return `parse error in (${name}): ${message}`;
  return `parse error at (${tokens[1]}): ${tokens.at(-1)}`;
}

function executionProblem(message: string): string {
  const marked = markedMessage(message);
  if (marked === undefined || !message.startsWith('template: ')) return message;
  const location = message.split(': ')[1] ?? '';
  return `execution error at (${location}): ${marked}`;
}

const NO_SPRIG: SprigOptions = Object.freeze({});
/** A table of functions is made once for each set of ports: it is always the same. */
const tables = new WeakMap<SprigOptions, FunctionTable>();

function functionsFor(options: SprigOptions): FunctionTable {
  const table = tables.get(options) ?? helmFunctions(options);
  tables.set(options, table);
  return table;
}

/** Renders all templates of a chart; the text of each by path, partials left out. @throws HelmError */
function renderTemplates(
  chart: Chart,
  top: Top,
  how: { functions: FunctionTable; ports: HelmPorts },
): Map<string, string> {
  const templates: Renderable[] = [];
  collect(chart, top, templates);
  const unique = [...new Map(templates.map((item) => [item.name, item])).values()].sort(byDepth);
  const set = compileTemplateSet(unique, {
    name: 'gotpl',
    functions: how.functions,
    missingKey: 'zero',
    limits: { ...CHART_TEMPLATE_LIMITS, ...how.ports.limits?.template },
  });
  if (!set.ok) throw new HelmError(parseProblem('', set.error.message), set.error.limit);
  const render = set.value.begin(how.ports.env);
  const rendered = new Map<string, string>();
  for (const template of unique) {
    if (template.name.slice(template.name.lastIndexOf('/') + 1).startsWith('_')) continue;
    const { scope } = template;
    scope['Template'] = valuesObject({ Name: template.name, BasePath: template.basePath });
    const text = render(template.name, valuesObject(scope));
    if (!text.ok) {
      const place = text.error.limit === undefined ? '' : `${template.name}: `;
      throw new HelmError(place + executionProblem(text.error.message), text.error.limit);
    }
    rendered.set(template.name, text.value.replaceAll('<no value>', ''));
  }
  return rendered;
}

function customDefinitions(chart: Chart): readonly Manifest[] {
  const own = chart.files
    .filter(({ name }) => name.startsWith('crds/') && /\.(ya?ml|json)$/.test(name))
    .map(({ name, data }) => ({ source: `${chartFullPath(chart)}/${name}`, content: textOfBytes(data) }));
  return [...own, ...chart.dependencies.flatMap(customDefinitions)];
}

function checkChart(chart: Chart): void {
  const { type } = chart.metadata;
  if (type !== '' && type !== 'application') throw new HelmError(`${type} charts are not installable`);
  if (chart.metadata.dependencies !== undefined) checkDependenciesPresent(chart);
}

function topOf(request: TemplateRequest, values: Values): Top & { readonly kubeVersion: string } {
  const { kubeVersion: asked = '' } = request;
  const kubeVersion = asked === '' ? DEFAULT_KUBE_VERSION : parseKubeVersion(asked);
  return {
    values: valuesObject(values),
    release: {
      Name: request.releaseName,
      Namespace: request.namespace,
      IsUpgrade: false,
      IsInstall: true,
      Revision: 1n,
      Service: 'Helm',
    },
    capabilities: capabilitiesObject(kubeVersion, [...DEFAULT_API_VERSIONS, ...(request.apiVersions ?? [])]),
    kubeVersion: kubeVersion.version,
  };
}

function checkKubeVersion(chart: Chart, found: string): void {
  const { kubeVersion } = chart.metadata;
  if (kubeVersion === '' || isCompatibleRange(kubeVersion, found)) return;
  throw new HelmError(`chart requires kubeVersion: ${kubeVersion} which is incompatible with Kubernetes ${found}`);
}

/** The chart with its dependencies settled, and the values that it is rendered with. */
function prepared(request: TemplateRequest, ports: HelmPorts): { readonly chart: Chart; readonly values: Values } {
  // What was asked for is judged before the chart is.
  if (request.kubeVersion !== undefined && request.kubeVersion !== '') parseKubeVersion(request.kubeVersion);
  const given = valuesOf(request, ports);
  const chart = loadChart(request.files, ports.unpack, ports.limits?.chart);
  checkChart(chart);
  checkName(request.releaseName);
  processDependencies(chart, given);
  const values = coalesceValues(chart, given);
  const problems = request.skipSchemaValidation === true ? '' : schemaProblems(chart, values);
  if (problems !== '') {
    throw new HelmError(
      `values don't meet the specifications of the schema(s) in the following chart(s):\n${problems}`,
    );
  }
  return { chart, values };
}

function template(request: TemplateRequest, ports: HelmPorts): readonly Manifest[] {
  const { chart, values } = prepared(request, ports);
  const top = topOf(request, values);
  checkKubeVersion(chart, top.kubeVersion);
  const rendered = renderTemplates(chart, top, { functions: functionsFor(ports.sprig ?? NO_SPRIG), ports });
  for (const name of rendered.keys()) if (name.endsWith('NOTES.txt')) rendered.delete(name);
  const sorted = sortManifests(rendered);
  const definitions = request.includeCrds === true ? customDefinitions(chart) : [];
  const hooks = sorted.hooks.filter((hook) => !(request.skipTests === true && hook.isTest));
  return [...definitions, ...sorted.manifests, ...hooks].map(({ source, content }) => ({ source, content }));
}

/** What `helm template` prints, as documents: custom definitions, manifests in install order, hooks. Pure and bounded. */
export function templateChart(request: TemplateRequest, ports: HelmPorts): Result<readonly Manifest[], HelmFailure> {
  try {
    return ok(template(request, ports));
  } catch (error) {
    if (error instanceof RangeError) {
      return err({ message: 'the values or templates are nested too deeply', limit: 'stack' });
    }
    if (!(error instanceof HelmError)) throw error;
    return err({ message: error.message, ...(error.limit === undefined ? {} : { limit: error.limit }) });
  }
}

/** The documents of one manifest: a file under crds/ may hold several. */
export const documentsOf = (manifest: Manifest): readonly string[] => splitManifests(manifest.content);
