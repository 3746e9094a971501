import { watch, type FSWatcher } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resources } from '@argosy/api';
import { cdNames, type Application } from '@argosy/api/cd';
import { keyOf, type ObjectKey } from '@argosy/kube/meta';
import { patchObject, type ClusterApi } from '@argosy/kube/port';
import type { Informer } from '@argosy/kube/runtime';
import { after, milliseconds, type Clock, type Logger, type Timer } from '@argosy/std';

/** Repositories on this machine that are watched at once. */
export const MAX_WATCHED_REPOSITORIES = 64;

/** A commit touches several files; one refresh serves them all. */
const QUIET_MS = milliseconds(100);

/** What watching needs. */
export interface WatchLocalOptions {
  readonly api: ClusterApi;
  readonly applications: Informer<Application>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Watched {
  readonly watchers: readonly FSWatcher[];
  pending: Timer | undefined;
}

function localDirectories(app: Application | undefined): readonly string[] {
  const sources = app?.spec.sources ?? (app?.spec.source === undefined ? [] : [app.spec.source]);
  return sources.flatMap(({ repoURL }) => (repoURL.startsWith('file://') ? [fileURLToPath(repoURL)] : []));
}

/** The folders in which git moves branches: of a work tree, or of a bare repository. */
async function branchFolders(directory: string): Promise<readonly string[]> {
  for (const gitDirectory of [join(directory, '.git'), directory]) {
    const heads = join(gitDirectory, 'refs', 'heads');
    const found = await access(heads).then(
      () => true,
      () => false,
    );
    if (found) return [heads, gitDirectory];
  }
  return [];
}

/**
 * Repositories that lie on this machine need no webhook: a commit there asks for a refresh of the applications that
 * follow it, as a webhook would. Gives back the way out.
 */
export function watchLocalRepositories(options: WatchLocalOptions): () => void {
  const { api, applications, clock, logger } = options;
  const watched = new Map<string, Watched>();
  let ended = false;

  const refresh = async (key: ObjectKey): Promise<void> => {
    const patch = { metadata: { annotations: { [cdNames.refresh]: 'normal' } } };
    await patchObject(api, { resource: resources.applications, key, patchType: 'merge', patch });
  };
  const changed = (directory: string): void => {
    const entry = watched.get(directory);
    if (entry === undefined || entry.pending !== undefined) return;
    entry.pending = clock.schedule(after(clock.now(), QUIET_MS), () => {
      entry.pending = undefined;
      for (const app of applications.lister.list()) {
        if (!localDirectories(app).includes(directory)) continue;
        refresh(keyOf(app)).catch((error: unknown) =>
          logger.warn('a refresh was refused', { app: app.metadata.name, error }),
        );
      }
    });
  };
  const start = async (directory: string): Promise<void> => {
    if (watched.has(directory) || watched.size >= MAX_WATCHED_REPOSITORIES) return;
    watched.set(directory, { watchers: [], pending: undefined });
    const folders = await branchFolders(directory);
    if (ended || folders.length === 0) {
      watched.delete(directory);
      return;
    }
    const watchers = folders.map((folder) => watch(folder, { persistent: false }, () => changed(directory)));
    for (const watcher of watchers)
      watcher.on('error', (error) => logger.warn('a local repository is no longer watched', { error }));
    watched.set(directory, { watchers, pending: undefined });
  };
  const stop = (directory: string): void => {
    const entry = watched.get(directory);
    watched.delete(directory);
    entry?.pending?.cancel();
    for (const watcher of entry?.watchers ?? []) watcher.close();
  };
  const leave = applications.onChange(({ before, after: app }) => {
    for (const directory of localDirectories(app)) {
      start(directory).catch((error: unknown) => logger.warn('a local repository is not watched', { error }));
    }
    for (const directory of localDirectories(before)) {
      const used = applications.lister.list().some((item) => localDirectories(item).includes(directory));
      if (!used) stop(directory);
    }
  });
  return () => {
    ended = true;
    leave();
    for (const directory of watched.keys()) stop(directory);
  };
}
