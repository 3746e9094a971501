import { sha256Hex, type Clock } from '@argosy/std';
import type { ChartFiles, MissingDependency } from '../helm/index.ts';
import { unpackChart, unpackTree } from '../renderer/index.ts';
import { findAccess, type RepositoryAccess, type RepositorySecret } from './access.ts';
import { ByteCache } from './byte-cache.ts';
import type { ChartSource, FetchedArtifact, FetchedChart, WantedChart } from './chart-source.ts';
import { chooseVersion, isExactVersion } from './chart-versions.ts';
import { displayUrl, RepositoryError } from './errors.ts';
import { CHART_LIMIT_BYTES, HttpCharts } from './http-charts.ts';
import { HttpFetcher } from './http-fetch.ts';
import { isArtifactUrl, isDigest, RegistrySession, type OciLayer, type OciManifest } from './oci-registry.ts';

/** Bytes of packed charts and artifacts that are remembered. */
export const REMEMBERED_CHART_LIMIT_BYTES = 64 * 1024 * 1024;

/** What charts are fetched with. */
export interface ChartsOptions {
  readonly clock: Clock;
  /** The repositories and templates that are known now. */
  readonly secrets: () => Promise<readonly RepositorySecret[]>;
  /** Whether a project may read a repository. */
  readonly permits: (project: string, url: string) => Promise<boolean>;
  /** For one request. @default 90 s */
  readonly timeoutMs?: number;
}

const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const ARTIFACT_LAYERS: readonly string[] = [
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  CHART_LAYER,
];

const isHttp = (url: string): boolean => /^https?:\/\//i.test(url);
const isOci = (access: RepositoryAccess): boolean =>
  isArtifactUrl(access.url) || access.enableOci === true || !/^([a-z][a-z0-9+.-]*:\/\/|\/)/i.test(access.url);

function readFiles(archive: Uint8Array, isChart: boolean): ChartFiles {
  const files = isChart ? unpackChart(archive) : unpackTree(archive);
  if (!files.ok) throw new RepositoryError('CorruptRepository', `the archive cannot be unpacked: ${files.error}`);
  return files.value;
}

/** Versions of charts may have a `+`, tags may not: helm writes `_`. */
const tagOf = (version: string): string => version.replaceAll('+', '_');
const versionOf = (tag: string): string => tag.replaceAll('_', '+');

/** One packed chart, and the version that it has. */
interface PackedChart {
  readonly version: string;
  readonly digest: string;
  readonly archive: Buffer;
}

class Charts implements ChartSource {
  readonly #options: ChartsOptions;
  readonly #http: HttpFetcher;
  readonly #httpCharts: HttpCharts;
  /** Archives by digest, or by address and version where the index tells no digest. */
  readonly #archives = new ByteCache<Buffer>(REMEMBERED_CHART_LIMIT_BYTES);

  constructor(options: ChartsOptions) {
    this.#options = options;
    this.#http = new HttpFetcher(options.clock, options.timeoutMs ?? 90_000);
    this.#httpCharts = new HttpCharts(this.#http);
  }

  async fetch(access: RepositoryAccess, wanted: WantedChart, fresh: boolean): Promise<FetchedChart> {
    const { version, digest, archive } = await this.#pack(access, wanted, fresh);
    return { version, digest, files: readFiles(archive, true) };
  }

  async fetchArtifact(access: RepositoryAccess, revision: string): Promise<FetchedArtifact> {
    const session = new RegistrySession(this.#http, access, access.url);
    const manifest = await session.manifest(await this.#reference(session, revision));
    const layer = singleLayer(manifest, access.url);
    const archive = await this.#layer(session, layer, access);
    return { digest: manifest.digest, files: readFiles(archive, layer.mediaType === CHART_LAYER) };
  }

  async fetchDependency(project: string, wanted: MissingDependency): Promise<Uint8Array> {
    const secrets = await this.#options.secrets();
    const url = repositoryUrl(secrets, project, wanted);
    if (!(await this.#options.permits(project, url))) {
      const words = `helm repos ${displayUrl(url)} are not permitted in project '${project}'`;
      throw new RepositoryError('InvalidRequest', words);
    }
    const access = findAccess(secrets, url, project);
    const { archive } = await this.#pack(access, { chart: wanted.name, version: wanted.version }, false);
    return archive;
  }

  async check(access: RepositoryAccess): Promise<void> {
    if (!isOci(access)) return await this.#httpCharts.check(access);
    if (isArtifactUrl(access.url)) return void (await new RegistrySession(this.#http, access, access.url).tags());
    // The names of a registry's charts come from Applications: without one, only the registry can be asked.
    await new RegistrySession(this.#http, access, `${access.url.replace(/\/+$/, '')}/chart`).ping();
  }

  async #pack(access: RepositoryAccess, wanted: WantedChart, fresh: boolean): Promise<PackedChart> {
    if (isOci(access)) return await this.#packOci(access, wanted);
    if (isHttp(access.url)) return await this.#packHttp(access, wanted, fresh);
    const words = `source type Helm with chart ${wanted.chart}: repoURL must be an http, https or oci address`;
    throw new RepositoryError('InvalidRequest', words);
  }

  async #packHttp(access: RepositoryAccess, wanted: WantedChart, fresh: boolean): Promise<PackedChart> {
    const entry = await this.#httpCharts.find(access, wanted, fresh);
    const named = entry.digest === '' ? `${access.project}\n${access.url}\n${entry.url}` : entry.digest;
    // Who may not read a repository must not be given its charts from memory: the project is part of the key.
    const key = `${access.project}\n${access.url}\n${named}`;
    const known = this.#archives.get(key);
    const archive = known ?? (await this.#httpCharts.download(access, entry, wanted.passCredentials === true));
    const digest = sha256Hex(archive);
    if (entry.digest !== '' && entry.digest !== digest) {
      const words = `the digest of chart ${wanted.chart} ${entry.version} is ${digest}, its index promises ${entry.digest}`;
      throw new RepositoryError('CorruptRepository', words);
    }
    this.#archives.set(key, archive, archive.length);
    return { version: entry.version, digest, archive };
  }

  async #packOci(access: RepositoryAccess, { chart, version }: WantedChart): Promise<PackedChart> {
    const url = `${access.url.replace(/\/+$/, '')}/${chart}`;
    const session = new RegistrySession(this.#http, access, url);
    const chosen = await this.#chartTag(session, version, url);
    const manifest = await session.manifest(chosen);
    const layer = manifest.layers.find(({ mediaType }) => mediaType === CHART_LAYER);
    if (layer === undefined) throw new RepositoryError('Unsupported', `${displayUrl(url)} holds no Helm chart`);
    const archive = await this.#layer(session, layer, access);
    return { version: isDigest(chosen) ? chosen : versionOf(chosen), digest: layer.digest, archive };
  }

  async #chartTag(session: RegistrySession, version: string, url: string): Promise<string> {
    if (isDigest(version)) return version;
    if (isExactVersion(version)) return tagOf(version);
    const chosen = chooseVersion(version, (await session.tags()).map(versionOf));
    if (chosen !== undefined) return tagOf(chosen);
    const words = `No version matching constraint '${version}' among the tags of ${displayUrl(url)}`;
    throw new RepositoryError('RevisionNotFound', words);
  }

  /** A tag as it is where there is one of that name; else the highest tag that the constraint means. */
  async #reference(session: RegistrySession, revision: string): Promise<string> {
    if (isDigest(revision) || isExactVersion(revision) || /^[a-z][\w.-]*$/i.test(revision)) return tagOf(revision);
    const chosen = chooseVersion(revision, (await session.tags()).map(versionOf));
    if (chosen === undefined) {
      throw new RepositoryError('RevisionNotFound', `No version matching constraint '${revision}' among the tags`);
    }
    return tagOf(chosen);
  }

  async #layer(session: RegistrySession, layer: OciLayer, access: RepositoryAccess): Promise<Buffer> {
    const key = `${access.project}\n${access.url}\n${layer.digest}`;
    const archive = this.#archives.get(key) ?? (await session.blob(layer, CHART_LIMIT_BYTES));
    this.#archives.set(key, archive, archive.length);
    return archive;
  }
}

function singleLayer({ layers }: OciManifest, url: string): OciLayer {
  const [layer] = layers;
  if (layer === undefined || layers.length > 1) {
    throw new RepositoryError(
      'Unsupported',
      `expected only a single oci layer, got ${layers.length}: ${displayUrl(url)}`,
    );
  }
  if (!ARTIFACT_LAYERS.includes(layer.mediaType)) {
    const words = `oci layer media type ${layer.mediaType} is not in the list of allowed media types`;
    throw new RepositoryError('Unsupported', `${words}: ${ARTIFACT_LAYERS.join(', ')}`);
  }
  return layer;
}

/** The address of a dependency's repository; names stand for repositories that Secrets know. */
function repositoryUrl(
  secrets: readonly RepositorySecret[],
  project: string,
  { name, repository }: MissingDependency,
): string {
  const alias = /^(?:@|alias:)(.+)$/.exec(repository)?.[1];
  if (alias === undefined) {
    if (isHttp(repository) || isArtifactUrl(repository)) return repository;
    const words = `dependency ${name}: repository ${JSON.stringify(repository)} must be an http, https or oci address`;
    throw new RepositoryError('Unsupported', `${words}, @name or alias:name; charts of folders belong under charts/`);
  }
  const usable = secrets.filter(({ access, prefix }) => !prefix && ['', project].includes(access.project));
  const found = usable.find(({ repositoryName }) => repositoryName === alias);
  if (found === undefined) {
    throw new RepositoryError('NotFound', `dependency ${name}: no repository is named ${JSON.stringify(alias)}`);
  }
  return found.access.url;
}

/** Fetches charts and artifacts over the network; what was fetched is remembered by its digest. */
export function openCharts(options: ChartsOptions): ChartSource {
  return new Charts(options);
}
