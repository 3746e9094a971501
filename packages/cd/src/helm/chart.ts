import type { GoValue } from '@argosy/lang/gofmt';

/** A tree of values as templates see it; changed in place while charts are prepared, as Helm does. */
export type Values = { [key: string]: GoValue };

/** Files by path below a chart's directory. */
export type ChartFiles = ReadonlyMap<string, Uint8Array>;

/** One file of a chart. */
export interface ChartFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** One entry of `dependencies`. */
export interface Dependency {
  name: string;
  readonly version: string;
  readonly repository: string;
  readonly condition: string;
  readonly tags: readonly string[];
  importValues: readonly unknown[];
  readonly alias: string;
  enabled: boolean;
}

/** What Chart.yaml says. */
export interface ChartMetadata {
  name: string;
  readonly home: string;
  readonly sources: readonly string[];
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly maintainers: readonly { readonly name: string; readonly email: string; readonly url: string }[];
  readonly icon: string;
  apiVersion: string;
  readonly condition: string;
  readonly tags: string;
  readonly appVersion: string;
  readonly deprecated: boolean;
  readonly annotations: { readonly [key: string]: string } | undefined;
  readonly kubeVersion: string;
  /** `undefined` when the file has none. */
  dependencies: Dependency[] | undefined;
  readonly type: string;
}

/** A chart, and those under it. Mutable: processing dependencies prunes and renames, exactly as Helm does. */
export interface Chart {
  metadata: ChartMetadata;
  values: Values;
  readonly schema: Uint8Array | undefined;
  readonly templates: readonly ChartFile[];
  readonly files: readonly ChartFile[];
  dependencies: Chart[];
  parent: Chart | undefined;
}

/** Why a chart cannot be rendered, in Helm's words. */
export class HelmError extends Error {
  override readonly name = 'HelmError';
  /** The name of the limit that ended the work. */
  readonly limit: string | undefined;

  constructor(message: string, limit?: string) {
    super(message);
    this.limit = limit;
  }
}

/** The name that a chart goes by: its alias when it has one. */
export const chartName = (chart: Chart): string => chart.metadata.name;

/** Makes charts the children of another. */
export function setDependencies(chart: Chart, children: readonly Chart[]): void {
  chart.dependencies = [...children];
  for (const child of children) child.parent = chart;
}

/** `root/charts/child/charts/grandchild`. */
export function chartFullPath(chart: Chart): string {
  return chart.parent === undefined ? chartName(chart) : `${chartFullPath(chart.parent)}/charts/${chartName(chart)}`;
}
