import { formatGoDuration } from '../duration/index.ts';
import { timeText, UTC_ZONE, type GoZone, type ZonedTime } from '../gotime/index.ts';
import { GoInteger, GoObject } from './values.ts';

/** A Go time.Time: nanoseconds since the epoch, seen in a zone. */
export class GoTime extends GoObject implements ZonedTime {
  override readonly type = 'time.Time';
  override readonly kind = 'struct';
  readonly epochNs: bigint;
  readonly zone: GoZone;

  constructor(epochNs: bigint, zone: GoZone = UTC_ZONE) {
    super();
    this.epochNs = epochNs;
    this.zone = zone;
  }

  override text(): string {
    return timeText(this);
  }
}

/** A Go time.Duration in nanoseconds; it prints as `1h30m0s`. */
export function goDuration(nanoseconds: bigint): GoInteger {
  return new GoInteger('int64', BigInt.asIntN(64, nanoseconds), { type: 'time.Duration', text: formatGoDuration });
}
