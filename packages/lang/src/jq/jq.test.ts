import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue, instant } from '@argosy/std';
import { JQ_LIMITS, JQ_NESTING_LIMIT, JQ_SOURCE_LIMIT_CHARACTERS, compileJq, evaluateJq } from './index.ts';

type Row = readonly [query: string, input: string, outputs: readonly string[], error?: string];

// Made by tools/oracles/jq with Debian's gojq 0.12.11.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as readonly Row[];

function trace(query: string, input: JsonValue): { readonly outputs: readonly string[]; readonly error?: string } {
  const program = compileJq(query);
  if (!program.ok) return { outputs: [], error: program.error.message };
  const { outputs, error } = program.value.trace(input, { now: instant(1_000_000_000_000) });
  return { outputs, ...(error === undefined ? {} : { error: error.message }) };
}

/** Where functions of numbers differ from Go's, they do so in the last digits only. */
const RELATIVE_ERROR = 4e-15;

function isClose(a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= RELATIVE_ERROR * Math.max(Math.abs(x), Math.abs(y), 1e-300);
}

function numbersClose(got: string, wanted: string): boolean {
  const number = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;
  if (got.replaceAll(number, '#') !== wanted.replaceAll(number, '#')) return false;
  const found = [...got.matchAll(number)];
  return [...wanted.matchAll(number)].every((match, at) => isClose(found[at]?.[0] ?? '', match[0]));
}

const decoded = (texts: readonly string[]): readonly string[] =>
  texts.map((text) => text.replaceAll('\\ufffd', '\ufffd'));

describe('golden table', () => {
  const results = golden.map((row) => {
    const [query, input, outputs, error] = row;
    const got = trace(query, JSON.parse(input) as JsonValue);
    const same = JSON.stringify(decoded(got.outputs)) === JSON.stringify(decoded(outputs)) && got.error === error;
    return { query, input, outputs, error, got, same };
  });

  it('gives what gojq gives, value for value and message for message', () => {
    expect(golden.length).toBeGreaterThan(10_000);
    const wrong = results
      .filter(({ same }) => !same)
      .filter(({ got, outputs, error }) => got.error !== error || !numbersClose(got.outputs.join(), outputs.join()));
    expect(wrong.map(({ same: _same, ...row }) => row)).toEqual([]);
  });

  it('differs in the last digit of a float in few rows', () => {
    const share = results.filter(({ same }) => !same).length / results.length;
    expect(share).toBeLessThan(0.005);
  });
});

function run(query: string, input: JsonValue = null): unknown {
  const result = evaluateJq(query, input);
  return result.ok ? result.value : result.error;
}

describe('beyond gojq 0.12.11', () => {
  const rows: readonly (readonly [string, string, JsonValue, unknown])[] = [
    ['abs of a negative number', '.[] | abs', [-1, 2.5, 0], [1, 2.5, 0]],
    ['toarray', '.[] | toarray', [1, [2]], [[1], [2]]],
    ['pick keeps paths', 'pick(.a.b, .c[1])', { a: { b: 1, x: 2 }, c: [1, 2, 3] }, [{ a: { b: 1 }, c: [null, 2] }]],
    ['trim cuts white space', '[trim, ltrim, rtrim]', ' \ta b\n ', [['a b', 'a b\n ', ' \ta b']]],
    ['add of a filter', 'add(.[].a)', [{ a: 1 }, { a: 2 }], [3]],
    ['skip', '[skip(2; .[])]', [1, 2, 3], [[3]]],
    ['base32 and back', '@base32 | ., @base32d', 'héllo', ['NDB2S3DMN4======', 'héllo']],
    ['uri and back', '@uri | @urid', 'a b/é', ['a b/é']],
    ['trimstr', 'trimstr("x")', 'xax', ['a']],
    ['have_literal_numbers', 'have_literal_numbers', null, [true]],
    ['if as a term with a suffix', 'if . then {a: 1} else . end.a', true, [1]],
    ['reduce as a term with a suffix', 'reduce .[] as $x ([]; . + [$x])[0]', [5, 6], [5]],
  ];
  it.each(rows)('%s', (...row) => {
    expect(run(row[1], row[2])).toEqual(row[3]);
  });
});

describe('keys from outside', () => {
  it('treats __proto__ and constructor as plain keys', () => {
    const input = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as JsonValue;
    expect(run('[.__proto__.x, .constructor, .toString, (keys | length)]', input)).toEqual([[1, 2, null, 2]]);
    const copies = compileJq('{__proto__: 1}, (.__proto__ = 5), with_entries(.), (. * {"__proto__": {"y": 2}})');
    expect(copies.ok).toBe(true);
    expect(Object.hasOwn({}, 'x')).toBe(false);
  });
});

describe('limits', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['an endless loop', 'def f: f; f', 'steps'],
    ['an endless generator', '[repeat(1)]', 'steps'],
    ['an endless range', 'range(infinite)', 'outputs'],
    ['recursion that is no tail call', 'def f: 1 + f; f', 'callDepth'],
    ['a string that doubles', 'reduce range(100) as $i ("ab"; . + .)', 'text'],
    ['a string repeated', '"abcdefgh" * 10000000', 'text'],
    ['an array that doubles', 'reduce range(100) as $i ([1]; . + .)', 'steps'],
    ['an index far away', '.[100000000] = 1', 'steps'],
    ['alternatives that pile up', 'def f: (., .) | f; f', 'alternatives'],
    ['nested quantifiers', '[range(1000)] | map("x" * 5000 | test("(x+x+)+y"))', 'steps'],
    ['an object that grows', 'reduce range(1000000) as $i ({}; .["k\\($i)"] = $i)', 'steps'],
    ['slices of slices', '[range(50000)] | until(length < 1; .[1:])', 'steps'],
    ['a value that shares its parts', 'reduce range(60) as $i (1; [., .])', 'steps'],
    ['shared parts compared', 'reduce range(60) as $i (1; [., .]) | . == .', 'steps'],
    ['shared parts as text', 'reduce range(60) as $i (1; [., .]) | tojson', 'steps'],
    ['values inside values', 'reduce range(55000) as $i (null; [.]) | tojson', 'nesting'],
  ];
  it.each(rows)('%s ends', (_reason, query, limit) => {
    const result = evaluateJq(query, null);
    expect(result).toMatchObject({ ok: false, error: { limit } });
  });

  it('bounds the source', () => {
    expect(compileJq('.'.repeat(JQ_SOURCE_LIMIT_CHARACTERS + 1))).toMatchObject({ error: { limit: 'source' } });
    const nested = '('.repeat(JQ_NESTING_LIMIT + 1);
    expect(compileJq(`${nested}1`)).toMatchObject({ error: { limit: 'nesting' } });
    expect(compileJq(`1${'+1'.repeat(30_000)}`)).toMatchObject({ error: { limit: 'nesting' } });
    expect(run(`.${' | .'.repeat(15_000)}`, 7)).toEqual([7]);
  });

  it('takes other limits from the caller', () => {
    const program = compileJq('range(10)');
    expect(program.ok && program.value.run(null, { limits: { outputs: 3 } })).toMatchObject({
      error: { limit: 'outputs', message: 'outputs is limited to 3' },
    });
    expect(JQ_LIMITS.outputs).toBeGreaterThan(1000);
  });
});

describe('diagnostics', () => {
  it('says where a program is broken', () => {
    expect(compileJq('.a |\n  foo(1)')).toMatchObject({
      error: { message: 'function not defined: foo/1', line: 2, column: 3 },
    });
    expect(compileJq('.a | ]')).toMatchObject({ error: { message: 'unexpected token "]"', line: 1, column: 6 } });
  });

  it('has no time unless the caller brings one', () => {
    expect(run('now')).toMatchObject({ message: 'now is not available here' });
  });
});

describe('properties', () => {
  const pieces = fc.constantFrom(
    ...'. .. .a .[ ] [] [0] | , ; : ( ) { } "a" "\\( " 1 -1 $x as reduce foreach if then else end try catch label $l break def f: = |= += // ?// ? + * == and or not map( path( select( limit( @base64 # \\ é'.split(
      ' ',
    ),
  );

  it('never throws, whatever the program', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), fc.jsonValue(), (parts, input) => {
        const program = compileJq(parts.join(' '));
        if (program.ok) program.value.run(input as JsonValue, { limits: { steps: 20_000 } });
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.string(), (source) => void compileJq(source)),
      { numRuns: 1000 },
    );
  });

  it('keeps every JSON value through text and stream and back', () => {
    const program = compileJq('., (tojson | fromjson), fromstream(tostream), (to_entries? | from_entries?)');
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 })), (input) => {
        const texts = program.ok ? program.value.print(input as JsonValue) : program;
        const distinct = texts.ok ? new Set(texts.value).size : -1;
        expect(distinct).toBe(1);
      }),
    );
  });
});

describe('the page docs/languages/jq.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/languages/jq.md'), 'utf8');
  const examples = [...page.matchAll(/```jq\n([\s\S]*?)```\n+```json\n([\s\S]*?)```\n+```json\n([\s\S]*?)```/g)];

  it('shows what the engine does', () => {
    expect(examples.length).toBeGreaterThan(4);
    for (const [, query = '', input = '', outputs = ''] of examples) {
      expect(trace(query, JSON.parse(input) as JsonValue)).toEqual({ outputs: outputs.trim().split('\n') });
    }
  });
});
