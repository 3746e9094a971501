import { RepositoryError, type Repositories } from '@argosy/cd/repo';
import { sha256Hex, type Instant, formatTime } from '@argosy/std';

/** Path → text of one commit. */
export type CommitFiles = { readonly [path: string]: string };

/** One repository in memory: commits in order, the last is the head of every branch. */
export interface MemoryRepository extends Repositories {
  /** Adds a commit and gives its SHA. */
  commitFiles(files: CommitFiles): string;
}

/** A repository without git, for simulations: same port, same errors, no disk. */
export function createMemoryRepository(now: () => Instant): MemoryRepository {
  const commits = new Map<string, CommitFiles>();
  let head: string | undefined;
  const filesOf = (commit: string): CommitFiles => {
    const files = commits.get(commit);
    if (files === undefined) throw new RepositoryError('RevisionNotFound', `no commit ${commit}`);
    return files;
  };
  const below = (files: CommitFiles, path: string): readonly (readonly [string, string])[] =>
    Object.entries(files).flatMap(([name, text]) => {
      const prefix = path === '' ? '' : `${path}/`;
      return name.startsWith(prefix) ? [[name.slice(prefix.length), text] as const] : [];
    });
  return {
    commitFiles: (files) => {
      const commit = sha256Hex(`${commits.size}${JSON.stringify(files)}`).slice(0, 40);
      commits.set(commit, files);
      head = commit;
      return commit;
    },
    resolve: (_access, revision) => {
      const found = commits.has(revision) ? revision : head;
      if (found === undefined)
        return Promise.reject(new RepositoryError('RevisionNotFound', 'the repository is empty'));
      return Promise.resolve(found);
    },
    directoryId: (_access, commit, path) => Promise.resolve(sha256Hex(JSON.stringify(below(filesOf(commit), path)))),
    readTree: (_access, { commit, path, select }) => {
      const found = below(filesOf(commit), path);
      const files = new Map(found.filter(([name]) => select(name)).map(([name, text]) => [name, Buffer.from(text)]));
      const names = [...new Set(found.map(([name]) => name.split('/')[0] ?? ''))].sort();
      return Promise.resolve({ treeId: sha256Hex(JSON.stringify(found)), names, files });
    },
    commit: () => Promise.resolve({ author: 'Simulation', date: formatTime(now()), tags: [], message: 'a commit' }),
    refs: () => Promise.resolve({ branches: ['main'], tags: [] }),
    now,
    fetchCount: () => 0,
    close: () => Promise.resolve(),
  };
}
