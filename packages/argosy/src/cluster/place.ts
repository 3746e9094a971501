import { isAbsolute, join, resolve } from 'node:path';
import { CommandError, defaultDataDirectory, type Flag, type Invocation } from '@argosy/cli';
import { DataDirectoryLocked, openCommitLog, SnapshotError } from '@argosy/cluster/disk';
import type { CommitLog } from '@argosy/cluster/apiserver';

/** Which data directory is meant. */
export const dataFlag: Flag = {
  name: 'data-dir',
  type: 'string',
  description: 'where everything is kept (default ~/.argosy)',
  placeholder: 'directory',
  env: 'ARGOSY_DATA_DIR',
};

/** How an answer is printed. */
export const outputFlag: Flag = {
  name: 'output',
  short: 'o',
  type: 'string',
  description: 'output format: wide, json or yaml',
  defaultValue: 'wide',
};

/** Does what cannot be undone without asking. */
export const yesFlag: Flag = { name: 'yes', short: 'y', type: 'boolean', description: 'do not ask' };

/** A path as the caller meant it. */
export const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(path));

/** The data directory of a call. */
export function dataDirectoryOf(invocation: Invocation): string {
  const given = invocation.flags.text('data-dir');
  return absolute(given === '' ? defaultDataDirectory(invocation.terminal.env) : given);
}

/** The format of a call. @throws CommandError naming what is allowed. */
export function outputOf(invocation: Invocation): 'wide' | 'json' | 'yaml' {
  const text = invocation.flags.text('output');
  if (text === 'wide' || text === 'json' || text === 'yaml') return text;
  throw new CommandError(`--output: found ${JSON.stringify(text)}, allowed are wide, json, yaml`);
}

/** Runs `work` with the log of a cluster that is not running. @throws CommandError in one sentence. */
export async function withStoppedCluster<T>(directory: string, work: (log: CommitLog) => Promise<T>): Promise<T> {
  let log: CommitLog | undefined;
  try {
    log = await openCommitLog(join(directory, 'cluster'));
    return await work(log);
  } catch (error) {
    if (error instanceof DataDirectoryLocked) throw new CommandError(`the cluster is running: ${error.message}`);
    if (error instanceof SnapshotError) throw new CommandError(error.message);
    throw error instanceof Error ? new CommandError(error.message) : error;
  } finally {
    await log?.close();
  }
}

/** Asks before something is lost. @throws CommandError when the answer is not yes, or nobody can be asked. */
export async function demandYes(invocation: Invocation, question: string): Promise<void> {
  if (invocation.flags.boolean('yes')) return;
  const { terminal } = invocation;
  if (!terminal.interactive) throw new CommandError(`${question} Add --yes to do it.`);
  terminal.out(`${question} Type yes to do it: `);
  for await (const line of terminal.inputLines?.() ?? []) {
    if (line?.trim() === 'yes') return;
    break;
  }
  throw new CommandError('nothing was done');
}
