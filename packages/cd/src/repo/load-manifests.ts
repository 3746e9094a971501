import { canonicalJson, isObject } from '@argosy/std';
import type { ApplicationSource } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { isSecret, sealSecret } from '../engine/index.ts';
import { DEFAULT_RENDER_LIMITS, isManifestPath, renderDirectory, type RenderLimits } from '../render/index.ts';
import type { RepositoryAccess } from './access.ts';
import { RepositoryError } from './errors.ts';
import type { Repositories } from './repositories.ts';
import { checkSourcePath } from './validate.ts';

/** What one source rendered to. `objects` is the same list again as long as nothing changed. */
export interface RenderedSource {
  readonly revision: string;
  readonly sourceType: 'Directory';
  /** Secrets are sealed. */
  readonly objects: readonly KubeObject[];
  /** The Secrets as they were written, by `namespace/name` as rendered. */
  readonly secrets: ReadonlyMap<string, KubeObject>;
}

/** Loads sources and remembers what they rendered to. */
export interface ManifestLoader {
  /** Salts the digests of Secret values; live Secrets must be sealed with the same one to be comparable. */
  readonly salt: string;
  /**
   * Resolves, reads and renders one source.
   * @throws RepositoryError
   */
  load(access: RepositoryAccess, source: ApplicationSource, how: LoadOptions): Promise<RenderedSource>;
}

/** How to load. */
export interface LoadOptions {
  /** The revision asked for; `''` is HEAD. */
  readonly revision: string;
  /** Ask the remote again. */
  readonly fresh: boolean;
  /** Do not use remembered manifests. */
  readonly hard: boolean;
}

interface LoaderOptions {
  readonly repositories: Repositories;
  /** Private to the process; salts the digests of Secret values. */
  readonly salt: string;
  readonly limits?: RenderLimits;
  /** Rendered directories that are remembered. @default 500 */
  readonly remembered?: number;
}

type Rendered = Omit<RenderedSource, 'revision'>;

function unsupported(source: ApplicationSource, names: readonly string[]): string | undefined {
  if (source.chart !== undefined || source.helm !== undefined) return 'Helm';
  if (source.kustomize !== undefined) return 'Kustomize';
  if (source.plugin !== undefined) return 'Plugin';
  if (source.directory !== undefined) return undefined;
  const last = names.findLast((name) => /^(Chart\.yaml|kustomization\.ya?ml|Kustomization)$/.test(name));
  return last === undefined ? undefined : last === 'Chart.yaml' ? 'Helm' : 'Kustomize';
}

function seal(objects: readonly KubeObject[], salt: string): Rendered {
  const secrets = new Map<string, KubeObject>();
  for (const object of objects) {
    if (isSecret(object)) secrets.set(`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
  }
  return { sourceType: 'Directory', objects: objects.map((object) => sealSecret(object, salt)), secrets };
}

class Loader implements ManifestLoader {
  readonly salt: string;
  readonly #options: LoaderOptions;
  readonly #remembered = new Map<string, Rendered>();

  constructor(options: LoaderOptions) {
    this.salt = options.salt;
    this.#options = options;
  }

  async load(access: RepositoryAccess, source: ApplicationSource, how: LoadOptions): Promise<RenderedSource> {
    const { repositories } = this.#options;
    const revision = await repositories.resolve(access, how.revision, how.fresh);
    if (source.ref !== undefined && source.path === undefined && source.chart === undefined) {
      return { revision, sourceType: 'Directory', objects: [], secrets: new Map() };
    }
    const path = checkSourcePath(source.path ?? '');
    const id = await repositories.directoryId(access, revision, path);
    const key = canonicalJson([access.project, access.url, id, path, { ...source, targetRevision: undefined }]);
    const known = how.hard ? undefined : this.#remembered.get(key);
    const rendered = known ?? (await this.#render(access, source, { revision, path }));
    this.#remember(key, rendered);
    return { ...rendered, revision };
  }

  async #render(
    access: RepositoryAccess,
    source: ApplicationSource,
    at: { revision: string; path: string },
  ): Promise<Rendered> {
    const limits = this.#options.limits ?? DEFAULT_RENDER_LIMITS;
    const options = source.directory ?? {};
    const tree = await this.#options.repositories.readTree(access, {
      commit: at.revision,
      path: at.path,
      recurse: options.recurse === true,
      select: (path) => isManifestPath(path, options),
      limits,
    });
    const type = unsupported(source, tree.names);
    if (type !== undefined) {
      throw new RepositoryError(
        'Unsupported',
        `source type ${type} cannot be rendered yet: only directories of manifests can`,
      );
    }
    const result = renderDirectory(tree.files, options, limits);
    if (!result.ok) throw new RepositoryError('RenderFailed', `failed to load manifests: ${result.error.message}`);
    return seal(result.value, this.#options.salt);
  }

  #remember(key: string, rendered: Rendered): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, rendered);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > (this.#options.remembered ?? 500) && oldest !== undefined)
      this.#remembered.delete(oldest);
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
