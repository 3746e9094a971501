import type { CommitLog, CommitRecord } from '../apiserver/index.ts';
import { CommitError } from '../disk/index.ts';

/** A log without a disk, for tests and simulation. What was appended can be loaded again, as after a restart. */
export interface InMemoryCommitLog extends CommitLog {
  /** Makes every append fail with this error until it is called with `undefined`. */
  refuse(error: Error | undefined): void;
  /** Makes appends wait until the answer is called; for tests of what is visible meanwhile. */
  hold(): () => void;
  /** How many appends succeeded. */
  appendCount(): number;
}

/** Builds an empty log. */
export function inMemoryCommitLog(): InMemoryCommitLog {
  const records = new Map<string, CommitRecord>();
  let resourceVersion = 0;
  let refusal: Error | undefined;
  let gate: Promise<void> | undefined;
  let appends = 0;
  let closed = false;
  return {
    load: () => Promise.resolve({ resourceVersion, records: [...records.values()] }),
    append: async (batch) => {
      await gate;
      if (closed) throw new CommitError('closed', 'the log is closed');
      if (refusal !== undefined) throw refusal;
      for (const record of batch) {
        resourceVersion = Math.max(resourceVersion, record.resourceVersion);
        if (record.bytes === undefined) records.delete(record.key);
        else records.set(record.key, record);
      }
      appends += 1;
    },
    close: () => {
      closed = true;
      return Promise.resolve();
    },
    refuse: (error) => {
      refusal = error;
    },
    hold: () => {
      let release = (): void => undefined;
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return () => {
        gate = undefined;
        release();
      };
    },
    appendCount: () => appends,
  };
}
