import type { Clock, Instant, Timer } from '@argosy/std';
import type { UserInfo } from '@argosy/kube/port';
import type { Authorizer, ControlPlane } from '../apiserver/index.ts';
import { inMemoryCommitLog, type InMemoryCommitLog } from './in-memory-commit-log.ts';
import { openControlPlane, type ControlPlaneOptions } from './open-control-plane.ts';

/** A clock that moves only when told to; due wake-ups run in (at, sequence) order. */
export interface StepClock extends Clock {
  advanceTo(at: Instant): void;
}

interface Pending {
  readonly at: Instant;
  readonly sequence: number;
  readonly wake: () => void;
}

/** Builds a clock that stands at `start`. */
export function stepClock(start: Instant): StepClock {
  let now = start;
  let sequence = 0;
  let pending: Pending[] = [];
  const schedule = (at: Instant, wake: () => void): Timer => {
    const entry = { at, sequence: (sequence += 1), wake };
    pending.push(entry);
    return { cancel: () => void (pending = pending.filter((item) => item !== entry)) };
  };
  return {
    now: () => now,
    schedule,
    advanceTo: (at) => {
      for (;;) {
        const due = pending.filter((item) => item.at <= at).sort((a, b) => a.at - b.at || a.sequence - b.sequence)[0];
        if (due === undefined) break;
        pending = pending.filter((item) => item !== due);
        now = due.at > now ? due.at : now;
        due.wake();
      }
      now = at;
    },
  };
}

/** Counts up as UUIDs, so that runs repeat. */
export function countingUids(): () => string {
  let count = 0;
  return () => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`;
}

/** Everybody in system:masters may do everything, nobody else anything. */
export const mastersOnly: Authorizer = {
  authorize: (user) => ({ allowed: user.groups.includes('system:masters'), reason: '' }),
};

/** The user that may do everything. */
export const admin: UserInfo = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

/** A plane in memory with its clock and log. */
export interface TestPlane {
  readonly plane: ControlPlane;
  readonly clock: StepClock;
  readonly log: InMemoryCommitLog;
}

/** Opens a plane in memory at 2026-01-01T00:00:00Z. */
export async function openTestPlane(options: Partial<ControlPlaneOptions> = {}): Promise<TestPlane> {
  const clock = stepClock(1_767_225_600_000 as Instant);
  const log = inMemoryCommitLog();
  const plane = await openControlPlane({ log, clock, authorizer: mastersOnly, newUid: countingUids(), ...options });
  return { plane, clock, log };
}
