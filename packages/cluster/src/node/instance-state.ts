import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { instant, isObject } from '@argosy/std';
import type { InstanceSeen } from './plan-types.ts';

/** What is kept on disk of an instance: enough to adopt it, or to tell how it ended, after the agent was killed. */
export interface InstanceRecord {
  readonly id: string;
  readonly mode: 'bwrap' | 'unshare' | 'process';
  readonly bootId: string;
  readonly keeperPid: number;
  readonly keeperTicks?: number;
  readonly startedAt: number;
  readonly terminationPolicy: string;
  readonly memoryLimitBytes?: number;
  /** Set when it runs on a terminal. */
  readonly tty?: boolean;
  /** Set when it has stdin. */
  readonly stdin?: 'open' | 'once';
  /** For commands run inside later; holds the container's environment, hence mode 0600. */
  readonly env: readonly (readonly [string, string])[];
  readonly ended?: {
    readonly finishedAt: number;
    readonly exitCode: number;
    readonly reason?: string;
    readonly message?: string;
  };
}

/** Writes the record in one step: a reader sees the old one or the new one. */
export function writeRecord(path: string, record: InstanceRecord): void {
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Reads a record; `undefined` when there is none or it cannot be understood. */
export function readRecord(path: string): InstanceRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // The agent was killed before the first write: there is no record, and its caller says what that means.
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const isWhole =
    typeof value['id'] === 'string' && typeof value['keeperPid'] === 'number' && Array.isArray(value['env']);
  return isWhole ? (value as unknown as InstanceRecord) : undefined;
}

/** The instance that a record tells of, in the planner's words. */
export function seenFromRecord(record: InstanceRecord, attempt: number): InstanceSeen {
  const base = { attempt, id: `${record.mode}://${record.id}`, startedAt: instant(record.startedAt) };
  if (record.ended === undefined) return { ...base, state: 'running' };
  const { finishedAt, exitCode, reason, message } = record.ended;
  return {
    ...base,
    state: 'exited',
    finishedAt: instant(finishedAt),
    exitCode,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}
