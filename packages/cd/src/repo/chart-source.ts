import type { ChartFiles, MissingDependency } from '../helm/index.ts';
import type { RepositoryAccess } from './access.ts';

/** A chart that was fetched: its exact version, and its files below the chart's directory. */
export interface FetchedChart {
  readonly version: string;
  /** SHA-256 of the packed chart: a version that was published anew has another. */
  readonly digest: string;
  readonly files: ChartFiles;
}

/** An artifact of a registry that was fetched. */
export interface FetchedArtifact {
  /** `sha256:…` of its manifest. */
  readonly digest: string;
  /** Files of its one layer; those of a chart below the chart's directory. */
  readonly files: ChartFiles;
}

/** Which chart is wanted. */
export interface WantedChart {
  readonly chart: string;
  /** A version or a constraint. */
  readonly version: string;
  /** Send the repository's credentials to other hosts that its index names. */
  readonly passCredentials?: boolean;
}

/** Where sources come from that lie in no Git repository: HTTP chart repositories and OCI registries. */
export interface ChartSource {
  /**
   * The chart of a repository at a version or constraint; `fresh` asks the repository again.
   * @throws RepositoryError
   */
  fetch(access: RepositoryAccess, wanted: WantedChart, fresh: boolean): Promise<FetchedChart>;
  /**
   * The artifact behind `oci://…` at a tag, a constraint over tags, or a digest.
   * @throws RepositoryError
   */
  fetchArtifact(access: RepositoryAccess, revision: string): Promise<FetchedArtifact>;
  /**
   * The packed chart (.tgz) of a dependency; its `repository` as Chart.yaml has it: a URL, `oci://…`, `@name`, `alias:name`.
   * Which repositories a project may use is judged here.
   * @throws RepositoryError
   */
  fetchDependency(project: string, wanted: MissingDependency): Promise<Uint8Array>;
  /**
   * Asks whether the repository is there and lets us in.
   * @throws RepositoryError when it is not or does not.
   */
  check(access: RepositoryAccess): Promise<void>;
}
