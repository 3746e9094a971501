/** Why a log refused a batch or could not be opened. */
export type CommitFailure = 'disk-full' | 'read-only' | 'corrupt' | 'too-new' | 'closed' | 'failed';

/** A refused batch, of which nothing was kept, or a data directory that cannot be opened. */
export class CommitError extends Error {
  override readonly name: string = 'CommitError';
  readonly failure: CommitFailure;

  constructor(failure: CommitFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** Another process works on the data directory. `pid` is 0 when it did not say. */
export class DataDirectoryLocked extends Error {
  override readonly name = 'DataDirectoryLocked';
  readonly pid: number;

  constructor(directory: string, pid: number) {
    const who = pid === 0 ? 'another process' : `process ${pid}`;
    super(`the data directory ${directory} is in use by ${who}; stop it or choose another directory`);
    this.pid = pid;
  }
}
