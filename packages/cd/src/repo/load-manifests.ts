import { canonicalJson, fnv32a, isObject } from '@argosy/std';
import type { ApplicationSource } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { isSecret, normalizeRepoUrl, sealSecret } from '../engine/index.ts';
import { missingDependencies } from '../helm/index.ts';
import {
  DEFAULT_RENDER_LIMITS,
  filesBelow,
  joinPath,
  type RenderApp,
  type RenderLimits,
  type RenderRequest,
  type SourceType,
} from '../render/index.ts';
import {
  createInProcessRenderer,
  RenderError,
  systemRenderPorts,
  unpackChart,
  type Renderer,
} from '../renderer/index.ts';
import type { RepositoryAccess } from './access.ts';
import type { ChartSource, FetchedArtifact } from './chart-source.ts';
import { RepositoryError } from './errors.ts';
import { isArtifactUrl } from './oci-registry.ts';
import { readReferences, readSource, type FoundTree, type ReferencedSource } from './read-source.ts';
import type { Repositories } from './repositories.ts';
import { checkSourcePath } from './validate.ts';

/** What one source rendered to. `objects` is the same list again as long as nothing changed. */
export interface RenderedSource {
  readonly revision: string;
  readonly sourceType: SourceType;
  /** Secrets are sealed. */
  readonly objects: readonly KubeObject[];
  /** The Secrets as they were written, by `namespace/name` as rendered. */
  readonly secrets: ReadonlyMap<string, KubeObject>;
}

/** One source, and how its repository is reached. `revision` as asked for; `''` is HEAD. */
export interface SourceToLoad {
  readonly access: RepositoryAccess;
  readonly source: ApplicationSource;
  readonly revision: string;
}

/** How to load. */
export interface LoadOptions {
  /** The Application that the sources belong to. */
  readonly app: Omit<RenderApp, 'revision'>;
  /** Ask the remote again. */
  readonly fresh: boolean;
  /** Do not use remembered manifests. */
  readonly hard: boolean;
}

/** Loads sources and remembers what they rendered to. */
export interface ManifestLoader {
  /** Salts the digests of Secret values; live Secrets must be sealed with the same one to be comparable. */
  readonly salt: string;
  /**
   * Resolves, reads and renders the sources of one Application, in their order.
   * @throws RepositoryError
   */
  load(sources: readonly SourceToLoad[], how: LoadOptions): Promise<readonly RenderedSource[]>;
}

/** What a loader works with. */
export interface LoaderOptions {
  readonly repositories: Repositories;
  /** Private to the process; salts the digests of Secret values. */
  readonly salt: string;
  /** Does the rendering. @default in this process */
  readonly renderer?: Renderer;
  /** Charts and artifacts from HTTP repositories and registries; refused without it. */
  readonly charts?: ChartSource;
  /** What the cluster is, for `.Capabilities`. */
  readonly cluster?: () => RenderRequest['cluster'];
  readonly limits?: RenderLimits;
  /** Rendered sources that are remembered. @default 500 */
  readonly remembered?: number;
}

type Rendered = Omit<RenderedSource, 'revision'>;

/** One call of `load`: all its sources, and how. */
interface Round {
  readonly all: readonly Resolved[];
  readonly how: LoadOptions;
}

/** A source with its revision known. */
interface Resolved extends SourceToLoad {
  readonly commit: string;
  readonly path: string;
  readonly artifact?: FetchedArtifact;
}

/** Dependencies of one chart that are fetched. */
export const DEPENDENCY_LIMIT = 100;

const NOTHING: Rendered = Object.freeze({
  sourceType: 'Directory',
  objects: [],
  secrets: new Map<string, KubeObject>(),
});

function seal(objects: readonly KubeObject[], salt: string): Pick<Rendered, 'objects' | 'secrets'> {
  const secrets = new Map<string, KubeObject>();
  for (const object of objects) {
    if (isSecret(object)) secrets.set(`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
  }
  return { objects: objects.map((object) => sealSecret(object, salt)), secrets };
}

/** True for a source that only lends its files to others. */
const isReferenceOnly = ({ ref, path, chart }: ApplicationSource): boolean =>
  ref !== undefined && (path === undefined || path === '') && chart === undefined;

function checkReferences(resolved: readonly Resolved[]): void {
  const sources = resolved.filter(({ source }) => source.ref !== undefined);
  for (const reference of sources) {
    const url = normalizeRepoUrl(reference.source.repoURL);
    const other = resolved.find(
      (each) =>
        normalizeRepoUrl(each.source.repoURL) === url &&
        each.commit !== reference.commit &&
        each.source.chart === undefined,
    );
    if (other !== undefined) {
      throw new RepositoryError('InvalidRequest', 'cannot reference a different revision of the same repository');
    }
  }
}

class Loader implements ManifestLoader {
  readonly salt: string;
  readonly #options: LoaderOptions;
  readonly #renderer: Renderer;
  readonly #remembered = new Map<string, Rendered>();
  /** Which content a source depends on: found when it is first rendered. */
  readonly #scopes = new Map<string, 'path' | 'repository'>();

  constructor(options: LoaderOptions) {
    this.salt = options.salt;
    this.#options = options;
    this.#renderer = options.renderer ?? createInProcessRenderer(systemRenderPorts);
  }

  async load(sources: readonly SourceToLoad[], how: LoadOptions): Promise<readonly RenderedSource[]> {
    const resolved = await Promise.all(sources.map((source) => this.#resolve(source, how)));
    checkReferences(resolved);
    return await Promise.all(resolved.map((each) => this.#loadOne(each, { all: resolved, how })));
  }

  async #resolve(asked: SourceToLoad, how: LoadOptions): Promise<Resolved> {
    if (asked.source.chart !== undefined) return { ...asked, commit: asked.revision, path: '' };
    const path = checkSourcePath(asked.source.path ?? '');
    if (isArtifactUrl(asked.access.url)) {
      const artifact = await this.#charts(asked.access.url).fetchArtifact(asked.access, asked.revision);
      return { ...asked, commit: artifact.digest, path, artifact };
    }
    const commit = await this.#options.repositories.resolve(asked.access, asked.revision, how.fresh);
    return { ...asked, commit, path };
  }

  async #loadOne(one: Resolved, round: Round): Promise<RenderedSource> {
    const { how } = round;
    if (isReferenceOnly(one.source)) return { ...NOTHING, revision: one.commit };
    if (one.source.chart !== undefined) return await this.#loadChart(one, round);
    if (one.artifact !== undefined) return await this.#loadArtifact(one, one.artifact, round);
    const { repositories } = this.#options;
    const content = await repositories.directoryId(one.access, one.commit, one.path);
    const narrow = this.#key(one, round, content);
    const scope = this.#scopes.get(narrow);
    const whole = scope === 'path' ? '' : await repositories.directoryId(one.access, one.commit, '');
    const wide = canonicalJson([narrow, whole]);
    const known = how.hard ? undefined : (this.#remembered.get(narrow) ?? this.#remembered.get(wide));
    if (known !== undefined) return { ...known, revision: one.commit };
    const found = await readSource(repositories, { ...one, app: how.app, limits: this.#limits() });
    const rendered = await this.#render(one, found, round);
    this.#scopes.set(narrow, found.beyondPath ? 'repository' : 'path');
    this.#remember(found.beyondPath ? wide : narrow, rendered);
    return { ...rendered, revision: one.commit };
  }

  #charts(wanted: string): ChartSource {
    const { charts } = this.#options;
    if (charts !== undefined) return charts;
    const words = 'charts and artifacts of repositories and registries cannot be fetched here: put them into Git';
    throw new RepositoryError('Unsupported', `${wanted}: ${words}`);
  }

  async #loadChart(one: Resolved, round: Round): Promise<RenderedSource> {
    const { chart = '', helm = {} } = one.source;
    const passCredentials = helm.passCredentials === true;
    const wanted = { chart, version: one.commit, passCredentials };
    const charts = this.#charts(`source type Helm with chart ${chart}`);
    const { version, digest, files } = await charts.fetch(one.access, wanted, round.how.fresh);
    const found: FoundTree = { source: { ...one.source, helm }, tree: files, beyondPath: false };
    return await this.#renderFetched({ ...one, commit: version }, found, { round, content: digest });
  }

  async #loadArtifact(one: Resolved, artifact: FetchedArtifact, round: Round): Promise<RenderedSource> {
    if (filesBelow(artifact.files, one.path).size === 0) {
      throw new RepositoryError('PathNotFound', `${one.path}: app path does not exist`);
    }
    const found: FoundTree = { source: one.source, tree: artifact.files, beyondPath: false };
    return await this.#renderFetched(one, found, { round, content: artifact.digest });
  }

  /** Renders what was fetched as a whole, unless the same content was rendered before. */
  async #renderFetched(
    one: Resolved,
    found: FoundTree,
    { round, content }: { readonly round: Round; readonly content: string },
  ): Promise<RenderedSource> {
    const key = this.#key(one, round, content);
    const known = round.how.hard ? undefined : this.#remembered.get(key);
    const rendered = known ?? (await this.#render(one, found, round));
    this.#remember(key, rendered);
    return { ...rendered, revision: one.commit };
  }

  #limits(): RenderLimits {
    return this.#options.limits ?? DEFAULT_RENDER_LIMITS;
  }

  #cluster(): RenderRequest['cluster'] {
    return this.#options.cluster?.() ?? { kubeVersion: '', apiVersions: [] };
  }

  /** Everything that the manifests of a source depend on, but for files beyond its path. */
  #key(one: Resolved, { all, how }: Round, content: string): string {
    const source = { ...one.source, targetRevision: undefined };
    const text = canonicalJson([
      one.access.project,
      one.access.url,
      content,
      one.path,
      source,
      how.app,
      this.#cluster(),
    ]);
    const usesRevision = text.includes('ARGOCD_APP_');
    const references = all.filter((each) => each !== one && each.source.ref !== undefined);
    return canonicalJson([
      text,
      usesRevision ? [one.commit, one.source.targetRevision ?? ''] : [],
      references.map(({ source: { ref = '' }, access, commit }) => [ref, access.url, commit]),
    ]);
  }

  /** A chart's tree with its missing dependencies fetched, where there is somebody who can. */
  async #complete(one: Resolved, found: FoundTree, project: string): Promise<FoundTree> {
    const { charts } = this.#options;
    const files = filesBelow(found.tree, one.path);
    if (charts === undefined || !files.has('Chart.yaml')) return found;
    const missing = missingDependencies(files, unpackChart);
    if (missing.length > DEPENDENCY_LIMIT) {
      throw new RepositoryError('TooLarge', `the chart misses more than ${DEPENDENCY_LIMIT} dependencies`);
    }
    const tree = new Map(found.tree);
    for (const wanted of missing) {
      const name = `charts/${wanted.name}-${wanted.version.replaceAll(/[^\w.+-]/g, '_')}.tgz`;
      const archive = await charts.fetchDependency(project, wanted);
      tree.set(joinPath(one.path, name) ?? name, archive);
    }
    return missing.length === 0 ? found : { ...found, tree };
  }

  async #render(one: Resolved, read: FoundTree, { all, how }: Round): Promise<Rendered> {
    const found = await this.#complete(one, read, how.app.project);
    const references: readonly ReferencedSource[] = all.flatMap((each) =>
      each.source.ref === undefined || each.source.chart !== undefined || each.artifact !== undefined
        ? []
        : [{ ...each, name: each.source.ref }],
    );
    const limits = this.#limits();
    const { repositories } = this.#options;
    const refs = await readReferences(repositories, { source: found.source, references, limits });
    const seed = fnv32a(`${this.salt}\n${how.app.name}\n${one.commit}\n${canonicalJson(found.source)}`);
    const request: RenderRequest = {
      source: found.source,
      path: one.path,
      tree: found.tree,
      refs,
      app: { ...how.app, revision: one.commit },
      cluster: this.#cluster(),
      env: { now: repositories.now(), seed },
      limits,
    };
    try {
      const { sourceType, objects } = await this.#renderer.render(request);
      return { sourceType, ...seal(objects, this.salt) };
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      throw new RepositoryError('RenderFailed', `failed to load manifests: ${error.message}`);
    }
  }

  #remember(key: string, rendered: Rendered): void {
    const most = this.#options.remembered ?? 500;
    this.#remembered.delete(key);
    this.#remembered.set(key, rendered);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > most && oldest !== undefined) this.#remembered.delete(oldest);
    const [first] = this.#scopes.keys();
    if (this.#scopes.size > most && first !== undefined) this.#scopes.delete(first);
  }
}

/** A loader over a set of repositories. */
export function createManifestLoader(options: LoaderOptions): ManifestLoader {
  return new Loader(options);
}

/** The Secret as it was written for a sealed one, with the metadata that the engine gave it; others come back as they are. */
export function unsealSecret(object: KubeObject, secrets: ReadonlyMap<string, KubeObject>): KubeObject {
  if (!isSecret(object)) return object;
  const { namespace, name } = object.metadata;
  const original = secrets.get(`${namespace ?? ''}/${name}`) ?? secrets.get(`/${name}`);
  if (original === undefined)
    throw new RepositoryError('Cancelled', `the content of Secret ${name} has to be loaded again`);
  const { data: _sealed, ...rest } = object;
  const content = Object.fromEntries(
    ['data', 'stringData'].filter((field) => isObject(original[field])).map((field) => [field, original[field]]),
  );
  return { ...rest, ...content } as KubeObject;
}
