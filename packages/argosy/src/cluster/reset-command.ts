import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command, Invocation } from '@argosy/cli';
import { dataDirectoryOf, dataFlag, demandYes, withStoppedCluster, yesFlag } from './place.ts';

/** What a reset takes away; keys, password and repositories stay. */
const ROOMS = ['cluster', 'node'];

async function run(invocation: Invocation): Promise<number> {
  const directory = dataDirectoryOf(invocation);
  const held = await withStoppedCluster(directory, async (log) => (await log.load()).records.length);
  await demandYes(invocation, `All ${held} objects in ${directory} and the files of their pods will be deleted.`);
  for (const room of ROOMS) await rm(join(directory, room), { recursive: true, force: true });
  invocation.terminal.out(`deleted ${held} objects\n`);
  return 0;
}

/** `argosy cluster reset`. */
export const resetCommand: Command = {
  name: 'reset',
  summary: 'Delete all objects of a stopped cluster',
  description: 'Deletes objects, logs and volumes. Certificates, the admin password and repositories stay.',
  example: 'argosy cluster reset\nargosy cluster reset --yes',
  flags: [dataFlag, yesFlag],
  args: { least: 0, most: 0 },
  run,
};
