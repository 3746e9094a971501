import { isObject } from '@argosy/std';
import { parseYaml } from '@argosy/lang/yaml';
import { chartName, HelmError, type ChartFiles } from './chart.ts';
import { loadChart, textOfBytes, type UnpackChart } from './load-chart.ts';

/** A dependency that Chart.yaml declares and that lies nowhere under charts/. */
export interface MissingDependency {
  readonly name: string;
  /** The locked version where Chart.lock names one, else the constraint. */
  readonly version: string;
  readonly repository: string;
}

function lockedVersions(files: ChartFiles): ReadonlyMap<string, string> {
  const data = files.get('Chart.lock') ?? files.get('requirements.lock');
  const parsed = data === undefined ? undefined : parseYaml(textOfBytes(data));
  const found = parsed?.ok === true && isObject(parsed.value) ? parsed.value['dependencies'] : undefined;
  const entries = Array.isArray(found) ? (found as readonly unknown[]).filter(isObject) : [];
  return new Map(entries.map((entry) => [String(entry['name']), String(entry['version'])]));
}

/** What has to be fetched before a chart can be rendered; nothing for a chart that cannot be read: rendering tells why. */
export function missingDependencies(files: ChartFiles, unpack: UnpackChart): readonly MissingDependency[] {
  try {
    const chart = loadChart(files, unpack);
    const present = new Set(chart.dependencies.map(chartName));
    const locked = lockedVersions(files);
    return (chart.metadata.dependencies ?? [])
      .filter(({ name }) => !present.has(name))
      .map(({ name, version, repository }) => ({ name, version: locked.get(name) ?? version, repository }));
  } catch (error) {
    if (error instanceof HelmError) return [];
    throw error;
  }
}
