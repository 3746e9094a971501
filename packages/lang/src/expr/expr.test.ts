import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { instant, milliseconds } from '@argosy/std';
import { describe, expect, it } from 'vitest';
import {
  ANY,
  compileExpr,
  CONDITION_FUNCTIONS,
  createExprCache,
  environmentOf,
  evaluateExpr,
  EXPR_LIMIT_STEPS,
  formatExprError,
  formatValue,
  namesIn,
  requiredNamesIn,
  STRING,
  toJsonText,
  withSprig,
  type ExprFunction,
} from './index.ts';

const vars = {
  i: 7,
  f: 1.5,
  s: 'abc',
  null1: null,
  null2: {},
  any1: 1,
  any2: 'x',
  list: [3, 1, 2],
  o: { a: 1, list: ['x', 'y'], deep: { x: 'y' }, not: true },
  objects: [
    { name: 'a', n: 2 },
    { name: 'b', n: 3 },
    { name: 'c', n: 1 },
  ],
  missing: null,
  'with space': 1,
};

interface Case {
  readonly source: string;
  readonly expected: string;
  readonly failure: boolean;
}

function caseOf(line: string): Case {
  const [, source = '', arrow, expected = ''] = /^(.*?) (=>|!!) (.*)$/.exec(line) ?? [];
  return { source, expected, failure: arrow === '!!' };
}

const cases = readFileSync(join(import.meta.dirname, 'testdata/cases.txt'), 'utf8')
  .split('\n')
  .filter((line) => / (=>|!!) /.test(line))
  .map(caseOf);

function shown(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(formatValue(value));
  return toJsonText(value);
}

/** JSON as it is compared; long integers would lose digits in a number. */
const normal = (json: string): string => (/^-?\d{16,}$/.test(json) ? json : toJsonText(JSON.parse(json)));

function outcome(source: string): string {
  const found = evaluateExpr(source, vars);
  return found.ok ? shown(found.value) : (formatExprError(source, found.error).split('\n')[0] ?? '');
}

describe('expr', () => {
  it('gives what its documentation and tests state, case by case', () => {
    const wrong = cases.flatMap(({ source, expected, failure }) => {
      const found = outcome(source);
      return found === (failure ? expected : normal(expected)) ? [] : [{ source, expected, found }];
    });
    expect(cases.length).toBeGreaterThan(350);
    expect(wrong).toEqual([]);
  });

  it('points into the source with dots and a caret', () => {
    const source = 'o.a +\n\to.list + nope';
    const found = evaluateExpr(source, vars);
    expect(found.ok ? '' : formatExprError(source, found.error)).toBe(
      ['unknown name nope (2:11)', ' |  o.list + nope', ' | ..........^'].join('\n'),
    );
  });

  it('keeps ints and floats apart, also when they come out', () => {
    expect(evaluateExpr('[type(i), type(f), i / 7, i * 1.0]', vars)).toEqual({
      ok: true,
      value: ['int', 'float', 1, 7],
    });
    expect(evaluateExpr('9007199254740993', {})).toEqual({ ok: true, value: 9_007_199_254_740_993n });
    const program = compileExpr('result > 2 and result < 3.5');
    // A caller that passes numbers passes floats, as Go's JSON decoder makes them.
    expect(program.ok && program.value.run({ result: 3 })).toEqual({ ok: true, value: true });
  });

  it('knows unknown names only without an environment', () => {
    const program = compileExpr('nope?.x ?? "d"');
    expect(program.ok && program.value.run({})).toEqual({ ok: true, value: 'd' });
    expect(compileExpr('nope', { environment: environmentOf({}) })).toMatchObject({
      ok: false,
      error: { message: 'unknown name nope', line: 1, column: 1 },
    });
    expect(compileExpr('1 + 1', { expect: 'bool' })).toMatchObject({
      ok: false,
      error: { message: 'expected bool, but got int' },
    });
  });

  it('treats names of the prototype as plain names', () => {
    expect(evaluateExpr('o.__proto__ ?? o.constructor ?? o["toString"] ?? "none"', vars)).toEqual({
      ok: true,
      value: 'none',
    });
    expect(evaluateExpr('{"__proto__": {"x": 1}}.x ?? "none"', {})).toEqual({ ok: true, value: 'none' });
    expect(evaluateExpr('constructor', {})).toMatchObject({
      ok: false,
      error: { message: 'unknown name constructor' },
    });
    const own = JSON.parse('{"__proto__": 1, "constructor": {"name": "x"}}') as unknown;
    expect(evaluateExpr('[__proto__, constructor.name]', own)).toEqual({ ok: true, value: [1, 'x'] });
    expect(evaluateExpr('o.call()', { o: { call: 1, name: 'x' } })).toMatchObject({ ok: false });
  });

  it('takes functions of a table, nested tables included', () => {
    const trim: ExprFunction = {
      name: 'trim',
      parameters: [STRING],
      result: STRING,
      call: ([value]) => String(value).trim(),
    };
    const anything: ExprFunction = { name: 'anything', call: (args) => BigInt(args.length) };
    const functions = withSprig(
      new Map([
        ['trim', trim],
        ['anything', anything],
      ]),
    );
    const run = (source: string): unknown => {
      const program = compileExpr(source, { functions, environment: environmentOf({ x: ' a ' }) });
      const value = program.ok ? program.value.run({ x: ' a ' }) : program;
      return value.ok ? value.value : value.error.message;
    };
    expect(run('sprig.trim(x) + "!"')).toBe('a!');
    expect(run('sprig["trim"](x)')).toBe('unexpected token Bracket("(")');
    expect(run('sprig.anything(1, "a", nil)')).toBe(3n);
    expect(run('sprig.trim()')).toBe('reflect: Call with too few input arguments');
    expect(run('sprig.nope(1)')).toBe('reflect: call of reflect.Value.Call on zero Value');
    expect(run('map([x], sprig.trim(#))[0]')).toBe('a');
    expect(run('sprig()')).toBe('map[string]interface {} is not callable');
    expect(run('let s = [sprig, 1][0]; s()')).toBe('reflect: call of Call on map[interface {}]interface {} Value');
    expect(run('sprig.trim.call(1)')).toBe('cannot fetch call from func');
    expect(run('sprig.trim.name')).toBe('cannot fetch name from func');
    expect(run('x | asInt()')).toBe('strconv.ParseInt: parsing " a ": invalid syntax');
    expect(ANY.text).toBe('interface {}');
  });

  it('offers what conditions of analysis use', () => {
    const run = (source: string, result: unknown): unknown => {
      const environment = environmentOf({ result });
      const program = compileExpr(source, { functions: CONDITION_FUNCTIONS, environment });
      const value = program.ok ? program.value.run({ result }) : program;
      return value.ok ? value.value : value.error.message;
    };
    expect(run('len(result) > 0 && result[0] < 0.5', [0.2])).toBe(true);
    expect(run('default(result, 1) == 1', null)).toBe(true);
    expect(run('default(0, 1) == 3', 3)).toBe(true);
    expect(run('isNil(1)', null)).toBe(true);
    expect(run('isNaN(result)', Number.NaN)).toBe(true);
    expect(run('isInf(1 / 0) && !isInf(result)', 1)).toBe(true);
    expect(run('asInt(result) > 3', '5')).toBe(true);
    expect(run('asFloat(result[0])', [true])).toBe('asFloat() not supported on bool true');
    expect(run('isNaN(result[0])', ['x'])).toBe('reflect: Call using string as type float64');
  });

  it('lets the environment take over names of built-ins', () => {
    expect(evaluateExpr('len', { len: 5 })).toEqual({ ok: true, value: 5 });
    expect(evaluateExpr('::len(count)', { count: [1, 2] })).toEqual({ ok: true, value: 2 });
    expect(evaluateExpr('count(list)', { count: 1, list: [] })).toMatchObject({
      ok: false,
      error: { message: 'int is not callable' },
    });
  });

  it('takes time, zones and nothing else from the outside', () => {
    const program = compileExpr(
      'now().Format("2006-01-02T15:04:05Z07:00") + " " + string(date("2024-01-02 03:04", "2006-01-02 15:04", "Test/East"))',
    );
    const zones = (name: string): (() => number) | undefined => (name === 'Test/East' ? () => 7_200_000 : undefined);
    expect(program.ok && program.value.run({}, { now: instant(milliseconds(1_700_000_000_000)), zones })).toEqual({
      ok: true,
      value: '2023-11-14T22:13:20Z 2024-01-02 03:04:00 +0200 +0200',
    });
  });

  it('finds the names that an expression reads', () => {
    const program = compileExpr('let y = a.b; [y, c["d"].e, f.g ?? h, i?.j, map(k, #.l)]');
    if (!program.ok) throw new Error(program.error.message);
    expect(namesIn(program.value.tree)).toEqual([
      'a',
      'a.b',
      'y',
      'c',
      'c.d',
      'c.d.e',
      'f',
      'f.g',
      'h',
      'i',
      'i.j',
      'k',
    ]);
    expect(requiredNamesIn(program.value.tree)).toEqual(['a.b', 'c.d.e', 'h', 'k']);
  });

  it('compiles once for one kind of environment', () => {
    const cache = createExprCache(new Map(), 2);
    const first = cache.get('x + 1', { x: 1n });
    expect(cache.get('x + 1', { x: 2n })).toBe(first);
    expect(cache.get('x + 1', { x: 'a' })).toMatchObject({ ok: false });
    cache.get('1', {});
    expect(cache.get('x + 1', { x: 1n })).not.toBe(first);
  });

  it.each([
    { source: '1 '.repeat(60_000), limit: 'expression characters' },
    { source: `${'('.repeat(5000)}1${')'.repeat(5000)}`, limit: 'expression nesting' },
    { source: `1${' + 1'.repeat(4000)}`, limit: 'expression height' },
    { source: `${'!'.repeat(5000)}true`, limit: 'expression nesting' },
    { source: `o${'.a'.repeat(4000)}`, limit: 'expression height' },
    { source: 'all(1..900, all(big, all(big, # != 9)))', limit: 'expression steps' },
    {
      source: `let a = repeat("ab", 400000); ${Array.from({ length: 8 }, (_, at) => `let a${at} = a${at === 0 ? '' : at - 1} + a${at === 0 ? '' : at - 1}; `).join('')} a7`,
      limit: 'expression text characters',
    },
    { source: 'replace(repeat("a", 90000), "a", repeat("b", 90000))', limit: 'expression text characters' },
    { source: 'reduce(1..40, [#acc, #acc], [1])', limit: 'expression value nodes' },
    { source: 'string(reduce(1..40, [#acc, #acc], [1]))', limit: 'expression value nodes' },
    { source: 'mean(reduce(1..40, [#acc, #acc], [1]))', limit: 'expression steps' },
  ])('ends at its limit: $limit', ({ source, limit }) => {
    const found = evaluateExpr(source, { ...vars, big: Array.from({ length: 500 }, (_, at) => at * 10) });
    expect(found.ok ? undefined : found.error.limit).toBe(limit);
  });

  it('ends at the budgets of upstream', () => {
    const message = (source: string): string => {
      const found = evaluateExpr(source, vars);
      return found.ok ? '' : found.error.message;
    };
    expect(message(`[${'1,'.repeat(10_001)}]`)).toBe('compilation failed: expression exceeds maximum allowed nodes');
    expect(message('map(1..1000, 1..1000)')).toBe('memory budget exceeded');
    expect(message('"a" matches "(a+)+$"')).toBe('');
    expect(EXPR_LIMIT_STEPS).toBe(1_000_000);
  });

  it('answers anything with a value or a diagnostic', () => {
    const words =
      '1 2.5 "a" nil true i s o list objects missing ( ) [ ] { } . ?. ?? ? : , ; | # + - * / % ** .. == < in not and or matches let x = if else map filter len sum get split date now duration string toJSON sortBy groupBy "b" .a [0]';
    const piece = fc.constantFrom(...words.split(' '));
    const check = (text: string): void => {
      const found = evaluateExpr(text, vars);
      expect(found.ok || found.error.message.length > 0).toBe(true);
    };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => check(pieces.join(' '))),
      { numRuns: 2500 },
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), check), { numRuns: 1000 });
  });

  it('gives back any JSON that goes through toJSON and fromJSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const found = evaluateExpr('fromJSON(toJSON(v)) == v', { v: value });
        // Within a map an int is not equal to a float, and fromJSON makes floats.
        if (!/\d/.test(JSON.stringify(value))) expect(found).toEqual({ ok: true, value: true });
        const same = evaluateExpr('v', { v: value });
        const numbers = JSON.stringify(same, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item));
        expect(JSON.parse(numbers)).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) });
      }),
    );
  });
});
