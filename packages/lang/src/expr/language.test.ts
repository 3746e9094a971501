import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ARGO_FUNCTIONS,
  compileExpr,
  environmentOf,
  formatFloat,
  fromJsonIntegers,
  type ExprValue,
  type GoRecord,
} from './index.ts';

// Made by tools/oracles/expr/language: the environment, then one expression a line with its value. `!c` stands for an
// expression that is refused before it runs, `!r` for one that fails while it runs; floats end with f.
const text = readFileSync(join(import.meta.dirname, 'testdata/language.txt'), 'utf8');
const [environment = '', ...rows] = text.trimEnd().split('\n');

interface Row {
  readonly source: string;
  readonly wanted: string;
  readonly found: string;
  readonly message: string;
}

/** A change between 1.8.9, which made the table, and the 1.17 that we follow. */
interface Change {
  readonly reason: string;
  readonly holds: (row: Row) => boolean;
  /** How many rows show it: a row more or less is a change of ours. */
  readonly rows: number;
}

const isError = (outcome: string): boolean => outcome.startsWith('!');
const among =
  (...sources: readonly string[]) =>
  ({ source }: Row): boolean =>
    sources.includes(source);

/** The value of two operands divided as floats. */
function quotient(source: string): string {
  const [left = '', right = ''] = source.split(' / ');
  const values = [left, right].map((part) => {
    const value = outcomeOf(part).outcome.replace(/f$/, '');
    return Number(value);
  });
  return `${formatFloat((values[0] ?? 0) / (values[1] ?? 0))}f`;
}

const numberIn = (outcome: string): number => Number(outcome.replace(/f$/, ''));

const CHANGES: readonly Change[] = [
  {
    reason: '/ always gives a float; 1.8.9 divided ints as ints and failed at zero',
    holds: ({ source, wanted, found }) =>
      /^\S+ \/ \S+$/.test(source) && (wanted === '!r' || /^-?\d+$/.test(wanted)) && found === quotient(source),
    rows: 68,
  },
  {
    reason: 'a minus sign binds weaker than **, so that -2 ** 2 is -4',
    holds: among('-2 ** 2', '-i ** 2', '((-(us[0].age) ** (1 / f)) - -((2 / f)))'),
    rows: 3,
  },
  {
    reason: 'a place below zero counts from the end',
    holds: ({ source, wanted, found }) => /\[(-1|-1:|:-1|-2:-1)\]/.test(source) && wanted === '!r' && !isError(found),
    rows: 43,
  },
  {
    reason: 'a range whose end lies before its begin is empty; 1.8.9 ran into an error of the Go runtime',
    holds: ({ source, wanted, found }) =>
      (/^\S+ \.\. \S+$/.test(source) || source.includes('3..1')) && wanted === '!r' && !isError(found),
    rows: 99,
  },
  {
    reason: 'a list of literals knows the type of its elements, and other types are refused before it runs',
    holds: ({ source, wanted, found, message }) =>
      !isError(wanted) &&
      found === '!c' &&
      /[[.]/.test(source) &&
      /^(cannot use .* as type .* in array|invalid operation: [=!]= \(mismatched types .* and .*\))$/.test(message),
    rows: 179,
  },
  {
    reason: 'there are comments',
    holds: among('1 // c', '1 /* c */ + 2'),
    rows: 2,
  },
  {
    reason: 'there is ?.',
    holds: among('o?.a', 'o.n?.x', 'o?.d?.e'),
    rows: 3,
  },
  {
    reason: 'not stands before every word operator',
    holds: among("s not matches 'x'", "s not contains 'x'", "s not startsWith 'x'"),
    rows: 3,
  },
  {
    reason: 'comparisons can be chained',
    holds: among('1 < 2 < 3', '2 < i < f'),
    rows: 2,
  },
  {
    reason: 'a literal text can be cut',
    holds: among('"日本"[1:]', "'abc'[1:2]"),
    rows: 2,
  },
  {
    reason: '$env is the whole environment, 0X begins a hexadecimal number, a built-in is a name as any other',
    holds: among('$env', '0X1f', 'len'),
    rows: 3,
  },
  {
    reason: 'lists are equal when their elements are, whatever Go type they have',
    holds: among('1..3 == [1, 2, 3]', '[1] == [1.0]'),
    rows: 2,
  },
  {
    reason: 'nil is in no map; 1.8.9 failed',
    holds: ({ source, wanted, found }) => source.startsWith('nil in (') && wanted === '!r' && found === 'false',
    rows: 2,
  },
  {
    reason: 'the bounds of a slice are not checked when what is cut is of no known type',
    holds: among('(o.c)[1.0:]'),
    rows: 1,
  },
  {
    reason: 'a text is compared with what a condition gave by its value; 1.8.9 took it for a text',
    holds: among('(t + w[0] + ("bc" + us[1].name)) == (us[0].ok ? nul : s + "bc" + "a")'),
    rows: 1,
  },
  {
    // No change of expr: Go computes e^x by machine instructions that round differently from processor to processor.
    reason: 'the last digit of a power with a fraction is that of the machine',
    holds: ({ source, wanted, found }) =>
      /\*\* (f|1\.5|m\[1\])$/.test(source) && Math.abs(numberIn(found) / numberIn(wanted) - 1) < 4e-16,
    rows: 4,
  },
];

function show(value: ExprValue): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return `${formatFloat(value)}f`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => show(item as ExprValue)).join(',')}]`;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const parts = entries.map(([key, item]) => `${JSON.stringify(String(key))}:${show(item as ExprValue)}`);
  return `{${parts.toSorted().join(',')}}`;
}

const variables = fromJsonIntegers(JSON.parse(environment)) as GoRecord;
const options = { functions: ARGO_FUNCTIONS, environment: environmentOf(variables) };

function outcomeOf(source: string): { readonly outcome: string; readonly message: string } {
  const program = compileExpr(source, options);
  if (!program.ok) return { outcome: '!c', message: program.error.message };
  const result = program.value.run(variables);
  return result.ok ? { outcome: show(result.value), message: '' } : { outcome: '!r', message: result.error.message };
}

/** The rows that come out otherwise; of errors only the fact counts, not when they are found. */
function differences(): readonly Row[] {
  return rows.flatMap((row) => {
    const [source = '', wanted = ''] = row.split('\t');
    const { outcome: found, message } = outcomeOf(source);
    return found === wanted || (isError(found) && isError(wanted)) ? [] : [{ source, wanted, found, message }];
  });
}

describe('the core of expr against 1.8.9', () => {
  it('gives the same, but for what has changed since', () => {
    const counts = new Map<Change, number>();
    const unexplained = differences().filter((row) => {
      const change = CHANGES.find(({ holds }) => holds(row));
      if (change !== undefined) counts.set(change, (counts.get(change) ?? 0) + 1);
      return change === undefined;
    });
    expect(rows.length).toBeGreaterThan(14_000);
    expect(unexplained).toEqual([]);
    for (const change of CHANGES) expect(counts.get(change), change.reason).toBe(change.rows);
  });
});

describe('predicates over a value of no known type', () => {
  const run = (source: string, value: ExprValue): string => {
    const of = { o: { value } };
    const program = compileExpr(source, { environment: environmentOf(of) });
    const result = program.ok ? program.value.run(of) : program;
    return result.ok ? show(result.value) : (result.error.limit ?? result.error.message);
  };

  it.each([
    ['map(o.value, {#})', 'é', '[195,169]', 'a text gives its bytes'],
    ['count(o.value, {true})', { a: 1n, b: 2n }, '2', 'a map can be counted'],
    ['filter(o.value, {true})', { a: 1n }, 'reflect: call of reflect.Value.Index on map Value', 'but not looked at'],
    ['any(o.value, {# == 1})', { a: 1n }, 'reflect: call of reflect.Value.Index on map Value', 'by no name'],
    ['all(o.value, {false})', {}, 'true', 'an empty map has nothing to look at'],
    ['all(o.value, {true})', 3n, 'reflect: call of reflect.Value.Len on int Value', 'a number has no length'],
    ['any(o.value, {true})', 'x'.repeat(1_000_001), 'expression steps', 'no list is made in vain'],
  ] as const)('%s', (...[source, value, wanted, reason]) => {
    expect(run(source, value), reason).toBe(wanted);
  });
});
