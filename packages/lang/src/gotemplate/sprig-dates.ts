import { formatGoDuration, parseGoDuration } from '../duration/index.ts';
import type { TimeZones } from '../cron/index.ts';
import { GoInteger, GoTime, integerOf, parseGoInt, type GoValue } from '../gofmt/index.ts';
import { formatGoTime, parseGoTime, SECOND_NS, UTC_ZONE, ZERO_TIME_NS, type GoZone } from '../gotime/index.ts';
import { instant, type Instant } from '@argosy/std';
import { failCall, goFunction, type FunctionBody, type FunctionContext } from './function.ts';
import { timeOf, unixSeconds } from './time-methods.ts';
import type { Entry } from './sprig-strings.ts';

/** Where sprig's dates find zones, and which one is local. */
export interface DateOptions {
  /** IANA names; UTC is always known. */
  readonly timeZones?: TimeZones;
  /** The short name of a zone at an instant, such as `EST`; the distance from UTC is shown when there is none. */
  readonly zoneAbbreviation?: (name: string, at: Instant) => string | undefined;
  /** The IANA name of the local zone; UTC when not given. */
  readonly localZone?: string;
}

const MS_NS = 1_000_000n;

function zoneByName(options: DateOptions, name: string): GoZone | undefined {
  if (name === '' || name === 'UTC') return UTC_ZONE;
  if (name === 'Local') return zoneByName(options, options.localZone ?? 'UTC') ?? UTC_ZONE;
  const rules = options.timeZones?.(name);
  if (rules === undefined) return undefined;
  const at = (epochMs: number): { offsetSeconds: number; abbreviation: string } => ({
    offsetSeconds: rules(instant(epochMs)) / 1000,
    abbreviation: options.zoneAbbreviation?.(name, instant(epochMs)) ?? '',
  });
  return { name, at };
}

const nowNs = (context: FunctionContext): bigint => BigInt(context.env.now) * MS_NS;

/** Nanoseconds of a time, or of a number of seconds; now for everything else. */
function instantOf(value: GoValue, types: readonly string[], context: FunctionContext): bigint {
  if (value instanceof GoTime) return value.epochNs;
  const seconds = integerOf(value);
  const fits = typeof value === 'bigint' || (value instanceof GoInteger && types.includes(value.type));
  return seconds !== undefined && fits ? seconds * SECOND_NS : nowNs(context);
}

function formatIn(
  options: DateOptions,
  zone: string,
): (layout: string, date: GoValue, context: FunctionContext) => string {
  const place = zoneByName(options, zone) ?? UTC_ZONE;
  return (layout, date, context) =>
    formatGoTime({ epochNs: instantOf(date, ['int64', 'int32'], context), zone: place }, layout);
}

/** Rounds half away from zero to whole seconds, as Duration.Round does. */
function roundSeconds(span: bigint): bigint {
  const size = span < 0n ? -span : span;
  const rounded = ((size + SECOND_NS / 2n) / SECOND_NS) * SECOND_NS;
  return span < 0n ? -rounded : rounded;
}

const ago: FunctionBody = ([date], context) =>
  formatGoDuration(roundSeconds(nowNs(context) - instantOf(date, ['int64'], context)));

const duration: FunctionBody = ([value]) => {
  let seconds = 0n;
  if (typeof value === 'string') {
    const parsed = parseGoInt(value, 10);
    seconds = typeof parsed === 'bigint' ? parsed : 0n;
  } else if (value instanceof GoInteger && value.type === 'int64') seconds = value.value;
  return formatGoDuration(BigInt.asIntN(64, seconds * SECOND_NS));
};

const HOUR_NS = 3600n * SECOND_NS;
const UNITS: readonly (readonly [bigint, string])[] = [
  [HOUR_NS * 24n * 365n, 'y'],
  [HOUR_NS * 24n * 30n, 'mo'],
  [HOUR_NS * 24n, 'd'],
  [HOUR_NS, 'h'],
  [60n * SECOND_NS, 'm'],
  [SECOND_NS, 's'],
];

function spanOf(value: GoValue, context: FunctionContext): bigint {
  if (typeof value === 'string') {
    const parsed = parseGoDuration(value);
    return parsed.ok ? parsed.value : 0n;
  }
  if (value instanceof GoTime) return nowNs(context) - value.epochNs;
  return value instanceof GoInteger && value.type === 'int64' ? value.value : 0n;
}

const durationRound: FunctionBody = ([value], context) => {
  const span = spanOf(value, context);
  const size = span < 0n ? -span : span;
  const unit = UNITS.find(([length]) => size > length);
  return unit === undefined ? '0s' : `${size / unit[0]}${unit[1]}`;
};

function modified(must: boolean): FunctionBody {
  return ([text, date]) => {
    const time = timeOf(date);
    const span = parseGoDuration(String(text));
    if (span.ok) return new GoTime(time.epochNs + span.value, time.zone);
    return must ? failCall(span.error.message) : time;
  };
}

function parsing(must: boolean, zone: GoZone): FunctionBody {
  return ([layout, text]) => {
    const parsed = parseGoTime(String(layout), String(text), zone);
    if (parsed.ok) return new GoTime(parsed.value.epochNs, parsed.value.zone);
    return must ? failCall(parsed.error) : new GoTime(ZERO_TIME_NS);
  };
}

/** sprig's functions over dates. `now` comes from the environment. */
export function dateFunctions(options: DateOptions): readonly Entry[] {
  const local = zoneByName(options, 'Local') ?? UTC_ZONE;
  const inLocal = formatIn(options, 'Local');
  const inZone: FunctionBody = ([layout, date, zone], context) =>
    formatIn(options, String(zone))(String(layout), date, context);
  return [
    ['now', goFunction('', (_args, context) => new GoTime(nowNs(context), local))],
    ['date', goFunction('string, any', ([layout, date], context) => inLocal(String(layout), date, context))],
    ['dateInZone', goFunction('string, any, string', inZone)],
    ['date_in_zone', goFunction('string, any, string', inZone)],
    ['htmlDate', goFunction('any', ([date], context) => inLocal('2006-01-02', date, context))],
    [
      'htmlDateInZone',
      goFunction('any, string', ([date, zone], context) => inZone(['2006-01-02', date, zone], context)),
    ],
    ['dateModify', goFunction('string, time', modified(false))],
    ['date_modify', goFunction('string, time', modified(false))],
    ['mustDateModify', goFunction('string, time', modified(true))],
    ['must_date_modify', goFunction('string, time', modified(true))],
    ['ago', goFunction('any', ago)],
    ['duration', goFunction('any', duration)],
    ['durationRound', goFunction('any', durationRound)],
    ['toDate', goFunction('string, string', parsing(false, local))],
    ['mustToDate', goFunction('string, string', parsing(true, local))],
    ['unixEpoch', goFunction('time', ([date]) => String(unixSeconds(timeOf(date))))],
  ];
}
