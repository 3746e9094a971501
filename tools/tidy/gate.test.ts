import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
let place = '';

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'argosy-gate-'));
  mkdirSync(join(place, 'packages', 'x', 'src'), { recursive: true });
  for (const name of ['.oxlintrc.json', '.oxfmtrc.json', 'tsconfig.json'])
    copyFileSync(join(root, name), join(place, name));
  writeFileSync(join(place, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Plants one file, runs one real gate over it, and gives back what it printed and how it ended. */
function judge(gate: readonly string[], code: string): { readonly status: number | null; readonly output: string } {
  writeFileSync(join(place, 'packages/x/src/planted.ts'), code);
  const [program = '', ...args] = gate;
  const result = spawnSync(join(root, 'node_modules/.bin', program), args, { cwd: place, encoding: 'utf8' });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

const lint = ['oxlint', '--type-aware', '--deny-warnings', 'packages'];
const types = ['tsc', '-p', '.'];
const format = ['oxfmt', '--check', 'packages'];

const clean = 'export const one = (list: readonly number[]): number => list[0] ?? 1;\n';

const planted: readonly (readonly [string, readonly string[], string, RegExp])[] = [
  ['any', lint, 'export const f = (x: any): unknown => x;\n', /no-explicit-any/],
  ['non-null', lint, 'export const f = (x: number[]): number => x[0]!;\n', /no-non-null-assertion/],
  ['default export', lint, 'export default 1;\n', /no-default-export/],
  ['console', lint, "console.log('x');\n", /no-console/],
  ['todo', lint, '// TODO: later\nexport const a = 1;\n', /no-warning-comments/],
  ['parameters', lint, 'export const f = (a: 1, b: 1, c: 1, d: 1): number => a + b + c + d;\n', /max-params/],
  ['long function', lint, `export function f(): void {\n${'  void 0;\n'.repeat(71)}}\n`, /max-lines-per-function/],
  [
    'complexity',
    lint,
    `export function f(a: number): number {\n${Array.from({ length: 11 }, (_, i) => `  if (a === ${i}) return ${i};\n`).join('')}  return a;\n}\n`,
    /complexity/,
  ],
  [
    'nesting',
    lint,
    'export function f(a: boolean): void {\n  if (a) { if (a) { if (a) { if (a) { void 0; } } } }\n}\n',
    /max-depth/,
  ],
  ['floating promise', lint, 'export function f(): void {\n  Promise.resolve(1);\n}\n', /no-floating-promises/],
  ['suppression', lint, '// @ts-expect-error\nexport const a: string = 1;\n', /ban-ts-comment/],
  ['unchecked index', types, 'export const f = (x: number[]): number => x[0];\n', /TS2322/],
  ['enum', types, 'export enum E { A }\n', /TS1294/],
  ['format', format, 'export const a   = 1\n', /planted/],
];

describe('the gate', () => {
  it.each(planted)('refuses %s', (...[, gate, code, expected]) => {
    const { status, output } = judge(gate, code);
    expect(output).toMatch(expected);
    expect(status).not.toBe(0);
  });

  it.each([
    ['lint', lint],
    ['types', types],
    ['format', format],
  ] as const)('lets clean code pass %s', (_name, gate) => {
    const { status, output } = judge(gate, clean);
    expect(output, output).toBeDefined();
    expect(status, output).toBe(0);
  });
});
