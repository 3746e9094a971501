import type { ApplicationSource } from '@argosy/api/cd';
import {
  applyOverrides,
  detectSourceType,
  isManifestPath,
  joinPath,
  neededFiles,
  neededReferences,
  overrideNames,
  type RenderApp,
  type RenderLimits,
  type SourceType,
  type TreeFiles,
} from '../render/index.ts';
import type { RepositoryAccess } from './access.ts';
import { RepositoryError } from './errors.ts';
import type { Repositories } from './repositories.ts';
import type { TreeRequest } from './source-tree.ts';

/** A source whose revision is known. */
export interface SourceAt {
  readonly access: RepositoryAccess;
  readonly commit: string;
  readonly path: string;
  readonly source: ApplicationSource;
  readonly app: Omit<RenderApp, 'revision'>;
  readonly limits: RenderLimits;
}

/** What was read for a source; `beyondPath` when files outside of its directory may count. */
export interface FoundTree {
  readonly source: ApplicationSource;
  readonly tree: TreeFiles;
  readonly beyondPath: boolean;
}

/** Files of a chart or a kustomization; more than a directory of manifests may have, since not all are manifests. */
const TREE_LIMITS = { files: 20_000, fileBytes: 20 * 1024 * 1024, totalBytes: 100 * 1024 * 1024 };

const under = (path: string, files: TreeFiles): TreeFiles =>
  path === '' ? files : new Map([...files].map(([name, data]) => [`${path}/${name}`, data]));

type Reading = Pick<TreeRequest, 'select' | 'recurse' | 'limits'>;

async function readPlain(repositories: Repositories, at: SourceAt): Promise<TreeFiles> {
  const options = at.source.directory ?? {};
  const reading: Reading = {
    recurse: options.recurse === true,
    select: (path) => isManifestPath(path, options) || overrideNames(at.app.name).includes(path),
    limits: at.limits,
  };
  const { files } = await repositories.readTree(at.access, { commit: at.commit, path: at.path, ...reading });
  return under(at.path, files);
}

async function readWide(repositories: Repositories, at: SourceAt, type: SourceType): Promise<FoundTree> {
  const needed = neededFiles({ source: at.source, path: at.path, app: { ...at.app, revision: at.commit } }, type);
  // What lies below the path is read from there: a large repository is not walked for one chart.
  const from = needed.beyondPath ? '' : at.path;
  const select = (path: string): boolean => needed.select(joinPath(from, path) ?? path);
  const reading: Reading = { recurse: true, select, limits: TREE_LIMITS };
  const { files } = await repositories.readTree(at.access, { commit: at.commit, path: from, ...reading });
  return { source: at.source, tree: under(from, files), beyondPath: needed.beyondPath };
}

const hasJsonnet = (tree: TreeFiles): boolean => [...tree.keys()].some((path) => path.endsWith('.jsonnet'));

/** Reads what rendering a source needs: its override files first, since they say what it is. @throws RepositoryError */
export async function readSource(repositories: Repositories, at: SourceAt): Promise<FoundTree> {
  const overrides = overrideNames(at.app.name);
  const look: Reading = { recurse: false, select: (path) => overrides.includes(path), limits: at.limits };
  const first = await repositories.readTree(at.access, { commit: at.commit, path: at.path, ...look });
  const overridden = applyOverrides(at.source, at.app.name, first.files);
  if ('problem' in overridden)
    throw new RepositoryError('RenderFailed', `failed to load manifests: ${overridden.problem}`);
  const { source } = overridden;
  const type = detectSourceType(source, first.names);
  const seen = { ...at, source };
  if (type !== 'Directory') return readWide(repositories, seen, type);
  const tree = await readPlain(repositories, seen);
  return hasJsonnet(tree) ? readWide(repositories, seen, type) : { source, tree, beyondPath: false };
}

/** A source that others refer to by name. */
export interface ReferencedSource {
  readonly name: string;
  readonly access: RepositoryAccess;
  readonly commit: string;
}

/** Reads the files that a source's values want of the sources that it refers to. Every name is known, wanted or not. */
export async function readReferences(
  repositories: Repositories,
  wanted: {
    readonly source: ApplicationSource;
    readonly references: readonly ReferencedSource[];
    readonly limits: RenderLimits;
  },
): Promise<ReadonlyMap<string, TreeFiles>> {
  const needed = neededReferences(wanted.source);
  const read = async ({ name, access, commit }: ReferencedSource): Promise<[string, TreeFiles]> => {
    const select = needed.get(name);
    if (select === undefined) return [name, new Map()];
    const reading: Reading = { recurse: true, select, limits: wanted.limits };
    const { files } = await repositories.readTree(access, { commit, path: '', ...reading });
    return [name, files];
  };
  return new Map(await Promise.all(wanted.references.map(read)));
}
