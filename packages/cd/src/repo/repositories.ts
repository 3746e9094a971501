import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Instant } from '@argosy/std';
import type { RepositoryAccess } from './access.ts';
import { ASKPASS_SCRIPT } from './credentials.ts';
import { RepositoryError } from './errors.ts';
import { FetchSlots } from './fetch-slots.ts';
import type { GitRunner } from './git-process.ts';
import { parseCommit } from './git-objects.ts';
import { Mirror, type MirrorOptions } from './mirror.ts';
import { readSourceTree, directoryId, type SourceTree, type TreeRequest } from './source-tree.ts';
import { checkRepoUrl, type GitScheme } from './validate.ts';

/** A commit as the API tells it. */
export interface RevisionMetadata {
  readonly author: string;
  readonly date: string;
  readonly tags: readonly string[];
  readonly message: string;
}

/** All repositories that Argosy reads. Every method rejects with RepositoryError only. */
export interface Repositories {
  /** The commit that a revision stands for; `fresh` asks the remote again. */
  resolve(access: RepositoryAccess, revision: string, fresh: boolean): Promise<string>;
  /** The id of a directory's content at a commit. */
  directoryId(access: RepositoryAccess, commit: string, path: string): Promise<string>;
  /** The selected files of a directory at a commit. */
  readTree(access: RepositoryAccess, request: Omit<TreeRequest, 'url'>): Promise<SourceTree>;
  /** Who made a commit, when, why, and which tags it has. */
  commit(access: RepositoryAccess, commit: string): Promise<RevisionMetadata>;
  /** Branches and tags, asked for anew. */
  refs(access: RepositoryAccess): Promise<{ readonly branches: readonly string[]; readonly tags: readonly string[] }>;
  /** The time, for whoever renders. */
  now(): Instant;
  /** Fetches that were made so far. */
  fetchCount(): number;
  /** Ends all git processes. The cache stays. */
  close(): Promise<void>;
}

/** Where the cache is and what git may do. */
export interface RepositoriesOptions {
  /** Private to this process; made when absent, mode 0700. */
  readonly cacheDirectory: string;
  readonly clock: Clock;
  /** @default '/usr/bin/git' */
  readonly gitBinary?: string;
  /** @default all four */
  readonly allowedSchemes?: readonly GitScheme[];
  /** @default 90 s */
  readonly fetchTimeoutMs?: number;
  /** Fetches of different repositories at once. @default 8 */
  readonly maxFetches?: number;
}

const MAX_COMMIT_BYTES = 1024 * 1024;
/** Mirrors that keep a reader process; the one used longest ago loses it. */
const MAX_OPEN_MIRRORS = 64;

class GitRepositories implements Repositories {
  readonly #options: MirrorOptions;
  readonly #schemes: readonly GitScheme[];
  readonly #mirrors = new Map<string, Mirror>();
  readonly #stop: AbortController;
  readonly #private: string;

  constructor(
    options: MirrorOptions,
    settings: { schemes: readonly GitScheme[]; stop: AbortController; directory: string },
  ) {
    this.#options = options;
    this.#schemes = settings.schemes;
    this.#stop = settings.stop;
    this.#private = settings.directory;
  }

  async resolve(access: RepositoryAccess, revision: string, fresh: boolean): Promise<string> {
    return await this.#mirror(access).resolve(access, revision, fresh);
  }

  async directoryId(access: RepositoryAccess, commit: string, path: string): Promise<string> {
    return await directoryId(this.#mirror(access), { url: access.url, commit, path });
  }

  async readTree(access: RepositoryAccess, request: Omit<TreeRequest, 'url'>): Promise<SourceTree> {
    return await readSourceTree(this.#mirror(access), { ...request, url: access.url });
  }

  async commit(access: RepositoryAccess, commit: string): Promise<RevisionMetadata> {
    const mirror = this.#mirror(access);
    const id = await mirror.resolve(access, commit, false);
    const object = await mirror.read(id, MAX_COMMIT_BYTES);
    if (object?.content === undefined) throw new RepositoryError('RevisionNotFound', `commit ${id} cannot be read`);
    return { ...parseCommit(object.content), tags: mirror.tagsAt(id) };
  }

  async refs(access: RepositoryAccess): Promise<{ branches: readonly string[]; tags: readonly string[] }> {
    const mirror = this.#mirror(access);
    await mirror.fetch(access);
    return mirror.refNames();
  }

  now(): Instant {
    return this.#options.runner.clock.now();
  }

  fetchCount(): number {
    return [...this.#mirrors.values()].reduce((sum, mirror) => sum + mirror.fetches, 0);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#mirrors.values()].map((mirror) => mirror.close()));
    await rm(this.#private, { recursive: true, force: true });
  }

  #mirror(access: RepositoryAccess): Mirror {
    if (this.#stop.signal.aborted) throw new RepositoryError('Cancelled', 'the repositories are closed');
    checkRepoUrl(access.url, this.#schemes);
    if (access.enableLfs === true) {
      const words =
        'enableLfs: files kept by Git LFS cannot be fetched, and their pointers are never delivered instead';
      throw new RepositoryError('Unsupported', words);
    }
    const key = `${access.project}\n${access.url}`;
    const mirror = this.#mirrors.get(key) ?? new Mirror(access.url, access.project, this.#options);
    this.#mirrors.delete(key);
    this.#mirrors.set(key, mirror);
    const [oldest] = this.#mirrors.values();
    if (this.#mirrors.size > MAX_OPEN_MIRRORS && oldest !== undefined) void oldest.close();
    return mirror;
  }
}

/** Opens the repository adapter: prepares its private directory and the program that answers git's prompts. */
export async function openRepositories(options: RepositoriesOptions): Promise<Repositories> {
  await mkdir(options.cacheDirectory, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(options.cacheDirectory, 'session-'));
  const askpass = join(directory, 'askpass');
  const home = join(directory, 'home');
  await mkdir(home, { mode: 0o700 });
  await writeFile(askpass, ASKPASS_SCRIPT, { mode: 0o700 });
  await chmod(askpass, 0o700);
  const schemes = options.allowedSchemes ?? ['file', 'http', 'https', 'ssh'];
  const runner: GitRunner = {
    binary: options.gitBinary ?? '/usr/bin/git',
    clock: options.clock,
    home,
    allowedProtocols: schemes.join(':'),
  };
  const stop = new AbortController();
  const mirrorOptions: MirrorOptions = {
    runner,
    cacheDirectory: options.cacheDirectory,
    askpass,
    fetchTimeoutMs: options.fetchTimeoutMs ?? 90_000,
    signal: stop.signal,
    slots: new FetchSlots(options.maxFetches ?? 8),
  };
  return new GitRepositories(mirrorOptions, { schemes, stop, directory });
}
