import { createCipheriv, createDecipheriv, createHash, createHmac, scryptSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instant } from '@argosy/std';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromJsonValue } from '../gofmt/index.ts';
import {
  callGoFunction,
  compileTemplate,
  compileTemplateSet,
  createFunctionContext,
  DEFAULT_TEMPLATE_LIMITS,
  evaluateGotemplate,
  goFunction,
  sprigFunctions,
  type MissingKey,
  type SprigCrypto,
  type TemplateOptions,
} from './index.ts';

interface Row {
  readonly t: string;
  readonly d: number;
  readonly m?: MissingKey;
  readonly o: string;
  readonly e?: string;
}

interface Golden {
  readonly data: readonly unknown[];
  readonly rows: readonly Row[];
}

interface HelmGolden {
  readonly values: unknown;
  readonly rows: readonly { readonly t: string; readonly o?: string; readonly e?: string }[];
}

function testData<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8')) as T;
}

const crypto: SprigCrypto = {
  digest: (algorithm, bytes) => createHash(algorithm).update(bytes).digest(),
  hmacSha256: (key, bytes) => createHmac('sha256', key).update(bytes).digest(),
  scrypt: (password, salt, { cost, blockSize, parallel, length }) =>
    scryptSync(password, salt, length, { N: cost, r: blockSize, p: parallel, maxmem: 2 ** 30 }),
  aesCbc: (direction, key, { iv, bytes }) => {
    const make = direction === 'encrypt' ? createCipheriv : createDecipheriv;
    const cipher = make('aes-256-cbc', key, iv).setAutoPadding(false);
    return Buffer.concat([cipher.update(bytes), cipher.final()]);
  },
};
const functions = sprigFunctions({ crypto });

function render(source: string, data: unknown = {}, options: TemplateOptions = {}): string {
  const template = compileTemplate(source, { name: 't', functions, ...options });
  if (!template.ok) return `error: ${template.error.message}`;
  const result = template.value.execute(data, { now: instant(1_700_000_000_000), seed: 7 });
  return result.ok ? result.value : `error: ${result.error.message}`;
}

describe('gotemplate against the real ones', () => {
  it('renders and fails as text/template with sprig does, row by row', () => {
    const golden = testData<Golden>('golden.json');
    const wrong = golden.rows
      .map((row) => {
        const data = fromJsonValue(golden.data[row.d], row.d === 0 ? 'int' : 'float64');
        const found = render(row.t, data, row.m === undefined ? {} : { missingKey: row.m });
        return { template: row.t, found, wanted: row.e === undefined ? row.o : `error: ${row.e}` };
      })
      .filter(({ found, wanted }) => found !== wanted);
    expect(golden.rows.length).toBeGreaterThan(9000);
    expect(wrong).toEqual([]);
  });

  it('renders and fails as helm 3.17 does', () => {
    const golden = testData<HelmGolden>('helm.json');
    const wrong = golden.rows
      .map(({ t, o, e }) => {
        const data = { Values: structuredClone(golden.values) };
        const found = render(`v: |\n  [${t}]\n`, data, { name: 'c/templates/t.yaml', missingKey: 'zero' });
        // Helm itself takes `<no value>` out of what it renders.
        const text = found
          .replaceAll('<no value>', '')
          .replace(/^v: \|\n {2}/, '')
          .trimEnd();
        const error = (e ?? '').replace(/^parse error at \(([^)]*)\): /, 'template: $1: ');
        return { t, text, wanted: o ?? `error: ${error}` };
      })
      .filter(({ text, wanted }) => text !== wanted && !(text.startsWith('error') && wanted.endsWith(text.slice(7))));
    expect(golden.rows.length).toBeGreaterThan(120);
    expect(wrong).toEqual([]);
  });
});

describe('gotemplate beside the table', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['{{ range 3 }}{{ . }}{{ end }}', '012', 'integers can be ranged over, as from Go 1.24 on'],
    ['{{ range $i := 2 }}{{ $i }}{{ end }}', '01', 'with a variable'],
    ['{{ range 0 }}x{{ else }}none{{ end }}', 'none', 'none of them'],
    ['{{ now | date "2006-01-02" }}', '2023-11-14', 'time comes from the environment'],
    ['{{ ago (now) }} {{ now | unixEpoch }}', '0s 1700000000', 'and stands still'],
    ['{{ sha512sum "a" | trunc 8 }}', '1f40fc92', 'a digest through the port'],
    ['{{ encryptAES "k" "text" | decryptAES "k" }}', 'text', 'there and back'],
    [
      '{{ b64dec "gIE=" | sha256sum | trunc 8 }}',
      createHash('sha256')
        .update(Buffer.from([0x80, 0x81]))
        .digest('hex')
        .slice(0, 8),
      'bytes that are no text stay bytes',
    ],
    ['{{ b64dec "gIE=" }}', '\ufffd\ufffd', 'but do not leave as such'],
    [
      '{{ bcrypt "x" }}',
      'error: template: t:1:3: executing "t" at <bcrypt "x">: error calling bcrypt: bcrypt needs cryptography that is not available here',
      'a missing member of the port says so',
    ],
    ['{{ env "HOME" }}', 'error: template: t:1: function "env" not defined', 'the machine cannot be read'],
  ];
  it.each(rows)('%s', (source, wanted, reason) => {
    expect(render(source), reason).toBe(wanted);
  });

  it('draws the same from the same seed', () => {
    const source = '{{ randAlphaNum 12 }} {{ uuidv4 }} {{ randInt 1 100 }} {{ shuffle "abcdef" }} {{ randBytes 4 }}';
    expect(render(source)).toBe(render(source));
    expect(render('{{ uuidv4 }}')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(render('{{ list (uuidv4) (uuidv4) | uniq | len }}')).toBe('2');
  });

  it('takes other delimiters, functions and zones', () => {
    const include = goFunction('string, any', ([name, data], context) => context.renderNamed(String(name), data));
    const tpl = goFunction('string, any', ([text, data], context) => context.renderText('gotpl', String(text), data));
    const more = new Map([...functions, ['include', include], ['tpl', tpl]] as const);
    const source =
      '{{ define "n" }}<{{ .a }}>{{ end }}{{ include "n" . | upper }}{{ tpl "{{ include \\"n\\" . }}" . }}';
    expect(render(source, { a: 'x' }, { functions: more })).toBe('<X><x>');
    expect(render('[[ .a ]] {{ .a }}', { a: 1 }, { leftDelimiter: '[[', rightDelimiter: ']]' })).toBe('1 {{ .a }}');
    const zones = sprigFunctions({ timeZones: (name) => (name === 'A/B' ? () => -3_600_000 : undefined) });
    expect(render('{{ dateInZone "15:04 MST" 0 "A/B" }}', {}, { functions: zones })).toBe('23:00 -0100');
  });

  it('gives texts of a set each others templates; the later definition wins', () => {
    const set = compileTemplateSet([
      { name: 'a', source: '{{ define "x" }}1{{ end }}{{ template "x" }}{{ template "y" }}' },
      { name: 'b', source: '{{ define "x" }}2{{ end }}{{ define "y" }}Y{{ end }}' },
    ]);
    expect(set.ok && set.value.defined).toEqual(['a', 'b', 'x', 'y']);
    expect(set.ok && set.value.execute('a', {})).toEqual({ ok: true, value: '2Y' });
  });

  it('serves other languages through callGoFunction', () => {
    const trunc = functions.get('trunc');
    const context = createFunctionContext(
      { now: instant(0), seed: 1 },
      { steps: 1000, outputCharacters: 100, depth: 1, cryptography: 1 },
    );
    expect(trunc !== undefined && callGoFunction(trunc, [2n, 'abc'], context)).toBe('ab');
    expect(() => trunc !== undefined && callGoFunction(trunc, ['2', 'abc'], context)).toThrow(
      'arg 0: value has type string; should be int',
    );
    const repeat = functions.get('repeat');
    expect(() => repeat !== undefined && callGoFunction(repeat, [101n, 'a'], context)).toThrow(
      'function output characters is limited to 100',
    );
  });

  it('says line and column', () => {
    const result = evaluateGotemplate('a\n  {{ .x.y }}', { x: 'é' });
    expect(result).toMatchObject({ ok: false, error: { line: 2, column: 8 } });
    expect(evaluateGotemplate('a\n{{ if }}', {})).toMatchObject({ ok: false, error: { line: 2, column: 7 } });
  });
});

describe('gotemplate limits', () => {
  const hostile: readonly (readonly [string, string, string])[] = [
    [
      '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
      'exceeded maximum template depth (250)',
      'recursion',
    ],
    ['{{ repeat 100000000 "x" }}', 'template output characters is limited to 16777216', 'a long text'],
    [`{{ range until 20000 }}${'x'.repeat(1000)}{{ end }}`, 'template output characters is limited', 'much output'],
    ['{{ until 2000000000 }}', 'a sequence is limited to 1000000 numbers', 'a long list'],
    ['{{ range 9223372036854775807 }}{{ end }}', 'template steps is limited to 500000', 'an endless loop'],
    ['{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $_ := set $d "b" $d }}{{ $d }}', 'is limited to', 'a map in itself'],
    ['{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ toJson $d | len }}', '', 'a map in itself as JSON gives nothing'],
    ['{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ deepCopy $d }}', 'deepCopy is limited to a depth of 500', 'copied'],
    [`{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`, 'template nesting is limited to 250', 'parentheses'],
    ['{{ if 1 }}'.repeat(5000), 'template nesting is limited to 250', 'blocks'],
    ['{{ regexMatch "(a*)*b" (repeat 10000 "a") }}', '', 'nested quantifiers'],
    ['{{ regexReplaceAll "(x+x+)+y" (repeat 5000 "x") "" | len }}', '', 'nested quantifiers'],
    ['{{ printf "%1000000d" 1 | len }}', '', 'a wide number'],
    [
      'x'.repeat(DEFAULT_TEMPLATE_LIMITS.sourceCharacters + 1),
      'template source characters is limited',
      'a long source',
    ],
  ];
  it.each(hostile.map((row) => [row[2], ...row] as const))('%s', (_name, source, message) => {
    expect(DEFAULT_TEMPLATE_LIMITS.steps).toBe(500_000);
    expect(render(source, {})).toContain(message);
  });

  it('never throws anything but diagnostics, and always ends', () => {
    const pieces = [
      '{{',
      '}}',
      '{{-',
      '-}}',
      ' ',
      '.',
      '$x',
      ':=',
      '|',
      '(',
      ')',
      '"',
      '`',
      "'",
      'if',
      'range',
      'end',
      'define',
      '"a"',
      'template',
      'else',
      'with',
      '1',
      '-',
      'list',
      'é',
      '\n',
      '/*',
      '*/',
      'len',
      'index',
      'printf',
      '%v',
      'repeat',
      '9',
      'toJson',
      'set',
      'dict',
      'regexFind',
      '0x',
    ];
    const source = fc.array(fc.constantFrom(...pieces), { maxLength: 25 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(source, fc.string()), (text) => {
        expect(typeof evaluateGotemplate(text, { a: [1, { b: 'x' }] }).ok).toBe('boolean');
      }),
      { numRuns: 3000 },
    );
  });

  it('never throws from a function, whatever it is given', () => {
    const names = [...functions.keys()].filter((name) => !/^(derivePassword|bcrypt|gen)/.test(name));
    const value = fc.constantFrom(
      'nil',
      '.a',
      '.l',
      '.m',
      '-1',
      '3',
      '1.5',
      '"x"',
      '""',
      'true',
      '(list)',
      '(dict "a" 1)',
      '(until 2)',
      '(now)',
      '(semver "1.2.3")',
      '.no',
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(value, { maxLength: 4 }), (name, args) => {
        expect(
          typeof render(`{{ ${name} ${args.join(' ')} }}`, { a: 'text', l: [1, 'b', null], m: { k: { v: 1 } } }),
        ).toBe('string');
      }),
      { numRuns: 6000 },
    );
  });

  it('holds __proto__ and constructor for plain keys', () => {
    const data: unknown = JSON.parse('{"__proto__":{"x":1},"m":{}}');
    expect(render('{{ .__proto__.x }} {{ .m.constructor }} {{ hasKey .m "toString" }}', data)).toBe(
      '1 <no value> false',
    );
    expect(render('{{ $d := dict "__proto__" 1 }}{{ $d }} {{ merge (dict) $d }} {{ toJson $d }} {{ keys $d }}')).toBe(
      'map[__proto__:1] map[__proto__:1] {"__proto__":1} [__proto__]',
    );
  });
});

describe('docs/languages/gotemplate.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/languages/gotemplate.md'), 'utf8');
  const example = /```gotemplate\n([\s\S]*?)```\n\n```json\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g;
  const examples = [...page.matchAll(example)].map(([, source = '', data = '', output = '']) => ({
    source,
    data,
    output,
  }));

  it('has examples that do what they show', () => {
    expect(examples.length).toBeGreaterThan(2);
    for (const { source, data, output } of examples) {
      const result = evaluateGotemplate(source, JSON.parse(data));
      expect(result.ok ? result.value : `${result.error.message}\n`).toBe(output);
    }
  });
});
