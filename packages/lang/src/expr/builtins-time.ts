import { instant } from '@argosy/std';
import { parseGoDuration } from '../duration/index.ts';
import { GO_LAYOUTS, parseGoTime, UTC_ZONE, type GoZone } from '../gotime/index.ts';
import { text } from './builtins-text.ts';
import { fail } from './failure.ts';
import type { Frame } from './frame.ts';
import { GoDuration, GoLocation, GoTime, type ExprValue } from './values.ts';

type Builtin = (args: readonly ExprValue[], frame: Frame) => ExprValue;

/** The layouts that `date` tries when it gets none. */
const DATE_LAYOUTS: readonly string[] = [
  '2006-01-02',
  '15:04:05',
  '2006-01-02 15:04:05',
  GO_LAYOUTS.rfc3339,
  GO_LAYOUTS.rfc822,
  GO_LAYOUTS.rfc850,
  GO_LAYOUTS.rfc1123,
];

function loadZone(name: string, frame: Frame): GoZone {
  if (name === '' || name === 'UTC') return UTC_ZONE;
  const rules = frame.context.zones(name);
  if (rules === undefined) return fail(`unknown time zone ${name}`);
  return { name, at: (epochMs) => ({ offsetSeconds: Math.trunc(rules(instant(epochMs)) / 1000), abbreviation: '' }) };
}

function parseWith(layout: string, value: string, zone: GoZone): GoTime {
  const parsed = parseGoTime(layout, value, zone);
  return parsed.ok ? new GoTime(parsed.value.epochNs, parsed.value.zone) : fail(parsed.error);
}

function guessDate(value: string, zone: GoZone): GoTime {
  for (const layout of DATE_LAYOUTS) {
    const parsed = parseGoTime(layout, value, zone);
    if (parsed.ok) return new GoTime(parsed.value.epochNs, parsed.value.zone);
  }
  return fail(`invalid date ${value}`);
}

function date(args: readonly ExprValue[], frame: Frame): GoTime {
  const zoned = args[0] instanceof GoLocation ? args[0].zone : undefined;
  const [value, layout, zoneName] = zoned === undefined ? args : args.slice(1);
  if (layout === undefined) return guessDate(text(value), zoned ?? UTC_ZONE);
  const zone = zoneName === undefined ? (zoned ?? UTC_ZONE) : loadZone(text(zoneName), frame);
  return parseWith(text(layout), text(value), zone);
}

function duration(value: ExprValue): GoDuration {
  const parsed = parseGoDuration(text(value));
  return parsed.ok ? new GoDuration(parsed.value) : fail(parsed.error.message);
}

/** The functions of time. Zones and the present come from the context. */
export const TIME_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [
    'now',
    ([zone], frame) => {
      const ns = BigInt(Math.trunc(frame.context.now)) * 1_000_000n;
      return new GoTime(ns, zone instanceof GoLocation ? zone.zone : UTC_ZONE);
    },
  ],
  ['duration', ([value]) => duration(value)],
  ['date', date],
  ['timezone', ([name], frame) => new GoLocation(loadZone(text(name), frame))],
]);
