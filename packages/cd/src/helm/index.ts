/** Helm 3 charts: what `helm template` does, as a pure function over files. */
export type { ChartFiles } from './chart.ts';
export { DEFAULT_CHART_LIMITS, textOfBytes, type ChartLimits, type UnpackChart } from './load-chart.ts';
export { HelmError } from './chart.ts';
export { bytesOfText } from './render-objects.ts';
export { missingDependencies, type MissingDependency } from './missing-dependencies.ts';
export type { Manifest } from './manifests.ts';
export { SET_INDEX_LIMIT, SET_LIMIT_CHARACTERS, SET_NESTING_LIMIT, type ReadSetFile, type SetKind } from './strvals.ts';
export { IGNORE_RULE_LIMIT } from './helmignore.ts';
export {
  CHART_TEMPLATE_LIMITS,
  documentsOf,
  templateChart,
  type HelmFailure,
  type HelmPorts,
  type TemplateRequest,
  type ValuesFile,
} from './template-chart.ts';
