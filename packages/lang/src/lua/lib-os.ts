import { civilTime, daysFromCivil, instant, type CivilTime } from '@argosy/std';
import { MONTHS, WEEKDAYS } from '../gotime/index.ts';
import { checkNumber, checkTable, checkText } from './arguments.ts';
import type { Library } from './lib-base.ts';
import { rawSet } from './operations.ts';
import type { Run } from './run.ts';
import type { LuaTable, LuaValue } from './value.ts';

type Arguments = readonly LuaValue[];

const two = (value: number): string => String(value).padStart(2, '0');
const clock = (t: CivilTime): string => `${two(t.hour)}:${two(t.minute)}:${two(t.second)}`;
const twelve = (t: CivilTime): number => (t.hour % 12 === 0 ? 12 : t.hour % 12);

/** Letters of `os.date`; times are UTC. */
const DATE_FIELDS: ReadonlyMap<string, (t: CivilTime) => string> = new Map<string, (t: CivilTime) => string>([
  // compat(lang-0508): %a prints `mon` whatever the day, %x swaps its fields: gopher-lua's layouts say so.
  ['a', () => 'mon'],
  ['A', (t) => WEEKDAYS[t.weekday] ?? ''],
  ['b', (t) => (MONTHS[t.month - 1] ?? '').slice(0, 3)],
  ['B', (t) => MONTHS[t.month - 1] ?? ''],
  [
    'c',
    (t) => {
      const month = (MONTHS[t.month - 1] ?? '').slice(0, 3);
      return `${two(t.day)} ${month} ${two(t.year % 100)} ${two(t.hour)}:${two(t.minute)} UTC`;
    },
  ],
  ['d', (t) => two(t.day)],
  ['F', (t) => `${String(t.year).padStart(4, '0')}-${two(t.month)}-${two(t.day)}`],
  ['H', (t) => two(t.hour)],
  ['I', (t) => two(twelve(t))],
  ['m', (t) => two(t.month)],
  ['M', (t) => two(t.minute)],
  ['p', (t) => (t.hour < 12 ? 'AM' : 'PM')],
  ['P', (t) => (t.hour < 12 ? 'am' : 'pm')],
  ['S', (t) => two(t.second)],
  ['w', (t) => String(t.weekday)],
  ['x', (t) => `${two(t.hour)}/${two(t.minute)}/${two(t.second)}`],
  ['X', clock],
  ['y', (t) => two(t.year % 100)],
  ['Y', (t) => String(t.year).padStart(4, '0')],
  ['z', () => '+0000'],
  ['Z', () => 'UTC'],
]);

function formatDate(format: string, time: CivilTime): string {
  return format.replaceAll(/%([\s\S])/g, (whole, letter: string) => {
    return letter === '%' ? '%' : (DATE_FIELDS.get(letter)?.(time) ?? whole);
  });
}

function dateTable(run: Run, time: CivilTime): LuaTable {
  const table = run.table();
  const fields: [string, LuaValue][] = [
    ['year', time.year],
    ['month', time.month],
    ['day', time.day],
    ['hour', time.hour],
    ['min', time.minute],
    ['sec', time.second],
    ['wday', time.weekday + 1],
    // compat(lang-0509): the day of the year is always 0.
    ['yday', 0],
    ['isdst', false],
  ];
  for (const [key, value] of fields) rawSet(run, { table, key }, value);
  return table;
}

/** Seconds beyond which a date is refused: about a quarter of a million years. */
const DATE_LIMIT_SECONDS = 8e12;

function date(run: Run, args: Arguments): Arguments {
  run.spend(50);
  const given = args[0] === undefined ? '%c' : checkText(run, args, { at: 0, name: 'date' });
  const format = given.replace(/^!+/, '');
  const epochMs = args[1] === undefined ? run.env.now : checkNumber(run, args, { at: 1, name: 'date' }) * 1000;
  if (!(Math.abs(epochMs) <= DATE_LIMIT_SECONDS * 1000)) throw run.failure('date out of range');
  const time = civilTime(instant(Math.floor(epochMs)));
  if (format.startsWith('*t')) return [dateTable(run, time)];
  const text = formatDate(format, time);
  run.allocateText(text.length);
  return [text];
}

function field(table: LuaTable, key: string, otherwise: number): number {
  const value = table.get(key);
  return typeof value === 'number' && Math.abs(value) <= DATE_LIMIT_SECONDS ? Math.trunc(value) : otherwise;
}

function time(run: Run, args: Arguments): Arguments {
  if (args.length === 0) return [Math.floor(run.env.now / 1000)];
  const table = checkTable(run, args, { at: 0, name: 'time' });
  const months = field(table, 'month', -1) - 1;
  const year = field(table, 'year', -1) + Math.floor(months / 12);
  const days = daysFromCivil(year, (((months % 12) + 12) % 12) + 1, 1) + field(table, 'day', -1) - 1;
  const minutes = days * 1440 + field(table, 'hour', 12) * 60 + field(table, 'min', 0);
  return [minutes * 60 + field(table, 'sec', 0)];
}

/** The safe part of `os`: the time, which is the caller's `now`, and dates in UTC. */
export const OS: Library = { date, time };
