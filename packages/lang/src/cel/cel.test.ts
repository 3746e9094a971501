import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemTimeZones } from '@argosy/kube/runtime';
import { isObject } from '@argosy/std';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCel, DEFAULT_CEL_LIMITS, escapeField, evaluateCel, unescapeField } from './index.ts';

interface Row {
  readonly suite: string;
  readonly expr: string;
  readonly vars?: { readonly [name: string]: unknown };
  readonly value?: unknown;
  readonly error?: string;
}

// Made by tools/oracles/cel from CEL's conformance suite.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as readonly Row[];

/** One form for both sides: integers as text, whatever their type; NaN and the infinities by name. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'number' && Number.isInteger(value)) return `int ${BigInt(value)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, '$int')) return `int ${String(value['$int'])}`;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, plain(v)]),
  );
}

const unmark = (value: unknown): unknown =>
  isObject(value) && Object.hasOwn(value, '$int')
    ? BigInt(String(value['$int']))
    : Array.isArray(value)
      ? value.map(unmark)
      : value;

function agrees(row: Row): boolean {
  const vars = Object.fromEntries(Object.entries(row.vars ?? {}).map(([name, value]) => [name, unmark(value)]));
  const program = compileCel(row.expr, { variables: Object.keys(vars), zones: systemTimeZones });
  const got = program.ok ? program.value.evaluate(vars) : program;
  if (row.error !== undefined || !got.ok) return !got.ok && row.error !== undefined;
  return JSON.stringify(plain(got.value)) === JSON.stringify(plain(row.value));
}

const kube: readonly (readonly [string, unknown])[] = [
  ["'abc 123 def 456'.find('[0-9]+')", '123'],
  ["'123 abc 456'.findAll('[0-9]+')", ['123', '456']],
  ["'123 abc 456'.findAll('[0-9]+', 1)", ['123']],
  ['[1, 3, 2].isSorted()', false],
  ["['a', 'b'].isSorted()", true],
  ['[1, 3].sum() + [].sum()', 4],
  ["[duration('1m'), duration('1s')].sum()", '61s'],
  ['[3, 1, 2].min() + [3, 1, 2].max()', 4],
  ['[1, 2, 2].indexOf(2) * 10 + [1, 2, 2].lastIndexOf(2)', 12],
  ["quantity('1.5Gi').add(quantity('512Mi')).compareTo(quantity('2Gi'))", 0],
  ["quantity('200k').asInteger() + (quantity('1.5').isInteger() ? 1 : 0)", 200_000],
  ["quantity('50').sub(20).isLessThan(quantity('100')) && isQuantity('1Ki') && !isQuantity('x')", true],
  ["string(quantity('1024Mi'))", '1Gi'],
  ["url('https://example.com:80/a b?x=1&x=2').getHost()", 'example.com:80'],
  ["url('https://[::1]:80/').getHostname() + url('https://[::1]:80/').getPort()", '::180'],
  ["url('https://e.com/with space/').getEscapedPath()", '/with%20space/'],
  ["url('https://e.com/?k=a&k=b').getQuery()", { k: ['a', 'b'] }],
  ["isURL('https://e.com') && !isURL('../x') && isURL('/a/b')", true],
  ["ip('::FFFF').family() == 6 && string(ip('2001:DB8::ABCD')) == '2001:db8::abcd'", true],
  ["ip.isCanonical('127.0.0.1') && !ip.isCanonical('2001:DB8::ABCD') && !isIP('127.0.0.1.0')", true],
  ["ip('127.0.0.1').isLoopback() && ip('224.0.0.1').isLinkLocalMulticast() && ip('8.8.8.8').isGlobalUnicast()", true],
  ["cidr('192.168.0.0/24').containsIP('192.168.0.1') && !cidr('192.168.0.0/24').containsIP(ip('192.168.1.1'))", true],
  [
    "cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24') && string(cidr('192.168.0.1/24').masked()) == '192.168.0.0/24'",
    true,
  ],
  [
    "cidr('10.0.0.0/8').prefixLength() == 8 && string(cidr('10.0.0.0/8').ip()) == '10.0.0.0' && isCIDR('10.0.0.0/8')",
    true,
  ],
  [
    "semver('1.2.3-rc.1').isLessThan(semver('1.2.3')) && semver('v1.0', true).major() == 1 && !isSemver('v1.0.0')",
    true,
  ],
  ["format.dns1123Label().validate('a-b').hasValue()", false],
  ["format.named('dns1123Label').value().validate('A_B').value().size()", 1],
  ["!format.named('nope').hasValue() && type(format.date()) == type(format.uuid())", true],
  ['sets.contains([1, 2], [2.0]) && sets.intersects([1], [1u]) && sets.equivalent([1], [1, 1])', true],
  ["{'a': 1}.?b.orValue(5) + [1][?9].orValue(2)", 7],
  ["{'a': {'b': 1}}.?a.b.optMap(x, x + 1).value()", 2],
  ['optional.none().or(optional.of(1)).value() + optional.of(2).orValue(1 / 0)', 3],
  ['[?optional.none(), ?optional.of(1)] + [2]', [1, 2]],
  ["{?'a': optional.none(), 'b': 1}", { b: 1 }],
  ["[10, 20].all(i, v, v > i) && {'a': 1}.exists(k, v, k == 'a' && v == 1)", true],
  ['[1, 2].transformList(i, v, v * 10 + i)', [10, 21]],
  ["{'a': 1}.transformMap(k, v, v + 1)", { a: 2 }],
  ["{'a': 'b'}.transformMapEntry(k, v, {v: k})", { b: 'a' }],
  ['cel.bind(x, 2, x * x)', 4],
  ["'%s is %d, %.2f'.format(['a', 1, 2.5])", 'a is 1, 2.50'],
  ["[b'hi', timestamp('2026-01-02T03:04:05.5Z'), duration('90m')]", ['aGk=', '2026-01-02T03:04:05.5Z', '5400s']],
  ['9223372036854775807', 9_223_372_036_854_775_807n],
  ['[0.0 / 0.0, 1.0 / 0.0, -1.0 / 0.0]', ['NaN', 'Infinity', '-Infinity']],
];

/** Expression, message, line and column. */
const faults: readonly (readonly [string, string, number, number])[] = [
  ['1 +', "Syntax error: mismatched input '<EOF>' expecting", 1, 4],
  ['(1', "Syntax error: mismatched input '<EOF>' expecting ')'", 1, 3],
  ['1 2', "Syntax error: extraneous input '2' expecting <EOF>", 1, 3],
  ['"a', 'Syntax error: token recognition error', 1, 1],
  ['1 &&\n  nope', "undeclared reference to 'nope' (in container '')", 2, 3],
  ['nope(1)', "undeclared reference to 'nope' (in container '')", 1, 5],
  ['1 + "a"', "found no matching overload for '_+_' applied to '(int, string)'", 1, 3],
  ['"a".startsWith(1)', "found no matching overload for 'startsWith' applied to 'string.(int)'", 1, 15],
  ['[1][5]', 'index out of bounds: 5', 1, 4],
  ['{"a": 1}.b', 'no such key: b', 1, 9],
  ['1 / 0', 'division by zero', 1, 3],
  ['9223372036854775807 + 1', 'integer overflow', 1, 21],
  ['18446744073709551616u', 'invalid uint literal', 1, 1],
  ['"a".matches("(")', 'error parsing regexp: missing closing ): `(`', 1, 12],
  ['[1].all(1, true)', 'argument must be a simple name', 1, 9],
  ['has(1)', 'invalid argument to has() macro', 1, 5],
  ['timestamp("nope")', 'parsing time "nope"', 1, 10],
  ['package', 'reserved identifier: package', 1, 1],
];

const hostile: readonly (readonly [string, string])[] = [
  ['[1,2,3,4,5,6,7,8,9,10]' + '.map(a, [1,2,3,4,5,6,7,8,9,10]'.repeat(9) + '.map(z, z)' + ')'.repeat(9), 'cel steps'],
  ['lists.range(100000).all(x, lists.range(100000).all(y, x + y >= 0))', 'cel steps'],
  ['lists.range(99999999999)', 'cel steps'],
  [`cel.bind(a, 'xxxxxxxxxxxxxxxx', ${'cel.bind(a, a + a + a + a, '.repeat(40)}size(a)${')'.repeat(41)}`, 'cel steps'],
  [`lists.range(200000).map(x, [x]).distinct().size()`, 'cel steps'],
  ['('.repeat(2000) + '1' + ')'.repeat(2000), 'cel depth'],
  ['['.repeat(2000), 'cel depth'],
  [`1${' + 1'.repeat(20_000)}`, 'cel depth'],
  [`a${'.b'.repeat(40_000)}`, 'cel depth'],
  ['x'.repeat(200_000), 'cel source characters'],
];

describe('cel', () => {
  it('agrees with the conformance suite', () => {
    expect(golden.length).toBeGreaterThan(1550);
    expect(golden.filter((row) => !agrees(row)).map((row) => row.expr)).toEqual([]);
  });

  it.each(kube)('%s', (source, value) => {
    expect(evaluateCel(source, {})).toEqual({ ok: true, value });
  });

  it.each(faults)('%s fails with its place', (...[source, message, line, column]) => {
    const got = evaluateCel(source, {});
    expect(got.ok ? got.value : got.error).toMatchObject({
      line,
      column,
      message: expect.stringContaining(message) as string,
    });
  });

  it.each(hostile)('ends at a limit: %#', (source, limit) => {
    const started = performance.now();
    expect(evaluateCel(source, { a: {} })).toMatchObject({ ok: false, error: { limit } });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it('takes linear time for hostile patterns', () => {
    const started = performance.now();
    evaluateCel("s.matches('(a+)+$')", { s: `${'a'.repeat(50_000)}b` });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('lets one decided side outweigh the error of the other, but never the budget', () => {
    expect(evaluateCel('1 / 0 > 0 || true', {})).toEqual({ ok: true, value: true });
    expect(evaluateCel('[0, 1].exists(x, 1 / x == 1)', {})).toEqual({ ok: true, value: true });
    const program = compileCel('lists.range(1000).all(x, true) || true', { limits: { steps: 100 } });
    expect(program.ok && program.value.evaluate({})).toMatchObject({ ok: false, error: { limit: 'cel steps' } });
  });

  it('keeps prototypes out of reach', () => {
    const vars = JSON.parse('{"a": {"__proto__": 1, "constructor": 2}}') as { [key: string]: unknown };
    expect(evaluateCel('a.__proto__ + a.constructor', vars)).toEqual({ ok: true, value: 3 });
    expect(evaluateCel('has(a.toString) || "valueOf" in a', vars)).toEqual({ ok: true, value: false });
    expect(evaluateCel('constructor', {})).toMatchObject({ ok: false });
  });

  it('compiles once for many evaluations', () => {
    const program = compileCel('self.a <= 1 ? oldSelf : self.a', { variables: ['self', 'oldSelf'] });
    expect(program.ok && program.value.evaluate({ self: { a: 1 }, oldSelf: 'x' })).toEqual({ ok: true, value: 'x' });
    expect(program.ok && program.value.evaluate({ self: { a: 2 } })).toEqual({ ok: true, value: 2 });
    expect(program.ok && program.value.evaluate({ self: { a: 0 } })).toMatchObject({
      error: { message: 'no such attribute(s): oldSelf', line: 1, column: 15 },
    });
  });

  it('reads fields as Kubernetes escapes them', () => {
    for (const name of ['a-b', 'a.b/c', 'a__b', 'namespace', 'plain']) {
      expect(unescapeField(escapeField(name) ?? ''), name).toBe(name);
    }
    expect(escapeField('1a')).toBeUndefined();
    const program = compileCel('self.a__dash__b + self.__namespace__', { escapedFields: true });
    expect(program.ok && program.value.evaluate({ self: { 'a-b': 1, namespace: 2 } })).toEqual({ ok: true, value: 3 });
  });

  it('gives nothing but diagnostics on random sources', () => {
    const words = [
      '1',
      'a',
      '"x"',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '.',
      ',',
      ':',
      '?',
      '+',
      '-',
      '&&',
      'in',
      'has',
      'map',
      'b"\\xff"',
      '1u',
      '!',
      '`q`',
      '\n',
      'é',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 12 }), (parts) => {
        expect(typeof evaluateCel(parts.join(''), { a: { b: [1, null] } }).ok).toBe('boolean');
      }),
      { numRuns: 3000 },
    );
    expect(DEFAULT_CEL_LIMITS.steps).toBe(1_000_000);
  });
});
