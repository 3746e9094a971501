import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, formatValue, type Command, type Invocation } from '@argosy/cli';
import { readSnapshot, restoreSnapshot, saveSnapshot, SnapshotError, type SnapshotInfo } from '@argosy/cluster/disk';
import {
  absolute,
  dataDirectoryOf,
  dataFlag,
  demandYes,
  outputFlag,
  outputOf,
  withStoppedCluster,
  yesFlag,
} from './place.ts';

function tell(invocation: Invocation, verb: string, said: SnapshotInfo & { readonly file: string }): number {
  const format = outputOf(invocation);
  const { objects, resourceVersion, file } = said;
  const text = `${verb} ${objects} objects at version ${resourceVersion}: ${file}\n`;
  invocation.terminal.out(format === 'wide' ? text : formatValue(said, format));
  return 0;
}

const fileOf = (invocation: Invocation): string => absolute(invocation.args[0] ?? '');

async function save(invocation: Invocation): Promise<number> {
  const file = fileOf(invocation);
  const info = await withStoppedCluster(dataDirectoryOf(invocation), (log) => saveSnapshot(log, file));
  return tell(invocation, 'saved', { ...info, file });
}

async function restore(invocation: Invocation): Promise<number> {
  const file = fileOf(invocation);
  const directory = dataDirectoryOf(invocation);
  await readSnapshot(file).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(error instanceof SnapshotError ? `${file}: ${message}` : message);
  });
  const held = await withStoppedCluster(directory, async (log) => (await log.load()).records.length);
  if (held > 0) {
    await demandYes(invocation, `The cluster holds ${held} objects; they will be put aside.`);
    await rename(join(directory, 'cluster'), join(directory, `cluster-before-${Date.now()}`));
  }
  const info = await withStoppedCluster(directory, (log) => restoreSnapshot(log, file));
  return tell(invocation, 'restored', { ...info, file });
}

/** `argosy cluster snapshot`. */
export const snapshotCommand: Command = {
  name: 'snapshot',
  summary: 'Save all objects of a stopped cluster to a file, or bring them back',
  children: [
    {
      name: 'save',
      usage: 'save FILE',
      summary: 'Write all objects to a file (0600: it holds Secrets), and check it',
      example: 'argosy cluster snapshot save backup.snapshot',
      flags: [dataFlag, outputFlag],
      args: { least: 1, most: 1 },
      run: save,
    },
    {
      name: 'restore',
      usage: 'restore FILE',
      summary: 'Replace all objects by those of a file; the present ones are put aside',
      example: 'argosy cluster snapshot restore backup.snapshot --yes',
      flags: [dataFlag, outputFlag, yesFlag],
      args: { least: 1, most: 1 },
      run: restore,
    },
  ],
};
