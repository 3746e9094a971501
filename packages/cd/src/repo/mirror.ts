import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@argosy/std';
import type { RepositoryAccess } from './access.ts';
import { prepareCredentials } from './credentials.ts';
import { classifyGitFailure, displayUrl, RepositoryError } from './errors.ts';
import { runGit, type GitResult, type GitRunner } from './git-process.ts';
import { ObjectReader, type GitObject } from './object-reader.ts';
import type { FetchSlots } from './fetch-slots.ts';
import { checkRevision } from './validate.ts';

/** Where a mirror lives and how long git may take. */
export interface MirrorOptions {
  readonly runner: GitRunner;
  readonly cacheDirectory: string;
  readonly askpass: string;
  readonly fetchTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Bounds the fetches of all mirrors together. */
  readonly slots: FetchSlots;
}

/** A branch or tag; `commit` is peeled. */
interface Ref {
  readonly name: string;
  readonly commit: string;
}

const MAX_REF_LIST_BYTES = 64 * 1024 * 1024;
const LOCAL_TIMEOUT_MS = 60_000;
const HEAD_REF = 'refs/argosy/head';
const FULL_ID = /^[0-9a-f]{40}$|^[0-9a-f]{64}$/;

/** A bare mirror of one repository. Many may ask for a fetch at once; one runs, and at most one waits behind it. */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #directory: string;
  readonly #url: string;
  #refs: readonly Ref[] | undefined;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #reader: ObjectReader | undefined;
  #initialized = false;
  /** Fetches that were really made; for tests and metrics. */
  fetches = 0;

  constructor(url: string, project: string, options: MirrorOptions) {
    this.#url = url;
    this.#options = options;
    this.#directory = join(options.cacheDirectory, `${sha256Hex(`${project}\n${url}`).slice(0, 40)}.git`);
  }

  /** Fetches everything; the fetch starts after this call, so that it sees what was pushed before it. */
  fetch(access: RepositoryAccess): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#fetchNow(access).finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    const current = this.#running;
    this.#queued ??= current
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.fetch(access);
      });
    return this.#queued;
  }

  /**
   * The commit that a revision stands for. A full id that is already here needs no fetch.
   * @throws RepositoryError RevisionNotFound and every other.
   */
  async resolve(access: RepositoryAccess, revision: string, fresh: boolean): Promise<string> {
    checkRevision(revision);
    const exact = FULL_ID.test(revision);
    if (exact && this.#refs !== undefined && (await this.#commitOf(revision)) !== undefined) return revision;
    if (fresh || this.#refs === undefined) await this.fetch(access);
    const found = this.#lookUp(revision) ?? (await this.#byId(revision));
    if (found !== undefined) return found;
    const named = revision === '' ? 'HEAD' : revision;
    throw new RepositoryError(
      'RevisionNotFound',
      `unable to resolve '${named}' to a commit SHA: ${displayUrl(this.#url)} has no such branch, tag or commit`,
    );
  }

  /** Reads an object by id or `commit:path`. */
  async read(name: string, maxBytes: number): Promise<GitObject | undefined> {
    if (this.#reader?.alive !== true) this.#reader = new ObjectReader(this.#options.runner, this.#directory);
    return await this.#reader.read(name, maxBytes);
  }

  /** Short names of branches and tags, as fetched last. */
  refNames(): { readonly branches: readonly string[]; readonly tags: readonly string[] } {
    const under = (prefix: string): readonly string[] =>
      (this.#refs ?? []).filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name.slice(prefix.length));
    return { branches: under('refs/heads/'), tags: under('refs/tags/') };
  }

  /** The tags that point at a commit. */
  tagsAt(commit: string): readonly string[] {
    const tags = (this.#refs ?? []).filter((ref) => ref.name.startsWith('refs/tags/') && ref.commit === commit);
    return tags.map(({ name }) => name.slice('refs/tags/'.length));
  }

  /** Ends the reader process. */
  async close(): Promise<void> {
    await this.#reader?.close();
    this.#reader = undefined;
  }

  #lookUp(revision: string): string | undefined {
    const refs = this.#refs ?? [];
    const name = revision === '' || revision === 'HEAD' ? HEAD_REF : revision;
    const wanted = name.startsWith('refs/') ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`];
    for (const each of wanted) {
      const ref = refs.find((candidate) => candidate.name === each);
      if (ref !== undefined) return ref.commit;
    }
    return undefined;
  }

  async #commitOf(id: string): Promise<string | undefined> {
    const object = await this.read(`${id}^{commit}`, 0);
    return object?.type === 'commit' ? object.id : undefined;
  }

  async #byId(revision: string): Promise<string | undefined> {
    return /^[0-9a-f]{7,64}$/.test(revision) ? await this.#commitOf(revision) : undefined;
  }

  async #fetchNow(access: RepositoryAccess): Promise<void> {
    const release = await this.#options.slots.take();
    try {
      await this.#fetchAll(access);
    } finally {
      release();
    }
  }

  async #fetchAll(access: RepositoryAccess): Promise<void> {
    this.fetches += 1;
    await this.#initialize();
    const first = await this.#fetchRefs(access, [`+HEAD:${HEAD_REF}`]);
    // A repository whose HEAD names no branch is still good for everything but HEAD.
    const headless = first.code !== 0 && /couldn't find remote ref HEAD/i.test(first.stderr);
    const result = headless ? await this.#fetchRefs(access, []) : first;
    if (result.code !== 0) await this.#refuse(result.stderr);
    await this.#readRefs(headless);
  }

  async #refuse(stderr: string): Promise<never> {
    const error = classifyGitFailure(this.#url, stderr, { hidden: [this.#directory, this.#options.cacheDirectory] });
    if (error.kind === 'CorruptRepository') await this.#discard();
    throw error;
  }

  async #discard(): Promise<void> {
    await this.close();
    await rm(this.#directory, { recursive: true, force: true });
    this.#initialized = false;
    this.#refs = undefined;
  }

  async #initialize(): Promise<void> {
    if (this.#initialized) return;
    const { runner, cacheDirectory, signal } = this.#options;
    await mkdir(cacheDirectory, { recursive: true, mode: 0o700 });
    const args = ['init', '--quiet', '--bare', '--template=', '--', this.#directory];
    const limits = { timeoutMs: LOCAL_TIMEOUT_MS, maxOutputBytes: 65_536 };
    const result = await runGit(runner, { args, directory: cacheDirectory, ...limits, signal });
    if (result.code !== 0) await this.#refuse(result.stderr);
    this.#initialized = true;
  }

  async #fetchRefs(access: RepositoryAccess, more: readonly string[]): Promise<GitResult> {
    const { runner, cacheDirectory, askpass, fetchTimeoutMs, signal } = this.#options;
    const credentials = await prepareCredentials(access, { directory: cacheDirectory, askpass });
    const flags = ['--quiet', '--prune', '--force', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    const refs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*', ...more];
    try {
      return await runGit(runner, {
        args: ['fetch', ...flags, '--', this.#url, ...refs],
        directory: this.#directory,
        env: credentials.env,
        timeoutMs: fetchTimeoutMs,
        maxOutputBytes: 65_536,
        signal,
      });
    } finally {
      await credentials.remove();
    }
  }

  async #readRefs(headless: boolean): Promise<void> {
    const result = await runGit(this.#options.runner, {
      args: ['for-each-ref', '--format=%(refname) %(objectname) %(*objectname)'],
      directory: this.#directory,
      timeoutMs: LOCAL_TIMEOUT_MS,
      maxOutputBytes: MAX_REF_LIST_BYTES,
      signal: this.#options.signal,
    });
    if (result.code !== 0) await this.#refuse(result.stderr);
    const lines = result.stdout.toString('utf8').split('\n');
    this.#refs = lines
      .map((line) => line.split(' '))
      .filter(([name]) => name !== undefined && name !== '' && !(headless && name === HEAD_REF))
      .map(([name, id, peeled]) => ({
        name: name ?? '',
        commit: peeled === undefined || peeled === '' ? (id ?? '') : peeled,
      }));
  }
}
