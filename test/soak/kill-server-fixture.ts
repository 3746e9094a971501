// A whole embedded cluster on disk that serves until it is killed, and saves snapshots meanwhile. Its first line of
// output says where it listens. The soak of kills bundles and starts it: `kill-rounds.ts`.
import { join } from 'node:path';
import { openCommitLog, saveSnapshot } from '@argosy/cluster/disk';
import { openWire } from '../wire/open-wire.ts';

/** Few, so that watches that fall behind are refused within a round. */
const HISTORY_EVENTS = 200;
/** Between two snapshots, so that writes get their turn of the disk. */
const SNAPSHOT_PAUSE_MS = 30;

const directory = process.argv[2] ?? '';
const log = await openCommitLog(join(directory, 'cluster'));
const wire = await openWire({ directory, log, historyEventCount: HISTORY_EVENTS });
const answer = { url: wire.url, token: wire.adminToken, authority: wire.authority.certificate };
process.stdout.write(`${JSON.stringify(answer)}\n`);
const save = async (): Promise<void> => {
  await saveSnapshot(log, join(directory, 'saved.snapshot'));
  setTimeout(() => void save(), SNAPSHOT_PAUSE_MS);
};
await save();
