/** Repositories, read through git; and the loading of manifests from them. */
export { findAccess, readRepositorySecret, type RepositoryAccess, type RepositorySecret } from './access.ts';
export {
  classifyGitFailure,
  displayUrl,
  RepositoryError,
  sanitizeGitText,
  type RepositoryErrorKind,
} from './errors.ts';
export {
  createManifestLoader,
  unsealSecret,
  type LoaderOptions,
  type LoadOptions,
  type ManifestLoader,
  type RenderedSource,
  type SourceToLoad,
} from './load-manifests.ts';
export {
  openRepositories,
  type Repositories,
  type RepositoriesOptions,
  type RevisionMetadata,
} from './repositories.ts';
export type { ChartSource, FetchedArtifact, FetchedChart, WantedChart } from './chart-source.ts';
export { openCharts, REMEMBERED_CHART_LIMIT_BYTES, type ChartsOptions } from './charts.ts';
export { isArtifactUrl } from './oci-registry.ts';
export type { SourceTree } from './source-tree.ts';
export { checkRepoUrl, checkRevision, checkSourcePath, type GitScheme } from './validate.ts';
