import { compareText, isObject, type JsonValue, type Result } from '@argosy/std';
import { decodeBytes, toPlainText } from '@argosy/lang/gofmt';
import { parseYaml } from '@argosy/lang/yaml';
import { HelmError, setDependencies, type Chart, type ChartFile, type ChartFiles, type Values } from './chart.ts';
import { isIgnored, parseHelmIgnore } from './helmignore.ts';
import { checkMetadata, readDependencies, readMetadata } from './metadata.ts';
import { yamlWords } from './yaml-words.ts';

/** Unpacks a packed chart: its files below the chart's own directory. Brought by the caller, since it inflates. */
export type UnpackChart = (archive: Uint8Array) => Result<ChartFiles, string>;

/** Bounds on charts. */
export interface ChartLimits {
  /** Charts inside of one another. */
  readonly depth: number;
  /** Files of a chart with everything under it. */
  readonly files: number;
  /** Bytes of those files. */
  readonly totalBytes: number;
}

/** Enough for every published chart. */
export const DEFAULT_CHART_LIMITS: ChartLimits = Object.freeze({
  depth: 20,
  files: 20_000,
  totalBytes: 100 * 1024 * 1024,
});

interface Loading {
  readonly unpack: UnpackChart;
  readonly limits: ChartLimits;
  files: number;
  bytes: number;
}

/** Bytes as text; a byte order mark is dropped. */
export function textOfBytes(data: Uint8Array): string {
  return toPlainText(decodeBytes(data)).replace(/^\uFEFF/, '');
}

function readYaml(file: ChartFile, complaint: string): JsonValue {
  const parsed = parseYaml(textOfBytes(file.data));
  if (!parsed.ok) throw new HelmError(`${complaint}: ${yamlWords(parsed.error)}`, parsed.error.limit);
  return parsed.value;
}

function within<T>(complaint: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const isLaw = error instanceof HelmError && error.message.startsWith('validation: ');
    if (isLaw && complaint.startsWith('cannot load')) throw error;
    if (error instanceof HelmError) throw new HelmError(`${complaint}: ${error.message}`, error.limit);
    throw error;
  }
}

function readValues(file: ChartFile): Values {
  const value = readYaml(file, 'cannot load values.yaml');
  if (value === null) return {};
  if (isObject(value)) return value as Values;
  const kind = Array.isArray(value) ? 'array' : typeof value;
  throw new HelmError(
    `cannot load values.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
  );
}

/** A chart's own files, sorted by what they are. */
interface Sorted {
  readonly templates: ChartFile[];
  readonly files: ChartFile[];
  readonly subcharts: Map<string, ChartFile[]>;
  values: Values;
  schema: Uint8Array | undefined;
}

function placeSubchartFile(file: ChartFile, sorted: Sorted): void {
  if (file.name.endsWith('.prov')) {
    sorted.files.push(file);
    return;
  }
  const name = file.name.slice('charts/'.length);
  const [folder = ''] = name.split('/');
  sorted.subcharts.set(folder, [...(sorted.subcharts.get(folder) ?? []), { name, data: file.data }]);
}

function place(file: ChartFile, sorted: Sorted): void {
  if (file.name === 'Chart.yaml' || file.name === 'Chart.lock') return;
  if (file.name === 'values.yaml') sorted.values = readValues(file);
  else if (file.name === 'values.schema.json') sorted.schema = file.data;
  else if (file.name === 'requirements.yaml' || file.name === 'requirements.lock') return;
  else if (file.name.startsWith('templates/')) sorted.templates.push(file);
  else if (file.name.startsWith('charts/')) placeSubchartFile(file, sorted);
  else sorted.files.push(file);
}

function metadataOf(files: readonly ChartFile[], sorted: Sorted): Chart['metadata'] {
  const main = files.find(({ name }) => name === 'Chart.yaml');
  if (main === undefined) throw new HelmError('Chart.yaml file is missing');
  const complaint = 'cannot load Chart.yaml';
  const parsed = readYaml(main, complaint);
  const metadata = within(complaint, () => readMetadata(parsed));
  const old = files.find(({ name }) => name === 'requirements.yaml');
  if (old !== undefined) {
    const found = within('cannot load requirements.yaml', () =>
      readDependencies(readYaml(old, 'cannot load requirements.yaml')),
    );
    metadata.dependencies = found ?? metadata.dependencies;
    if (metadata.apiVersion === 'v1') sorted.files.push(old);
  }
  return metadata;
}

function subchart([name, files]: readonly [string, readonly ChartFile[]], loading: Loading, depth: number): Chart {
  if (!name.endsWith('.tgz')) {
    const inner = files
      .filter((file) => file.name.includes('/'))
      .map((file) => ({ name: file.name.slice(file.name.indexOf('/') + 1), data: file.data }));
    return chartOf(inner, loading, depth);
  }
  const [archive] = files;
  if (archive === undefined || archive.name !== name) throw new HelmError(`expected ${name}, got ${archive?.name}`);
  const unpacked = loading.unpack(archive.data);
  if (!unpacked.ok) throw new HelmError(unpacked.error);
  return chartOf(
    [...unpacked.value].map(([path, data]) => ({ name: path, data })),
    loading,
    depth,
  );
}

function count(files: readonly ChartFile[], loading: Loading): void {
  const { limits } = loading;
  loading.files += files.length;
  loading.bytes += files.reduce((sum, file) => sum + file.data.length, 0);
  if (loading.files > limits.files) throw new HelmError(`the chart has more than ${limits.files} files`, 'chart files');
  if (loading.bytes > limits.totalBytes) {
    throw new HelmError(`the chart has more than ${limits.totalBytes} bytes`, 'chart bytes');
  }
}

function chartOf(files: readonly ChartFile[], loading: Loading, depth: number): Chart {
  if (depth > loading.limits.depth) {
    throw new HelmError(`charts are nested deeper than ${loading.limits.depth}`, 'chart depth');
  }
  if (depth === 0 || files.length > 0) count(files, loading);
  const sorted: Sorted = { templates: [], files: [], subcharts: new Map(), values: {}, schema: undefined };
  const metadata = metadataOf(files, sorted);
  for (const file of files) place(file, sorted);
  checkMetadata(metadata);
  const { templates, values, schema } = sorted;
  const chart: Chart = {
    metadata,
    values,
    schema,
    templates,
    files: sorted.files,
    dependencies: [],
    parent: undefined,
  };
  const children: Chart[] = [];
  for (const [name, inside] of [...sorted.subcharts].sort(([a], [b]) => compareText(a, b))) {
    if (/^[_.]/.test(name)) continue;
    const complaint = `error unpacking subchart ${name} in ${metadata.name}`;
    children.push(within(complaint, () => subchart([name, inside], loading, depth + 1)));
  }
  setDependencies(chart, children);
  return chart;
}

/** Loads a chart from the files of its directory, its `.helmignore` respected. @throws HelmError */
export function loadChart(files: ChartFiles, unpack: UnpackChart, limits: Partial<ChartLimits> = {}): Chart {
  const own = files.get('.helmignore');
  const ignores = parseHelmIgnore(own === undefined ? '' : textOfBytes(own));
  const kept = [...files]
    .filter(([path]) => !isIgnored(path, ignores))
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, data]) => ({ name, data }));
  const loading: Loading = { unpack, limits: { ...DEFAULT_CHART_LIMITS, ...limits }, files: 0, bytes: 0 };
  return chartOf(kept, loading, 0);
}
