// A process that writes until it is killed; the crash test starts it and reads what it acknowledged.
import { openCommitLog } from './open-commit-log.ts';

const directory = process.argv[2] ?? '';
const first = Number(process.argv[3] ?? '1');

async function writeForever(): Promise<void> {
  const log = await openCommitLog(directory);
  let version = first;
  const write = async (): Promise<void> => {
    for (;;) {
      const mine = (version += 1);
      const text = `value ${mine}`;
      const pair = [`/crash/n/a${mine}`, `/crash/n/b${mine}`];
      await log.append(pair.map((key) => ({ key, resourceVersion: mine, bytes: Buffer.from(text) })));
      // One synchronous write a line: what the parent reads was acknowledged before.
      process.stdout.write(`${mine}\n`);
    }
  };
  await Promise.all([write(), write(), write(), write()]);
}

await writeForever();
