import { instant, type Instant } from '@argosy/std';
import { nextFire, type Schedule, type ZoneRules } from '@argosy/lang/cron';

/** More start times missed than this are told of by an event: the clock jumped, or nobody ran for long. */
export const MAX_MISSED_STARTS = 100;

/** A schedule in its zone. */
export interface ZonedSchedule {
  readonly schedule: Schedule;
  readonly zone: ZoneRules;
}

/** The start times between two moments, as far as a CronJob needs them. */
export interface MissedStarts {
  /** The latest start time that has come; absent when none has. */
  readonly latest?: Instant;
  /** True when more than `MAX_MISSED_STARTS` have come, by the distance of the first two. */
  readonly isTooMany: boolean;
}

/**
 * The start times after `since` up to `now`. The count is an estimate from the first two, so that a schedule of every
 * minute that nobody looked at for years costs no more than one that is on time (as upstream estimates it).
 */
export function missedStarts(zoned: ZonedSchedule, since: Instant, now: Instant): MissedStarts {
  const { schedule, zone } = zoned;
  const first = nextFire(schedule, since, zone);
  if (first === undefined || now < first) return { isTooMany: false };
  const second = nextFire(schedule, first, zone);
  if (second === undefined || now < second) return { latest: first, isTooMany: false };
  const distance = second - first;
  const count = Math.floor((now - first) / distance) + 1;
  // One step back: the distance may be longer or shorter where a clock changes.
  const from = instant(first + Math.max(0, count - 2) * distance);
  return {
    latest: lastFrom(zoned, { from, now }) ?? denseLast(zoned, first, now),
    isTooMany: count > MAX_MISSED_STARTS,
  };
}

function lastFrom(zoned: ZonedSchedule, span: { readonly from: Instant; readonly now: Instant }): Instant | undefined {
  let latest: Instant | undefined;
  let at = nextFire(zoned.schedule, span.from, zoned.zone);
  for (let steps = 0; at !== undefined && at <= span.now && steps < MAX_STEPS; steps += 1) {
    latest = at;
    at = nextFire(zoned.schedule, at, zoned.zone);
  }
  return latest;
}

/** Start times that are walked through one by one at most: a distance that was much too long to estimate by. */
const MAX_STEPS = 10_000;

/** The first two were closer together than the rest: looks from ever further back until a start time is found. */
function denseLast(zoned: ZonedSchedule, first: Instant, now: Instant): Instant {
  for (let back = 3_600_000; now - back > first; back *= 2) {
    const found = lastFrom(zoned, { from: instant(now - back), now });
    if (found !== undefined) return found;
  }
  return lastFrom(zoned, { from: first, now }) ?? first;
}
