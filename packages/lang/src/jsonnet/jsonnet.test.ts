import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '@argosy/std';
import {
  compileJsonnet,
  evaluateJsonnet,
  formatJsonnetJson,
  formatJsonnetMulti,
  formatJsonnetString,
  formatJsonnetYamlStream,
  LIBRARY_NAMES,
  type JsonnetLimits,
} from './index.ts';

/** The value, or the first line of the message. */
function outcome(source: string, limits: Partial<JsonnetLimits> = {}): JsonValue {
  const program = compileJsonnet(source, { limits });
  const result = program.ok ? program.value.run() : program;
  return result.ok ? result.value : (result.error.message.split('\n')[0] ?? '');
}

function limitOf(source: string, limits: Partial<JsonnetLimits> = {}): string | undefined {
  const program = compileJsonnet(source, { limits });
  const result = program.ok ? program.value.run() : program;
  return result.ok ? undefined : result.error.limit;
}

describe('jsonnet values', () => {
  // Functions that came after the versions of the golden table; expected values from the public library reference.
  it.each<readonly [string, JsonValue, string]>([
    ['std.avg([1, 2, 3])', 2, 'mean'],
    ['std.avg([])', 'RUNTIME ERROR: Cannot calculate average of an empty array.', 'no mean of nothing'],
    ['std.minArray([3, 1, 2])', 1, 'least'],
    ['std.maxArray(["a", "bbb", "cc"], keyF=std.length)', 'bbb', 'by key'],
    ['std.maxArray([], onEmpty="none")', 'none', 'what is given for none'],
    ['std.minArray([1], onEmpty=error "unused")', 1, 'onEmpty is lazy'],
    ['std.contains([1, 2], 2)', true, 'member'],
    ['std.remove([1, 2, 1], 1)', [2, 1], 'only the first'],
    ['std.removeAt([1, 2, 3], 1)', [1, 3], 'by index'],
    ['std.removeAt([1, 2, 3], -1)', 'RUNTIME ERROR: Index -1 out of bounds, not within [0, 3)', 'no place'],
    ['std.flattenDeepArray([[1, 2], [3, [4, [[5]]]]])', [1, 2, 3, 4, 5], 'all levels'],
    ['std.objectRemoveKey({ a: 1, b: self.a }, "b")', { a: 1 }, 'field taken away'],
    ['std.objectRemoveKey({ a: 1, b: self.a }, "c") + { a: 2 }', { a: 2, b: 2 }, 'still inherits'],
    ['std.trim("  a b\\n\\t ")', 'a b', 'white space'],
    ['std.equalsIgnoreCase("FoO", "fOo")', true, 'ASCII case'],
    ['std.sha1("abc")', 'a9993e364706816aba3e25717850c26c9cd0d89d', 'FIPS 180'],
    ['std.substr(std.sha512("abc"), 0, 16)', 'ddaf35a193617aba', 'FIPS 180'],
    ['std.substr(std.sha3("abc"), 0, 16)', 'b751850b1a57168a', 'FIPS 202'],
    ['std.sha256("abc")', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'FIPS 180'],
    ['[std.isEven(2), std.isOdd(3), std.isInteger(1.5), std.isDecimal(1.5)]', [true, true, false, true], 'predicates'],
    ['std.log2(8)', 3, 'binary'],
    ['std.log10(1000)', 3, 'decimal'],
    ['std.hypot(3, 4)', 5, 'length'],
    ['[1, 2, 3, 4][-2:]', [3, 4], 'from the end'],
    ['"hello"[:-1]', 'hell', 'from the end'],
    ['std.length(function(a, b=1) a)', 1, 'only parameters without a default'],
    ['|||-\n  a\n|||', 'a', 'chomped text block'],
    ['std.base64("é")', 'w6k=', 'UTF-8'],
    ['std.parseYaml("---\\na: 1\\n---\\n- 2\\n")', [{ a: 1 }, [2]], 'stream'],
    ['std.parseJson("{}") == {}', true, 'empty'],
  ])('%s', (source, expected, reason) => {
    expect(outcome(source), reason).toEqual(expected);
  });

  it('treats names of JavaScript objects as plain names', () => {
    const source =
      '{ ["__proto__"]: 1, constructor: 2, toString: 3 } { valueOf: std.objectHas(self, "hasOwnProperty") }';
    const program = compileJsonnet(source);
    const result = program.ok ? program.value.run() : program;
    expect(result.ok && formatJsonnetJson(result.value)).toBe(
      '{\n   "__proto__": 1,\n   "constructor": 2,\n   "toString": 3,\n   "valueOf": false\n}\n',
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(outcome('std.mergePatch({}, std.parseJson(\'{"__proto__": {"polluted": 1}}\')).polluted')).toContain(
      'Field does not exist',
    );
  });

  it('names the place, the message and what asked for it', () => {
    const program = compileJsonnet('local f(x) = error "no " + x;\n{ a: f("way") }', { fileName: 'app.jsonnet' });
    const result = program.ok ? program.value.run() : program;
    expect(result.ok ? undefined : result.error).toEqual({
      message:
        'RUNTIME ERROR: no way\n\tapp.jsonnet:1:14-29\tfunction <f>\n\tapp.jsonnet:2:6-14\tobject <anonymous>\n\tDuring manifestation',
      line: 1,
      column: 14,
    });
    const wrong = compileJsonnet('{ a: x }', { fileName: 'app.jsonnet' });
    expect(wrong.ok ? undefined : wrong.error.message).toBe('app.jsonnet:1:6 Unknown variable: x');
  });

  it('has each library function once', () => {
    expect(LIBRARY_NAMES.length).toBeGreaterThan(150);
    expect(new Set(LIBRARY_NAMES).size).toBe(LIBRARY_NAMES.length);
  });
});

describe('jsonnet programs', () => {
  it('compiles once and runs with other variables', () => {
    const program = compileJsonnet('function(n) { name: n, env: std.extVar("env") }');
    const run = (name: string, env: string): unknown =>
      program.ok && program.value.run({ topLevelArguments: { n: { value: name } }, extVars: { env: { code: env } } });
    expect(run('a', '{ x: 1 }')).toEqual({ ok: true, value: { name: 'a', env: { x: 1 } } });
    expect(run('b', '"s" + 2')).toEqual({ ok: true, value: { name: 'b', env: 's2' } });
  });

  it('imports text, code and bytes beside the file and from library folders, the last one first', () => {
    const files = new Map<string, string | Uint8Array>([
      ['env/lib.libsonnet', '{ here: std.thisFile }'],
      ['one/x.libsonnet', '1'],
      ['two/x.libsonnet', '2'],
      ['env/raw', Uint8Array.from([0, 255])],
    ]);
    const source =
      '{ l: import "lib.libsonnet", x: import "x.libsonnet", b: importbin "raw", up: importstr "../one/x.libsonnet" }';
    const program = compileJsonnet(source, { fileName: 'env/main.jsonnet', files, libraryPaths: ['one', 'two'] });
    expect(program.ok && program.value.run()).toEqual({
      ok: true,
      value: { l: { here: 'env/lib.libsonnet' }, x: 2, b: [0, 255], up: '1' },
    });
  });

  it('collects traces', () => {
    const lines: string[] = [];
    const program = compileJsonnet('[std.trace("one", 1),\n std.trace("two", 2)]', { fileName: 't.jsonnet' });
    if (program.ok) program.value.run({ trace: (line) => lines.push(line) });
    expect(lines).toEqual(['TRACE: t.jsonnet:1 one', 'TRACE: t.jsonnet:2 two']);
  });

  it('prints the output forms of the tool', () => {
    expect(formatJsonnetJson({ b: [], a: [1.5] })).toBe('{\n   "a": [\n      1.5\n   ],\n   "b": [ ]\n}\n');
    expect(formatJsonnetString('x')).toEqual({ ok: true, value: 'x\n' });
    expect(formatJsonnetString(1).ok).toBe(false);
    expect(formatJsonnetYamlStream([1, {}])).toEqual({ ok: true, value: '---\n1\n---\n{ }\n...\n' });
    expect(formatJsonnetYamlStream({}).ok).toBe(false);
    const multi = formatJsonnetMulti({ 'b.json': 2, 'a.json': 'x' });
    expect(multi.ok && [...multi.value]).toEqual([
      ['a.json', '"x"\n'],
      ['b.json', '2\n'],
    ]);
    expect(formatJsonnetMulti([]).ok).toBe(false);
  });

  it('takes variables for one evaluation', () => {
    const vars = {
      extVars: { n: 2 },
      extCode: { m: '1 + 1' },
      topLevelArguments: { a: 'A' },
      topLevelCode: { b: '[1]' },
      files: { 'lib/l': '"lib"' },
      libraryPaths: ['lib'],
    };
    const source = 'function(a, b) [a, b, std.extVar("n") + std.extVar("m"), import "l"]';
    expect(evaluateJsonnet(source, vars)).toEqual({ ok: true, value: ['A', [1], 4, 'lib'] });
    expect(evaluateJsonnet('1', 'text').ok).toBe(false);
  });
});

describe('jsonnet limits', () => {
  it.each<readonly [string, string, Partial<JsonnetLimits>, string]>([
    ['local f(n) = 1 + f(n + 1); f(0)', 'jsonnet stack frames', {}, 'endless recursion'],
    ['local x = x; x', 'jsonnet stack frames', {}, 'a value that needs itself'],
    ['local f(n) = f(n + 1) tailstrict; f(0)', 'jsonnet steps', { steps: 100_000 }, 'endless tail calls'],
    ['local a = { x: $ }; a', 'jsonnet output depth', {}, 'an endless object'],
    [
      `local f(n) = ${'(if true then 1 + '.repeat(60)}f(n + 1)${')'.repeat(60)}; f(0)`,
      'jsonnet stack frames',
      {},
      'wide frames',
    ],
    [`local a = { b: self }; a${'.b'.repeat(50_000)}`, 'jsonnet stack frames', {}, 'a long path'],
    ['std.range(1, 1e15)', 'jsonnet array items', {}, 'a giant range'],
    ['std.makeArray(1e12, function(i) i)', 'jsonnet array items', {}, 'a giant list'],
    ['std.repeat("x", 1e12)', 'jsonnet string characters', {}, 'a giant text'],
    ['"%1000000000d" % 1', 'jsonnet string characters', {}, 'a giant width'],
    [
      'local f(s, n) = if n == 0 then s else f(s + s, n - 1) tailstrict; f("x", 60)',
      'jsonnet string characters',
      {},
      'doubling',
    ],
    [
      'local f(a, n) = if n == 0 then a else f(a + a, n - 1) tailstrict; f([1], 60)',
      'jsonnet array items',
      {},
      'doubling',
    ],
    [
      '[x for a in std.range(1, 9999) for b in std.range(1, 9999) for x in [1]]',
      'jsonnet steps',
      { steps: 1e6 },
      'product',
    ],
    [
      'local a = [1, 1], b = [a, a], c = [b, b], d = [c, c]; [d, d]',
      'jsonnet output size',
      { outputSize: 40 },
      'sharing',
    ],
    [
      'local a = std.range(1, 100000); [std.member(a, -x) for x in a]',
      'jsonnet steps',
      { steps: 5e6 },
      'search in a loop',
    ],
    [
      'local s = std.repeat("x", 1e7); [s[i] for i in std.range(1, 1e5)]',
      'jsonnet steps',
      { steps: 5e6, stringCharacters: 2e7 },
      'long text in a loop',
    ],
    [`${'['.repeat(5000)}`, 'jsonnet nesting', {}, 'deep brackets'],
    [`${'-'.repeat(5000)}1`, 'jsonnet nesting', {}, 'deep operators'],
    ['1'.repeat(100), 'jsonnet source characters', { sourceCharacters: 99 }, 'a long source'],
    [`${'std.id('.repeat(300)}1${')'.repeat(300)}`, 'jsonnet stack frames', { stackFrames: 200 }, 'deep laziness'],
    [
      'std.sort(std.makeArray(1000, function(i) std.sort(std.range(1, 1000))))',
      'jsonnet steps',
      { steps: 1e6 },
      'sorting',
    ],
  ])('%s', (...[source, limit, limits, reason]) => {
    expect(limitOf(source, limits), reason).toBe(limit);
  });

  it('runs long chains and deep recursion that Jsonnet allows', () => {
    expect(outcome(Array.from({ length: 5000 }, () => '1').join(' + '))).toBe(5000);
    expect(outcome('local f(n) = if n == 0 then 0 else 1 + f(n - 1); f(480)')).toBe(480);
    expect(outcome('local f(n, a) = if n == 0 then a else f(n - 1, a + n) tailstrict; f(50000, 0)')).toBe(1250025000);
    expect(outcome('std.foldl(function(a, x) a + { ["k" + x]: x }, std.range(1, 400), {}).k400')).toBe(400);
    const chain = Array.from({ length: 1000 }, (_, index) => `if x == ${index} then ${index}`).join(' else ');
    expect(outcome(`local x = 390; ${chain}`, { nesting: 2000 })).toBe(390);
  });

  it('refuses more files than allowed', () => {
    const files = new Map([
      ['a', '1'],
      ['b', '2'],
    ]);
    const program = compileJsonnet('[import "a", import "b"]', { files, limits: { imports: 1 } });
    const result = program.ok ? program.value.run() : program;
    expect(result.ok ? undefined : result.error.limit).toBe('jsonnet imports');
  });

  it('gives values or diagnostics for any text, and ends', () => {
    const word = fc.constantFrom(
      ...'{ } [ ] ( ) : :: , ; . + - * / % $ self super local x = 1 "s" if then else for in function error assert std.map std.format tailstrict import ||| \n'.split(
        ' ',
      ),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 20 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, (source) => {
        const program = compileJsonnet(source, { limits: { steps: 100_000 } });
        if (program.ok) program.value.run();
        return true;
      }),
      { numRuns: 1000 },
    );
  });

  it('reads back what it prints', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as JsonValue;
        const text = formatJsonnetJson(json);
        expect(outcome(text)).toEqual(json);
        expect(evaluateJsonnet('std.parseJson(std.manifestJson(std.extVar("v")))', { extVars: { v: json } })).toEqual({
          ok: true,
          value: json,
        });
      }),
    );
  });
});

describe('docs/languages/jsonnet.md', () => {
  it('gives the results that the page shows', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/languages/jsonnet.md'), 'utf8');
    const blocks = [...page.matchAll(/```(jsonnet|json|result)\n([^]*?)```/g)].map(([, kind = '', text = '']) => ({
      kind,
      text,
    }));
    let source = '';
    let vars: unknown = {};
    let checked = 0;
    for (const { kind, text } of blocks) {
      if (kind === 'jsonnet') [source, vars] = [text, {}];
      else if (kind === 'json') vars = JSON.parse(text);
      else {
        const result = evaluateJsonnet(source, vars);
        expect(result.ok ? formatJsonnetJson(result.value) : result.error.message).toBe(text);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(1);
  });
});
