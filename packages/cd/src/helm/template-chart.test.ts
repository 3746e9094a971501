import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  IGNORE_RULE_LIMIT,
  SET_LIMIT_CHARACTERS,
  SET_NESTING_LIMIT,
  templateChart,
  type TemplateRequest,
} from './index.ts';
import { filesOf, testPorts, type ChartTree } from './test-charts.ts';

interface Asked extends Omit<TemplateRequest, 'files' | 'values' | 'sets' | 'releaseName' | 'namespace'> {
  readonly releaseName?: string;
  readonly namespace?: string;
  readonly values?: readonly string[];
  readonly sets?: readonly (readonly [kind: 'set', text: string])[];
}

interface Row {
  readonly c: number;
  readonly a: Asked;
  /** What helm printed. */
  readonly o?: string;
  /** Its error. */
  readonly e?: string;
}

interface Golden {
  readonly charts: readonly ChartTree[];
  readonly rows: readonly Row[];
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as Golden;

function render(chart: ChartTree, { values = [], sets = [], ...asked }: Asked): string {
  const result = templateChart(
    {
      releaseName: 'r',
      namespace: 'default',
      ...asked,
      files: filesOf(chart),
      values: values.map((text, index) => ({ name: `/v${index}.yaml`, text })),
      sets: sets.map(([kind, text]) => ({ kind, text })),
    },
    testPorts,
  );
  if (!result.ok) return `error: ${result.error.message.trimEnd()}`;
  return result.value.map(({ source, content }) => `---\n# Source: ${source}\n${content}\n`).join('');
}

/** The library behind helm's schema check tells its findings in no order; YAML's faults are told by another reader. */
function comparable(text: string): string {
  if (text.includes('schema(s) in the following')) return text.split('\n').sort().join('\n');
  // Helm repeats what stood behind --set-json, which may be a secret.
  if (text.startsWith('error: failed parsing --set-json data')) return 'error: failed parsing --set-json data';
  return text.replace(/error converting YAML to JSON: yaml: .*$/s, 'error converting YAML to JSON').trim();
}

describe('helm template', () => {
  it('prints what helm 3.17 prints, row by row', () => {
    const wrong = golden.rows.flatMap((row, index) => {
      const wanted = comparable(row.o ?? `error: ${row.e}`);
      const found = comparable(render(golden.charts[row.c] ?? {}, row.a));
      return found === wanted
        ? []
        : [{ index, asked: row.a, template: golden.charts[row.c]?.['templates/t.yaml'], found, wanted }];
    });
    expect(golden.rows.length).toBeGreaterThan(600);
    expect(wrong).toEqual([]);
  });
});

const chart = (template: string, more: ChartTree = {}): ChartTree => ({
  'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
  'templates/t.yaml': template,
  ...more,
});

function limitOf(tree: ChartTree, more: Partial<TemplateRequest> = {}): string | undefined {
  const request = { files: filesOf(tree), releaseName: 'r', namespace: 'default', ...more };
  const limits = {
    chart: { depth: 3, files: 20, totalBytes: 50_000 },
    template: { steps: 20_000, outputCharacters: 50_000 },
  };
  const result = templateChart(request, { ...testPorts, limits });
  return result.ok ? 'none' : result.error.limit;
}

/** A chart that holds itself, packed, as deep as asked. */
const nested = (depth: number): ChartTree =>
  depth === 0 ? chart('') : chart('', { 'charts/inner-1.0.0.tgz': nested(depth - 1) });

const BOMB = `a: &a [1,1,1,1,1,1,1,1,1,1]\n${'bcdefgh'
  .split('')
  .map(
    (name, index) =>
      `${name}: &${name} [${Array(10)
        .fill(`*${'abcdefgh'.charAt(index)}`)
        .join(',')}]`,
  )
  .join('\n')}\n`;

describe('hostile charts', () => {
  it.each([
    ['an endless include', chart('{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}'), 'template depth'],
    [
      'an endless tpl',
      chart('{{ define "a" }}{{ tpl "{{ include \\"a\\" . }}" . }}{{ end }}{{ include "a" . }}'),
      'template depth',
    ],
    ['a long loop', chart('{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}'), 'template steps'],
    ['a flood of text', chart('{{ range until 100 }}{{ repeat 1000 "x" }}{{ end }}'), 'template output characters'],
    ['charts inside of charts', nested(4), 'chart depth'],
    ['many files', chart('', Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${n}`, '']))), 'chart files'],
    ['large files', chart('', { big: 'x'.repeat(60_000) }), 'chart bytes'],
    ['an alias bomb in values', chart('', { 'values.yaml': BOMB }), 'yaml nodes'],
    ['an alias bomb in what a template wrote', chart(BOMB), 'yaml nodes'],
    ['an alias bomb in fromYaml', chart('{{ fromYaml (.Files.Get "bomb") }}', { bomb: BOMB }), 'yaml nodes'],
    ['rules without end', chart('', { '.helmignore': 'x\n'.repeat(IGNORE_RULE_LIMIT + 1) }), 'helmignore rules'],
  ] as const)('%s ends at a named limit', (_reason, tree, limit) => {
    expect(limitOf(tree)).toBe(limit);
  });

  it('bounds what --set may say', () => {
    const set = (text: string): Partial<TemplateRequest> => ({ sets: [{ kind: 'set', text }] });
    expect(limitOf(chart(''), set('x'.repeat(SET_LIMIT_CHARACTERS + 1)))).toBe('--set characters');
    const deep = render(chart(''), { sets: [['set', `${'a.'.repeat(SET_NESTING_LIMIT + 1)}b=1`]] });
    expect(deep).toContain(`greater than maximum supported nested level of ${SET_NESTING_LIMIT}`);
  });

  it('keeps what stood behind --set-json to itself', () => {
    const text = 'password={"value":"hunter2"';
    const result = templateChart(
      { files: filesOf(chart('')), releaseName: 'r', namespace: 'd', sets: [{ kind: 'set-json', text }] },
      testPorts,
    );
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('keeps __proto__ and constructor ordinary names', () => {
    const text = render(chart('v: {{ toJson .Values | quote }}\n'), {
      values: ['{__proto__: {a: 1}, constructor: {b: 2}}'],
      sets: [['set', '__proto__.polluted=1']],
    });
    expect(text).toContain(String.raw`{\"__proto__\":{\"a\":1,\"polluted\":1},\"constructor\":{\"b\":2}}`);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('never throws, whatever the template, the values or the assignment', () => {
    const pieces = fc.constantFrom(
      '{{',
      '}}',
      'include "x" .',
      'tpl',
      '.Values',
      '"',
      '|',
      'range',
      'end',
      ' ',
      'toYaml',
      'a: ',
      '\n',
      '---\n',
      '[',
      '.Files.Glob "*"',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), fc.string(), fc.string(), (parts, values, set) => {
        const found = render(chart(parts.join('')), { values: [values], sets: [['set', set]] });
        expect(typeof found).toBe('string');
      }),
    );
  });
});
