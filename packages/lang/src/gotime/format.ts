import { layoutPieces, type LayoutPiece } from './layout.ts';
import { MONTHS, wallClock, WEEKDAYS, type WallClock, type ZonedTime } from './zone.ts';

const pad = (value: number, width: number, fill = '0'): string => String(value).padStart(width, fill);
const hour12 = (hour: number): number => hour % 12 || 12;
const fourDigits = (year: number): string => (year < 0 ? `-${pad(-year, 4)}` : pad(year, 4));

type Write = (clock: WallClock) => string;

const WRITERS: ReadonlyMap<string, Write> = new Map<string, Write>([
  ['January', (clock) => MONTHS[clock.month - 1] ?? ''],
  ['Jan', (clock) => (MONTHS[clock.month - 1] ?? '').slice(0, 3)],
  ['1', (clock) => String(clock.month)],
  ['01', (clock) => pad(clock.month, 2)],
  ['Monday', (clock) => WEEKDAYS[clock.weekday] ?? ''],
  ['Mon', (clock) => (WEEKDAYS[clock.weekday] ?? '').slice(0, 3)],
  ['2', (clock) => String(clock.day)],
  ['_2', (clock) => pad(clock.day, 2, ' ')],
  ['02', (clock) => pad(clock.day, 2)],
  ['__2', (clock) => pad(clock.yearDay, 3, ' ')],
  ['002', (clock) => pad(clock.yearDay, 3)],
  ['15', (clock) => pad(clock.hour, 2)],
  ['3', (clock) => String(hour12(clock.hour))],
  ['03', (clock) => pad(hour12(clock.hour), 2)],
  ['4', (clock) => String(clock.minute)],
  ['04', (clock) => pad(clock.minute, 2)],
  ['5', (clock) => String(clock.second)],
  ['05', (clock) => pad(clock.second, 2)],
  ['2006', (clock) => fourDigits(clock.year)],
  ['06', (clock) => pad(Math.abs(clock.year) % 100, 2)],
  ['PM', (clock) => (clock.hour >= 12 ? 'PM' : 'AM')],
  ['pm', (clock) => (clock.hour >= 12 ? 'pm' : 'am')],
  ['MST', (clock) => clock.abbreviation || offsetText(clock.offsetSeconds, '-0700')],
]);

/** The distance from UTC in one of the forms `-07`, `-0700`, `-07:00`, `-070000`, `-07:00:00`; with `Z`, zero is `Z`. */
function offsetText(offsetSeconds: number, form: string): string {
  if (form.startsWith('Z') && offsetSeconds === 0) return 'Z';
  const size = Math.abs(offsetSeconds);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((part) => pad(part, 2));
  const count = (form.replaceAll(':', '').length - 1) / 2;
  return (offsetSeconds < 0 ? '-' : '+') + parts.slice(0, count).join(form.includes(':') ? ':' : '');
}

/** At most nine digits, however many the layout has; with nines, none that are zero at the end. */
function fractionText(nanosecond: number, form: string): string {
  const digits = pad(nanosecond, 9).slice(0, form.length - 1);
  if (form.charAt(1) === '0') return form.charAt(0) + digits;
  const short = digits.replace(/0+$/, '');
  return short === '' ? '' : form.charAt(0) + short;
}

function pieceText(piece: LayoutPiece, clock: WallClock): string {
  if (piece.literal) return piece.text;
  const write = WRITERS.get(piece.text);
  if (write !== undefined) return write(clock);
  return /^[.,]/.test(piece.text)
    ? fractionText(clock.nanosecond, piece.text)
    : offsetText(clock.offsetSeconds, piece.text);
}

/** Go's Time.Format with a layout. */
export function formatGoTime(time: ZonedTime, layout: string): string {
  const clock = wallClock(time);
  return layoutPieces(layout)
    .map((piece) => pieceText(piece, clock))
    .join('');
}

/** Go's Time.String, without the monotonic reading. */
export function timeText(time: ZonedTime): string {
  return formatGoTime(time, '2006-01-02 15:04:05.999999999 -0700 MST');
}
