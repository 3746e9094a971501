import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '@argosy/std';
import { formatDiagnostic } from '../diagnostic/index.ts';
import {
  compileLua,
  evaluateLua,
  fromJson,
  LUA_LIMIT_LOCALS,
  LUA_LIMIT_NESTING,
  LUA_LIMIT_SOURCE_CHARACTERS,
  LUA_LIMIT_UNPACK,
  LUA_LIMITS,
  restoreEmptyObjects,
  runHealthScript,
  toJson,
  type LuaRunOptions,
  type LuaValue,
} from './index.ts';

const env = { now: instant(1_700_006_400_000), seed: 1 };

function data<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8')) as T;
}

/** What a program prints, then its error if it has one. */
function output(source: string, options: Partial<LuaRunOptions> = {}): string {
  const chunk = compileLua(source);
  if (!chunk.ok) return 'compile error';
  const lines: string[] = [];
  const result = chunk.value.run({ env, print: (line) => lines.push(line), ...options });
  return [...lines, ...(result.ok ? [] : [`error: ${result.error.message}`])].join('\n');
}

function jsonOf(value: LuaValue, dialect: 'cd' | 'events' = 'cd'): unknown {
  const json = toJson(value, { dialect });
  return json.ok ? json.value : json.error.message;
}

/** The JSON of what a source returns; a string when it fails. */
function returned(source: string, options: Partial<LuaRunOptions> = {}): unknown {
  const chunk = compileLua(source);
  if (!chunk.ok) return chunk.error.message;
  const result = chunk.value.run({ env, ...options });
  return result.ok ? jsonOf(result.value[0]) : result.error.message;
}

type Golden = readonly [category: string, source: string, lua: string, gopher?: string];

// Made by tools/oracles/lua with lua5.1 and gopher-lua; where they differ, ours is one of the two.
const golden = data<readonly Golden[]>('golden.json');
/** Rows where ours is neither: the number in one form where lua5.1 has another. */
const OWN = new Map([
  ['local a, b, c = 4, 5, 0.5 print(pcall(function() return -a % -1 / -c or -3 end))', 'true\t0'],
  ['print(pcall(function() assert(false, 2^53) end))', 'false\t<string>:1: 9007199254740992'],
]);
/** Rows in which ours follows lua5.1 and not gopher-lua, at most; a category may not drift. */
const FOLLOWS_LUA: { readonly [category: string]: number } = {
  operators: 4,
  strings: 20,
  patterns: 244,
  formats: 13,
  tables: 11,
  flow: 9,
};

describe('lua against lua5.1 and gopher-lua', () => {
  const rows = golden.map(([category, source, lua, gopher]) => ({
    category,
    source,
    lua,
    gopher,
    got: output(source),
  }));

  it('agrees with one of them in every row, with both where they agree', () => {
    expect(golden.length).toBeGreaterThan(4800);
    const wrong = rows.filter(
      ({ source, lua, gopher, got }) => got !== gopher && got !== (OWN.get(source) ?? lua) && got !== lua,
    );
    expect(wrong).toEqual([]);
  });

  it('follows gopher-lua where the two differ, but for its known faults', () => {
    const counts: { [category: string]: number } = {};
    for (const { category, source, lua, gopher, got } of rows) {
      if (gopher !== undefined && got === lua && !OWN.has(source)) counts[category] = (counts[category] ?? 0) + 1;
    }
    for (const [category, count] of Object.entries(counts))
      expect([category, count]).toEqual([category, FOLLOWS_LUA[category]]);
  });
});

const same = (value: unknown): object => ({ cd: value, events: value });

interface Health {
  readonly scripts: { readonly [name: string]: string };
  readonly cases: readonly {
    readonly script: string;
    readonly obj: unknown;
    readonly status?: string;
    readonly message?: string;
    readonly error?: string;
  }[];
}

describe('health scripts', () => {
  const { scripts, cases } = data<Health>('health.json');

  it.each(cases.map((item, at) => ({ ...item, at })))('$at $script: $status $message', (item) => {
    const chunk = compileLua(scripts[item.script] ?? '');
    if (!chunk.ok) throw new Error(chunk.error.message);
    const before = JSON.stringify(item.obj);
    const result = runHealthScript(chunk.value, item.obj, { env });
    const expected =
      item.error === undefined
        ? { ok: true, value: { status: item.status, message: item.message } }
        : { ok: false, error: { message: item.error } };
    expect(result).toMatchObject(expected);
    expect(JSON.stringify(item.obj)).toBe(before);
  });

  it('is what the command line evaluates', () => {
    const source = 'return { status = "Healthy", message = obj.metadata.name .. os.time() }';
    const vars = { obj: { metadata: { name: 'web' } }, now: 2000 };
    expect(evaluateLua(source, vars)).toEqual({ ok: true, value: { status: 'Healthy', message: 'web2' } });
    expect(evaluateLua('return obj', {})).toEqual({ ok: true, value: { status: '', message: '' } });
    expect(evaluateLua('x x', {})).toMatchObject({ ok: false, error: { line: 1, column: 3 } });
  });
});

describe('the language beyond lua5.1', () => {
  it.each([
    [
      'goto continue',
      'local s = "" for i = 1, 5 do if i % 2 == 0 then goto continue end s = s .. i ::continue:: end print(s)',
      '135',
    ],
    ['goto backwards', 'local i = 0 ::top:: i = i + 1 if i < 4 then goto top end print(i)', '4'],
    [
      'goto out of loops',
      'for i = 1, 3 do for j = 1, 3 do if j == 2 then goto out end print(i, j) end end ::out:: print("end")',
      '1\t1\nend',
    ],
    [
      'goto makes fresh locals',
      'local f, i = {}, 0 ::top:: local x = i f[#f + 1] = function() return x end i = i + 1 if i < 3 then goto top end print(f[1](), f[2](), f[3]())',
      '0\t1\t2',
    ],
    ['goto to no label', 'goto nowhere', 'compile error'],
    ['goto into a local', 'goto l local x = 1 ::l:: print(x)', 'compile error'],
    ['goto into a block', 'goto l do ::l:: end', 'compile error'],
    ['a label twice', '::a:: ::a::', 'compile error'],
    ['getn', 'print(table.getn({1, 2, 3}))', '3'],
    [
      'the border is the last element',
      'local t = {1, nil, 3} print(#t) t[3] = nil print(#t) t[6] = 1 print(#t)',
      '3\n1\n6',
    ],
    [
      'index errors name the key',
      'print(pcall(function() local a return a.b end))',
      "false\t<string>:1: attempt to index a non-table object(nil) with key 'b'",
    ],
    [
      'index errors on assignment',
      'print(pcall(function() local a = 1 a["x y"] = 2 end))',
      "false\t<string>:1: attempt to index a non-table object(number) with key 'x y'",
    ],
    ['calls of no function', '\nfoo()', 'error: <string>:2: attempt to call a non-function object'],
    [
      'chunks see the libraries',
      'local n = {} for k in pairs(_G) do n[#n + 1] = k end table.sort(n) print(table.concat(n, " "))',
      '_G _VERSION assert error getmetatable ipairs math next os pairs pcall print rawequal rawget rawset require select setmetatable string table tonumber tostring type unpack xpcall',
    ],
    [
      'nothing dangerous is there',
      'print(io, debug, load, loadstring, dofile, loadfile, package, coroutine, setfenv, string.dump, os.execute, os.getenv)',
      'nil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil',
    ],
    [
      'require of a known module',
      'print(require("os") == os, pcall(require, "io"))',
      'true\tfalse\t<string>:1: module io not found',
    ],
    [
      'prototype names are plain keys',
      'local t = {} print(t.__proto__, t.constructor) t.__proto__ = 1 t.constructor = 2 print(t.__proto__, t.constructor, constructor, __proto__)',
      'nil\tnil\n1\t2\tnil\tnil',
    ],
    ['bytes', 'print(#"zürich", ("ü"):byte(1, -1))', '7\t195\t188'],
    ['unknown escapes are the letter', 'print("a\\.b\\-c")', 'a.b-c'],
    [
      'dates',
      'print(os.date("!%Y-%m-%d %H:%M:%S", 86400), os.date("*t", 0).year, os.time({year = 2024, month = 14, day = 1, hour = 0}))',
      '1970-01-02 00:00:00\t1970\t1738368000',
    ],
    [
      'random is repeatable',
      'local a = math.random(1000) math.randomseed(7) local b = math.random(6) math.randomseed(7) print(a == math.floor(a), b == math.random(6))',
      'true\ttrue',
    ],
    [
      'removal while walking',
      'local t = {a = 1, b = 2, c = 3, 4, 5} for k in pairs(t) do t[k] = nil end print(next(t))',
      'nil',
    ],
    [
      'next by hand',
      'local t, n = {1, 2, x = 3, y = 4}, 0 local k, v = next(t) while k do n = n + v k, v = next(t, k) end print(n, pcall(next, t, "z"))',
      "10\tfalse\t<string>:1: invalid key to 'next'",
    ],
    [
      'keys far apart',
      'local t = {} t[1e6] = 1 t[1] = 2 t[2.5] = 3 print(#t, t[1000000], t[1], t[2.5])',
      '1000000\t1\t2\t3',
    ],
    [
      'keys that meet the array',
      'local t = {} t[70000] = "far" for i = 1, 69999 do t[i] = i end t[70001] = "x" print(#t, t[70000], t[70001])',
      '70001\tfar\tx',
    ],
    [
      'stack overflow can be caught',
      'local function f() return 1 + f() end local ok, e = pcall(f) print(ok, e)',
      'false\t<string>:1: stack overflow',
    ],
  ])('%s', (_, source, expected) => {
    expect(output(source)).toBe(expected);
  });

  it('has neither string nor math without the open libraries', () => {
    const source =
      'print(string, math, os.time() > 0, table.concat({1, 2}), pcall(function() return ("x"):upper() end))';
    const text = "nil\tnil\ttrue\t12\tfalse\t<string>:1: attempt to index a non-table object(string) with key 'upper'";
    expect(output(source, { openLibraries: false })).toBe(text);
  });

  it('keeps runs apart', () => {
    const source = 'string.x = (string.x or 0) + 1 g = (g or 0) + 1 return { string.x, g }';
    expect([returned(source), returned(source)]).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('tells the place of a syntax error', () => {
    const chunk = compileLua('local a = 1\nlocal b = = 2');
    if (chunk.ok) throw new Error('compiled');
    expect(chunk.error).toEqual({
      message: "<string> line:2(column:11) near '=':   syntax error",
      line: 2,
      column: 11,
    });
    expect(formatDiagnostic('local a = 1\nlocal b = = 2', chunk.error)).toContain(' |           ^');
    expect(compileLua('if x then', 'health.lua')).toMatchObject({
      error: { message: 'health.lua at EOF:   syntax error' },
    });
    expect(compileLua('error("x")', 'health.lua')).toMatchObject({ ok: true });
  });
});

describe('json', () => {
  it('goes through Lua and back unchanged', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'é', '__proto__', 'constructor', '1', ' ') });
    const leaf = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        leaf,
        fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { minKeys: 1, maxKeys: 4 }),
      ),
    }));
    const chunk = compileLua(
      'local function copy(v) if type(v) ~= "table" then return v end local t = {} for k, x in pairs(v) do t[k] = copy(x) end return t end return copy(obj)',
    );
    if (!chunk.ok) throw new Error(chunk.error.message);
    fc.assert(
      fc.property(tree, (value) => {
        const result = chunk.value.run({ env, globals: { obj: fromJson(value) } });
        const text = JSON.stringify(value);
        expect(result.ok && JSON.stringify(jsonOf(result.value[0]))).toBe(text.replaceAll('-0,', '0,'));
      }),
    );
  });

  it.each([
    ['empty table', '{}', { cd: [], events: {} }],
    ['list', '{1, "a", true}', { cd: [1, 'a', true], events: [1, 'a', true] }],
    ['object', '{a = 1, b = {c = {}}}', { cd: { a: 1, b: { c: [] } }, events: { a: 1, b: { c: {} } } }],
    ['hole', '{1, nil, 3}', { cd: 'cannot encode sparse array', events: [1, null, 3] }],
    ['mixed', '{1, a = 2}', { cd: 'cannot encode mixed or invalid key types', events: [1] }],
    ['function', '{a = print}', same('cannot encode function to JSON')],
    ['marked list', 'setmetatable({}, {__is_array = true})', same([])],
    ['not a number', '{a = 0/0}', same('json: unsupported value: NaN')],
  ])('%s', (_, source, expected) => {
    const chunk = compileLua(`return ${source}`);
    const result = chunk.ok ? chunk.value.run({ env }) : chunk;
    if (!result.ok) throw new Error(result.error.message);
    const [value] = result.value;
    expect({ cd: jsonOf(value), events: jsonOf(value, 'events') }).toEqual(expected);
  });

  it('refuses tables that contain themselves', () => {
    expect(returned('local t = {} t.t = t return t')).toBe('cannot encode recursively nested tables to JSON');
  });

  it('drops nulls, and gives emptied objects back', () => {
    expect(returned('return obj', { globals: { obj: fromJson([1, null, 2]) } })).toEqual([1, 2]);
    const source = { metadata: { labels: {} }, list: [{ a: {} }], spec: {} };
    const result = { metadata: { labels: [] }, list: [{ a: [] }], added: [] };
    expect(restoreEmptyObjects(result, source)).toEqual({ metadata: { labels: {} }, list: [{ a: {} }], added: [] });
  });
});

describe('limits', () => {
  it.each(data<readonly (readonly [string, string, string])[]>('hostile.json'))('%s', (_, source, limit) => {
    const chunk = compileLua(source);
    if (!chunk.ok) throw new Error(chunk.error.message);
    expect(chunk.value.run({ env })).toMatchObject({ ok: false, error: { limit } });
  });

  it.each([
    ['source', `--${'x'.repeat(LUA_LIMIT_SOURCE_CHARACTERS)}`, 'characters of a source'],
    [
      'parentheses',
      `return ${'('.repeat(LUA_LIMIT_NESTING + 1)}1${')'.repeat(LUA_LIMIT_NESTING + 1)}`,
      'levels of nesting',
    ],
    ['blocks', 'do '.repeat(100_000), 'levels of nesting'],
    ['tables', `return ${'{'.repeat(100_000)}`, 'levels of nesting'],
    ['unary operators', `return ${'not '.repeat(100_000)}x`, 'levels of nesting'],
    ['locals', 'local x '.repeat(LUA_LIMIT_LOCALS + 1), 'locals'],
  ])('stops a source with too many %s', (_, source, limit) => {
    expect(compileLua(source)).toMatchObject({ ok: false, error: { limit } });
  });

  it('ends long chains of operators with a value or a limit', () => {
    for (const operator of ['+', '..', 'and', '==']) {
      const chunk = compileLua(`return ${Array.from({ length: 60_000 }, () => '1').join(` ${operator} `)}`);
      const result = chunk.ok ? chunk.value.run({ env }) : chunk;
      expect(result.ok || result.error.limit !== undefined).toBe(true);
    }
  });

  it('takes other limits, and reports them', () => {
    const chunk = compileLua('local s = 0 for i = 1, 100 do s = s + i end return ("x"):rep(s)');
    if (!chunk.ok) throw new Error(chunk.error.message);
    expect(chunk.value.run({ env, limits: { steps: 50 } })).toMatchObject({
      error: { limit: 'steps', message: 'steps is limited to 50' },
    });
    expect(chunk.value.run({ env, limits: { stringBytes: 5000 } })).toMatchObject({
      error: { limit: 'bytes of a string' },
    });
    expect(chunk.value.run({ env })).toMatchObject({ ok: true });
    expect(output(`print(pcall(unpack, {}, 1, ${LUA_LIMIT_UNPACK + 1}))`)).toContain('too many results to unpack');
    expect(output('local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end print(f(190))')).toBe('190');
    expect(LUA_LIMITS.callDepth).toBe(200);
  });

  it('never throws anything but diagnostics', () => {
    const words =
      'and break do else elseif end false for function goto if in local nil not or repeat return then true until while x y print string.rep pcall obj { } ( ) [ ] = == ~= < .. ... , ; : :: # + - * / % ^ 1 0x 1e9 "s" [[ ]] -- \n'.split(
        / /,
      );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 40 }), (parts) => {
        expect(typeof output(parts.join(' '), { limits: { steps: 5000 } })).toBe('string');
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(typeof output(text, { limits: { steps: 5000 } })).toBe('string');
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'%abc[]()^$*+-?.1fbs') }), (pattern) => {
        const globals = { pattern: fromJson(pattern) };
        const source =
          'return {pcall(string.gsub, "abc(b)1-2", pattern, "<%1>"), pcall(string.format, pattern, 1, "a", 2.5)}';
        expect(returned(source, { globals, limits: { steps: 50_000 } })).toBeDefined();
      }),
    );
  });
});

describe('docs/languages/lua.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/languages/lua.md'), 'utf8');
  const blocks = [...page.matchAll(/```lua\n([\s\S]*?)```\n\n```(\w+)\n([\s\S]*?)```/g)];

  it.each(blocks.map((found, at) => ({ at, source: found[1] ?? '', kind: found[2], expected: found[3] ?? '' })))(
    'example $at does what the page says',
    ({ source, kind, expected }) => {
      if (kind === 'json') {
        const { obj, result } = JSON.parse(expected) as { readonly obj: unknown; readonly result: unknown };
        expect(evaluateLua(source, { obj })).toEqual({ ok: true, value: result });
      } else {
        expect(output(source)).toBe(expected.trimEnd());
      }
    },
  );

  it('has examples', () => {
    expect(blocks.length).toBeGreaterThan(3);
  });
});
