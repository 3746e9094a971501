import { createRandom } from '@argosy/std';
import { LEXING } from './lexing.ts';

const random = createRandom(51);
const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

const NUMBERS = [
  '0',
  '1',
  '2',
  '3',
  '7',
  '10',
  '-1',
  '-3',
  '0.5',
  '1.5',
  '-2.25',
  '100',
  '1e3',
  '255',
  '0x10',
  '1e15',
  '2^31',
  '2^53',
  '1/3',
  '3.14159',
  '1e-5',
  '123456.789',
  '99999999',
];
const STRINGS = [
  '""',
  '"a"',
  '"abc"',
  '"10"',
  '" 7 "',
  '"0x1F"',
  '"1e2"',
  '"x y z"',
  '"key=value"',
  '"Hello World"',
  '"a,b,,c"',
  '"2024-01-02T03:04:05Z"',
  '"12abc"',
  '"\\065\\n"',
  '"%d+"',
  '"[x]"',
  '"a.b.c"',
];
const OTHERS = ['nil', 'true', 'false'];
const value = (): string => pick([pick(NUMBERS), pick(NUMBERS), pick(STRINGS), pick(OTHERS)]);
const guarded = (expression: string): string => `print(pcall(function() return ${expression} end))`;

function operators(): string[] {
  const binary = ['+', '-', '*', '/', '%', '^', '..', '==', '~=', '<', '<=', '>', '>=', 'and', 'or'];
  const sources: string[] = [];
  for (const operator of binary) {
    sources.push(...times(50, () => guarded(`(${value()}) ${operator} (${value()})`)));
    sources.push(...times(16, () => guarded(`(${pick(NUMBERS)}) ${operator} (${pick(NUMBERS)})`)));
  }
  for (const item of [...NUMBERS, ...STRINGS, ...OTHERS]) {
    sources.push(guarded(`-(${item})`), guarded(`not (${item})`), guarded(`#(${item})`), guarded(`tostring(${item})`));
    sources.push(guarded(`tonumber(${item})`), guarded(`type(${item})`));
  }
  sources.push(
    ...times(150, () => {
      const part = (): string => `${pick(['', '-', 'not '])}${pick(['1', '2', '3', 'a', 'b', 'c', '"x"'])}`;
      const text = times(2 + random.below(4), part)
        .join(` ${'§'} `)
        .replaceAll('§', () => pick(['+', '-', '*', '/', '%', '^', '..', '==', '<', 'and', 'or']));
      return `local a, b, c = 4, 5, 0.5 ${guarded(text)}`;
    }),
  );
  return sources;
}

function strings(): string[] {
  const text = (): string => pick(STRINGS);
  const index = (): string => pick(['-10', '-3', '-2', '-1', '0', '1', '2', '3', '4', '10', '']);
  const two = (): string => [index(), index()].filter((item) => item !== '').join(', ');
  const call = (name: string, rest: string): string =>
    guarded(`string.${name}(${[text(), rest].filter((item) => item !== '').join(', ')})`);
  return [
    ...times(150, () =>
      call('sub', `${pick(['-3', '-1', '1', '2', '0'])}${pick(['', ', -1', ', 2', ', 0', ', 100', ', -2'])}`),
    ),
    ...times(80, () => call('byte', two())),
    ...times(40, () => call('rep', pick(['0', '1', '3', '-1', '2.7', '"2"']))),
    ...times(20, () => call('upper', '')),
    ...times(20, () => call('lower', '')),
    ...times(20, () => call('reverse', '')),
    ...times(20, () => call('len', '')),
    ...times(40, () =>
      guarded(`string.char(${times(random.below(4), () => String(32 + random.below(90))).join(', ')})`),
    ),
    ...times(60, () => guarded(`(${text()}):find(${text()}, ${pick(['1', '2', '-1', '3'])}, true)`)),
    ...times(30, () =>
      guarded(
        `tonumber(${pick(['"ff"', '"777"', '"zz"', '"1010"', '"12"', '" 11 "', '"-7"', '"8"', '""'])}, ${pick(['2', '8', '10', '16', '36'])})`,
      ),
    ),
  ];
}

function patternText(): string {
  const single = (): string =>
    pick([
      'a',
      'b',
      '.',
      '%a',
      '%d',
      '%s',
      '%w',
      '%p',
      '%S',
      '%D',
      '[ab]',
      '[^a]',
      '[%w_]',
      '[a-c]',
      '[%d.]',
      '-',
      '%.',
      '%%',
      'x',
      ' ',
      '=',
      ',',
    ]).replace(/^-$/, '%-');
  const item = (): string => single() + pick(['', '', '', '*', '+', '-', '?']);
  const group = (): string => (random.below(4) === 0 ? `(${times(1 + random.below(2), item).join('')})` : item());
  const body = times(1 + random.below(4), group).join('');
  return `${pick(['', '', '', '^'])}${body}${pick(['', '', '', '$'])}`;
}

const SUBJECTS = [
  '"abc"',
  '"aabbcc"',
  '"hello world"',
  '"key = value"',
  '"a,b,,c"',
  '"2024-01-02"',
  '"  trim me  "',
  '"x=1, y=22"',
  '"foo.bar-baz_1"',
  '""',
  '"((a)(b))"',
  '"THE (quick) fox"',
  '"v1.2.3-rc.1"',
  '"ab12cd"',
];

function patterns(): string[] {
  const subject = (): string => pick(SUBJECTS);
  const fixed = [
    '%b()',
    '%f[%w]%w+',
    '(%w+)=(%w+)',
    '()%w+()',
    '^%s*(.-)%s*$',
    '(%d+)-(%d+)-(%d+)',
    '%((.-)%)',
    '([^,]*)',
    '(a)(b)%1',
    '.-',
    '%w+$',
    '(%a)(%a)%2%1',
    '[%a_][%w_]*',
    '%S+',
    '[^%s]+',
    '^v?(%d+)%.(%d+)',
    '(.)%1',
  ];
  const pattern = (): string => (random.below(5) === 0 ? pick(fixed) : patternText());
  return [
    ...times(380, () => guarded(`string.find(${subject()}, "${pattern()}"${pick(['', '', ', 2', ', -2'])})`)),
    ...times(380, () => guarded(`string.match(${subject()}, "${pattern()}"${pick(['', '', ', 2'])})`)),
    ...times(320, () =>
      guarded(
        `string.gsub(${subject()}, "${pattern()}", ${pick(['""', '"-"', '"<%0>"', '"[%1]"', 'string.upper', '{a="A", b=1}', 'function(x) return x and #tostring(x) end', 'function() return nil end'])}${pick(['', '', ', 1', ', 2'])})`,
      ),
    ),
    ...times(
      200,
      () =>
        `local t = {} print(pcall(function() for a, b in string.gmatch(${subject()}, "${pattern()}") do t[#t+1] = tostring(a) .. ":" .. tostring(b) end end)) print(table.concat(t, "|"))`,
    ),
  ];
}

function formats(): string[] {
  const verbs = [
    '%d',
    '%5d',
    '%-5d|',
    '%05d',
    '%+d',
    '%x',
    '%X',
    '%#x',
    '%o',
    '%c',
    '%s',
    '%10s',
    '%-10s|',
    '%.2s',
    '%f',
    '%.2f',
    '%8.3f',
    '%-8.1f|',
    '%+.1f',
    '%08.2f',
    '%e',
    '%.3e',
    '%E',
    '%.3g',
    '%.10g',
    '%.1f',
    '%.0f',
    '%5.1f',
    '%i',
    '%%',
    'a%sb',
    '%q',
  ];
  const numbers = [
    '0',
    '1',
    '-1',
    '3.7',
    '-2.5',
    '42',
    '1e10',
    '255',
    '65',
    '0.001',
    '123456789',
    '1/3',
    '0.5',
    '1.5',
    '2.5',
    '1e-7',
  ];
  return [
    ...verbs.flatMap((verb) => times(12, () => guarded(`string.format("${verb}", ${pick(numbers)})`))),
    ...verbs.flatMap((verb) => times(3, () => guarded(`string.format("${verb}", ${pick(STRINGS)})`))),
    ...times(60, () => guarded(`string.format("${pick(verbs)} ${pick(verbs)}", ${pick(numbers)}, ${pick(numbers)})`)),
    ...['%s', '%10s', 'x=%s'].flatMap((verb) => OTHERS.map((item) => guarded(`string.format("${verb}", ${item})`))),
    ...times(200, () => `print(${pick(numbers)} ${pick(['+', '-', '*', '/'])} ${pick(NUMBERS)})`),
  ];
}

function tables(): string[] {
  const list = (): string =>
    `{${times(random.below(6), () => pick(['1', '2', '3', '"a"', '"b"', '10', '2.5'])).join(', ')}}`;
  const numeric = (): string => `{${times(1 + random.below(8), () => String(random.below(50))).join(', ')}}`;
  const show =
    'local function show(t) local s = {} for i = 1, #t do s[i] = tostring(t[i]) end return "{" .. table.concat(s, ",") .. "}" .. #t end ';
  return [
    ...times(
      120,
      () =>
        `${show}local t = ${list()} print(pcall(table.insert, t, ${pick(['"n"', '1, "n"', '2, "n"', '#t + 1, "n"'])})) print(show(t))`,
    ),
    ...times(
      120,
      () =>
        `${show}local t = ${list()} print(pcall(table.remove, t${pick(['', ', 1', ', 2', ', #t'])})) print(show(t))`,
    ),
    ...times(100, () => guarded(`table.concat(${list()}${pick(['', ', ","', ', "-"'])}${''})`)),
    ...times(60, () => guarded(`table.concat(${list()}, ",", ${pick(['1', '2', '3'])}, ${pick(['1', '2'])})`)),
    ...times(
      80,
      () =>
        `${show}local t = ${numeric()} table.sort(t${pick(['', ', function(a, b) return a > b end', ', function(a, b) return a % 10 < b % 10 or (a % 10 == b % 10 and a < b) end'])}) print(show(t))`,
    ),
    ...times(60, () => guarded(`unpack(${list()}${pick(['', ', 2', ', 1, 2', ', 2, 4'])})`)),
    ...times(60, () =>
      guarded(`select(${pick(['1', '2', '"#"', '-1', '3'])}, ${times(1 + random.below(4), value).join(', ')})`),
    ),
    ...times(40, () => guarded(`#${list()}`)),
    ...times(
      60,
      () =>
        `local t = ${list()} t[#t + 1] = "z" t[${pick(['1', '#t', '2'])}] = ${pick(['nil', '"w"'])} local n = 0 for k, v in pairs(t) do n = n + 1 end print(n)`,
    ),
    ...times(
      60,
      () => `local t = ${list()} for i, v in ipairs(t) do print(i, v) end print(next({}), rawget(t, 1), table.maxn(t))`,
    ),
    ...times(
      60,
      () =>
        `local t = {${times(1 + random.below(4), () => pick(['a = 1', 'b = 2', '[1] = "p"', '"q"', '["x y"] = 3', '[2.5] = 4', 'c = nil'])).join(', ')}} print(t.a, t.b, t[1], t["x y"], t[2.5], #t)`,
    ),
  ];
}

function maths(): string[] {
  const one = [
    'abs',
    'ceil',
    'floor',
    'sqrt',
    'exp',
    'log',
    'log10',
    'sin',
    'cos',
    'tan',
    'deg',
    'rad',
    'frexp',
    'modf',
  ];
  const two = ['fmod', 'pow', 'max', 'min', 'atan2', 'ldexp'];
  const number = (): string => pick(['0', '1', '2', '-1', '0.5', '-2.5', '10', '100', '3.7', '-3.7', '1e6']);
  return [
    ...one.flatMap((name) => times(9, () => guarded(`string.format("%.10f", (math.${name}(${number()})))`))),
    ...one.slice(0, 3).flatMap((name) => times(9, () => guarded(`math.${name}(${number()})`))),
    ...two.flatMap((name) =>
      times(14, () =>
        guarded(`string.format("%.8f", (math.${name}(${number()}, ${pick(['1', '2', '3', '-2', '0.5'])})))`),
      ),
    ),
    ...times(20, () => guarded(`math.max(${times(3, number).join(', ')}) - math.min(${times(3, number).join(', ')})`)),
  ];
}

function flow(): string[] {
  const count = (): string => pick(['0', '1', '3', '5']);
  return [
    ...times(
      60,
      () =>
        `for i = ${pick(NUMBERS.slice(0, 8))}, ${pick(['3', '0', '-2', '5'])}, ${pick(['1', '2', '-1', '0.5'])} do print(i) if i > 20 then break end end`,
    ),
    ...times(30, () => `local i = 0 while i < ${count()} do i = i + 1 if i == 2 then break end print(i) end print(i)`),
    ...times(30, () => `local i = 0 repeat local j = i * 2 i = i + 1 until j >= ${count()} print(i)`),
    ...times(
      30,
      () =>
        `local fs = {} for i = 1, ${count()} do fs[i] = function(x) i = i + (x or 0) return i end end for k, f in ipairs(fs) do print(f(k), f()) end`,
    ),
    ...times(
      40,
      () =>
        `local function f(...) local a, b = ... return select("#", ...), a, b, ... end print(f(${times(random.below(4), value).join(', ')})) print((f(1, 2)))`,
    ),
    ...times(40, () => `local a, b, c = ${times(1 + random.below(4), value).join(', ')} a, b = b, a print(a, b, c)`),
    ...times(
      30,
      () => `local t = {1, 2, 3} local i = ${pick(['1', '2'])} i, t[i] = i + 1, 20 print(i, t[1], t[2], t[3])`,
    ),
    ...times(
      30,
      () => `local x = 1 do local x = 2 print(x) end local function g() return x end x = ${value()} print(g())`,
    ),
    ...times(
      30,
      () =>
        `local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end print(fact(${pick(['0', '5', '10', '20'])}))`,
    ),
    ...times(
      20,
      () =>
        `local function loop(n, acc) if n == 0 then return acc end return loop(n - 1, acc + n) end print(loop(${pick(['10', '1000', '50000'])}, 0))`,
    ),
    ...times(
      60,
      () => `print(pcall(error, ${value()})) print(pcall(error, ${value()}, 0)) print(select("#", pcall(error)))`,
    ),
    ...times(60, () => `print(pcall(function() error(${value()}${pick(['', ', 0', ', 1', ', 2'])}) end))`),
    ...times(
      30,
      () => `local function f() error("deep", ${pick(['1', '2'])}) end\nprint(pcall(function()\n  f()\nend))`,
    ),
    ...times(
      30,
      () =>
        `print(xpcall(function() ${pick(['error("x")', 'return 1, 2', 'local a = nil + 1', 'error({})'])} end, function(e) return type(e) end))`,
    ),
    ...times(30, () => `print(pcall(function() assert(${pick(OTHERS)}, ${value()}) end))`),
  ];
}

function metatables(): string[] {
  const events = ['add', 'sub', 'mul', 'div', 'mod', 'pow', 'concat'];
  const signs = ['+', '-', '*', '/', '%', '^', '..'];
  const object = (body: string): string =>
    `local mt = {} ${body} local function new(v) return setmetatable({v = v}, mt) end `;
  const operand = (): string => pick(['new(3)', 'new(4)', '2', '"5"']);
  return [
    ...events.flatMap((event, at) =>
      times(
        8,
        () =>
          `${object(`mt.__${event} = function(a, b) return (type(a) == "table" and a.v or a) .. "${event}" .. (type(b) == "table" and b.v or b) end`)}${guarded(`${operand()} ${signs[at] ?? '+'} ${operand()}`)}`,
      ),
    ),
    ...times(
      40,
      () =>
        `${object('mt.__eq = function(a, b) return a.v == b.v end mt.__lt = function(a, b) return a.v < b.v end mt.__le = function(a, b) return a.v <= b.v end')}${guarded(`new(${pick(['1', '2'])}) ${pick(['==', '~=', '<', '<=', '>', '>='])} new(${pick(['1', '2'])})`)}`,
    ),
    ...times(
      30,
      () =>
        `${object('mt.__lt = function(a, b) return a.v < b.v end')}${guarded(`new(1) ${pick(['<=', '>=', '<', '>'])} ${pick(['new(1)', 'new(2)', '1'])}`)}`,
    ),
    ...times(30, () => `${object('mt.__index = function(t, k) return k .. "!" end')}${guarded(`new(1)[${value()}]`)}`),
    ...times(
      20,
      () =>
        `local base = {x = ${value()}} local t = setmetatable({}, {__index = base}) print(t.x, t.y, rawget(t, "x")) t.x = 5 print(t.x, base.x)`,
    ),
    ...times(
      20,
      () =>
        `local log = {} local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, ${pick(['v', '1', 'tostring(v)'])}) end}) t.a = ${value()} print(t.a)`,
    ),
    ...times(
      20,
      () =>
        `local t = setmetatable({}, {__call = function(self, a, b) return a, b, ${value()} end}) print(t(${value()}, 2))`,
    ),
    ...times(
      20,
      () =>
        `local t = setmetatable({}, {__tostring = function() return ${pick(['"shown"', '"t" .. 1'])} end, __unm = function() return "neg" end}) print(tostring(t), -t)`,
    ),
    ...times(
      20,
      () =>
        `local t = setmetatable({}, {__metatable = ${pick(['"locked"', '1'])}}) print(getmetatable(t), pcall(setmetatable, t, {}))`,
    ),
    ...times(
      10,
      () =>
        `local A = {} A.__index = A function A.new(x) return setmetatable({x = x}, A) end function A:get(y) return self.x, y end print(A.new(${value()}):get(${value()}))`,
    ),
  ];
}

/** Small programs by category; each prints what it finds. The same list on every machine. */
export function luaPrograms(): ReadonlyMap<string, readonly string[]> {
  const unique = (items: readonly string[]): readonly string[] => [...new Set(items)];
  return new Map([
    ['operators', unique(operators())],
    ['strings', unique(strings())],
    ['patterns', unique(patterns())],
    ['formats', unique(formats())],
    ['tables', unique(tables())],
    ['maths', unique(maths())],
    ['flow', unique(flow())],
    ['metatables', unique(metatables())],
    ['lexing', unique(LEXING)],
  ]);
}
