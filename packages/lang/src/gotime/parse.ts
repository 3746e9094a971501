import { daysFromCivil, err, ok, type Result } from '@argosy/std';
import { atWallTime } from './date.ts';
import { layoutPieces } from './layout.ts';
import { emptyFields, readElement, readLiteral, type Fields } from './read.ts';
import { fixedZone, SECOND_NS, UTC_ZONE, type GoZone, type ZonedTime } from './zone.ts';

/** The bytes of a character; the lone surrogates U+DC80…U+DCFF stand for raw bytes, as in ../gofmt/utf8.ts. */
function bytesOf(char: string): Iterable<number> {
  const code = char.codePointAt(0) ?? 0;
  return code >= 0xdc80 && code <= 0xdcff ? [code - 0xdc00] : new TextEncoder().encode(char);
}

/** How the time package quotes in its errors: everything beyond ASCII and every control character by its bytes. */
function quoteTime(text: string): string {
  const parts = Array.from(text, (char) => {
    if (char >= ' ' && char < '\u0080') return char === '"' || char === '\\' ? `\\${char}` : char;
    return Array.from(bytesOf(char), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  });
  return `"${parts.join('')}"`;
}

const daysIn = (year: number, month: number): number =>
  daysFromCivil(month === 12 ? year + 1 : year, (month % 12) + 1, 1) - daysFromCivil(year, month, 1);

/** The month and day that a day of the year is. */
function monthAndDay(year: number, yearDay: number): { readonly month: number; readonly day: number } {
  let [month, day] = [1, yearDay];
  while (day > daysIn(year, month)) {
    day -= daysIn(year, month);
    month += 1;
  }
  return { month, day };
}

/** Turns a day of the year into month and day; they must agree with a month or day that is given as well. */
function fromYearDay(fields: Fields): Result<{ readonly month: number; readonly day: number }, string> {
  const { year, yearDay } = fields;
  if (yearDay < 1 || yearDay > 337 + daysIn(year, 2)) return err('day-of-year out of range');
  const named = monthAndDay(year, yearDay);
  if (fields.month >= 0 && fields.month !== named.month) return err('day-of-year does not match month');
  if (fields.day >= 0 && fields.day !== named.day) return err('day-of-year does not match day');
  return ok(named);
}

/** The days since the epoch that the fields name, or Go's words for why there is none. */
function dayOf(fields: Fields): Result<number, string> {
  const named = fields.yearDay >= 0 ? fromYearDay(fields) : ok(fields);
  if (!named.ok) return named;
  const month = Math.max(named.value.month, 1);
  const day = named.value.day < 0 ? 1 : named.value.day;
  if (day < 1 || day > daysIn(fields.year, month)) return err('day out of range');
  return ok(daysFromCivil(fields.year, month, day));
}

function hourOf(fields: Fields): number {
  if (fields.pm === true && fields.hour < 12) return fields.hour + 12;
  return fields.pm === false && fields.hour === 12 ? 0 : fields.hour;
}

/** `GMT+3` names its distance from UTC; the clock is read as UTC all the same. */
const hoursInName = (name: string): number => Number(/^GMT([-+][0-9]+)$/.exec(name)?.[1] ?? '0') * 3600;

function assemble(fields: Fields, days: number, zone: GoZone): ZonedTime {
  const wall = days * 86_400 + hourOf(fields) * 3600 + fields.minute * 60 + fields.second;
  const build = (offsetSeconds: number, place: GoZone): ZonedTime => {
    return { epochNs: BigInt(wall - offsetSeconds) * SECOND_NS + BigInt(fields.nanosecond), zone: place };
  };
  const { offsetSeconds, abbreviation } = fields;
  if (fields.utc) return build(0, UTC_ZONE);
  if (offsetSeconds !== undefined) {
    const there = zone.at((wall - offsetSeconds) * 1000);
    const same = there.offsetSeconds === offsetSeconds && (abbreviation === '' || abbreviation === there.abbreviation);
    return build(offsetSeconds, same ? zone : fixedZone(abbreviation, offsetSeconds));
  }
  // compat(lang-0215): an abbreviation that the zone does not know counts as UTC under that name.
  if (abbreviation !== '') return build(0, fixedZone(abbreviation, hoursInName(abbreviation)));
  return atWallTime({ seconds: wall, nanosecond: fields.nanosecond }, zone);
}

/**
 * Go's time.ParseInLocation: reads a time in a layout. `zone` counts where the text names none.
 * The error is Go's, in its words.
 */
export function parseGoTime(layout: string, value: string, zone: GoZone = UTC_ZONE): Result<ZonedTime, string> {
  const fields = emptyFields();
  const fault = (message: string): Result<ZonedTime, string> => err(`parsing time ${quoteTime(value)}${message}`);
  const misfit = (rest: string, piece: string): Result<ZonedTime, string> =>
    fault(` as ${quoteTime(layout)}: cannot parse ${quoteTime(rest)} as ${quoteTime(piece)}`);
  let text = value;
  const pieces = layoutPieces(layout);
  for (const [index, piece] of pieces.entries()) {
    if (piece.literal) {
      const read = readLiteral(piece.text, text);
      if (!read.isWhole) return misfit(read.rest, piece.text);
      text = read.rest;
      continue;
    }
    const rest = readElement(piece, pieces[index + 1], { text, fields });
    if (rest === undefined) return misfit(text, piece.text);
    if (fields.range !== '') return fault(`: ${fields.range} out of range`);
    text = rest;
  }
  if (text !== '') return fault(`: extra text: ${quoteTime(text)}`);
  const days = dayOf(fields);
  return days.ok ? ok(assemble(fields, days.value, zone)) : fault(`: ${days.error}`);
}
