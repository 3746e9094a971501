import { daysFromCivil } from '@argosy/std';
import { SECOND_NS, wallClock, type GoZone, type ZonedTime } from './zone.ts';

/** What a wall clock is set to: seconds since 1970-01-01T00:00:00 as that clock counts them, and nanoseconds. */
export interface WallTime {
  readonly seconds: number;
  readonly nanosecond: number;
}

/** Go's time.Date: the instant at which the clocks of a zone show this. */
export function atWallTime({ seconds, nanosecond }: WallTime, zone: GoZone): ZonedTime {
  const guess = zone.at(seconds * 1000).offsetSeconds;
  const { offsetSeconds } = zone.at((seconds - guess) * 1000);
  return { epochNs: BigInt(seconds - offsetSeconds) * SECOND_NS + BigInt(nanosecond), zone };
}

/** Years, months and days to add; any may be negative. */
export interface DateSpan {
  readonly years: number;
  readonly months: number;
  readonly days: number;
}

/** Go's Time.AddDate: the same time of day on another date; days over the end of a month run into the next. */
export function addDate(time: ZonedTime, span: DateSpan): ZonedTime {
  const clock = wallClock(time);
  const months = clock.month - 1 + span.months;
  const year = clock.year + span.years + Math.floor(months / 12);
  const days = daysFromCivil(year, (((months % 12) + 12) % 12) + 1, 1) + clock.day - 1 + span.days;
  const seconds = days * 86_400 + clock.hour * 3600 + clock.minute * 60 + clock.second;
  return atWallTime({ seconds, nanosecond: clock.nanosecond }, time.zone);
}
