import type { ChartFiles, MissingDependency } from '../helm/index.ts';
import type { RepositoryAccess } from './access.ts';

/** A chart that was fetched: its exact version, and its files below the chart's directory. */
export interface FetchedChart {
  readonly version: string;
  readonly files: ChartFiles;
}

/** Where charts come from that lie in no Git repository: HTTP chart repositories and OCI registries. */
export interface ChartSource {
  /**
   * The chart `chart` of a repository at a version or constraint; `fresh` asks the repository again.
   * @throws RepositoryError
   */
  fetch(
    access: RepositoryAccess,
    wanted: { readonly chart: string; readonly version: string },
    fresh: boolean,
  ): Promise<FetchedChart>;
  /**
   * The packed chart (.tgz) of a dependency; its `repository` as Chart.yaml has it: a URL, `oci://…`, `@name`, `alias:name`.
   * Which repositories a project may use is judged here.
   * @throws RepositoryError
   */
  fetchDependency(project: string, wanted: MissingDependency): Promise<Uint8Array>;
}
