import { describe, expect, it } from 'vitest';
import { FILE_LINE_LIMIT } from './form.ts';
import type { FolderLayer } from './layers.ts';
import { codeOnly } from './source.ts';
import { checkTree, type Tree } from './tidy.ts';

const layers = new Map<string, ReadonlyMap<string, FolderLayer>>([
  ['std', new Map([['.', { layer: 0, pure: true }]])],
  [
    'kube',
    new Map([
      ['meta', { layer: 20, pure: true }],
      ['client', { layer: 40, pure: false }],
    ]),
  ],
  ['cd', new Map([['engine', { layer: 30, pure: true }]])],
  ['cluster', new Map([['store', { layer: 30, pure: true }]])],
]);

function tree(files: { readonly [path: string]: string }, compatPage = ''): Tree {
  return {
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
    layers,
    compatPage,
    manifest: { dependencies: ['undici'], devDependencies: ['vitest'] },
  };
}

const doc = '/** What it is. */\n';
const index = 'packages/cd/src/engine/index.ts';

interface Row {
  readonly rule: string;
  readonly reason: string;
  readonly files: { readonly [path: string]: string };
  readonly compatPage?: string;
}

const planted: readonly Row[] = [
  {
    rule: 'layers',
    reason: 'an engine reaches up into an adapter',
    files: { [index]: "import { x } from '@argosy/kube/client';\nx();\n" },
  },
  {
    rule: 'layers',
    reason: 'one domain imports another',
    files: { [index]: "import { x } from '@argosy/cluster/store';\nx();\n" },
  },
  {
    rule: 'layers',
    reason: 'a folder that declares nothing',
    files: { 'packages/cd/src/odd/index.ts': "import { x } from '@argosy/std';\nx();\n" },
  },
  {
    rule: 'deep-import',
    reason: 'past the index of another package',
    files: { [index]: "import { x } from '@argosy/kube/meta/object';\nx();\n" },
  },
  {
    rule: 'deep-import',
    reason: 'past the index of a neighbour folder',
    files: { 'packages/kube/src/client/index.ts': "import { x } from '../meta/object.ts';\nx();\n" },
  },
  { rule: 'purity', reason: 'a clock', files: { [index]: 'const now = Date.now();\nvoid now;\n' } },
  { rule: 'purity', reason: 'chance', files: { [index]: 'const n = Math.random();\nvoid n;\n' } },
  { rule: 'purity', reason: 'a promise', files: { [index]: 'async function f() {}\nvoid f;\n' } },
  { rule: 'purity', reason: 'a timer', files: { [index]: 'setTimeout(() => 1, 1);\n' } },
  { rule: 'purity', reason: 'the environment', files: { [index]: "const a = process.env['A'];\nvoid a;\n" } },
  { rule: 'purity', reason: 'the platform', files: { [index]: "import { x } from 'node:fs';\nx();\n" } },
  { rule: 'purity', reason: 'foreign code in an engine', files: { [index]: "import { x } from 'undici';\nx();\n" } },
  { rule: 'file-size', reason: 'one line too many', files: { [index]: '\n'.repeat(FILE_LINE_LIMIT + 1) } },
  { rule: 'drawer-name', reason: 'a drawer', files: { 'packages/cd/src/engine/utils.ts': '' } },
  { rule: 'export-star', reason: 'unnamed exports', files: { [index]: "export * from '@argosy/std';\n" } },
  { rule: 'empty-catch', reason: 'a swallowed error', files: { [index]: 'try {\n  f();\n} catch {}\n' } },
  {
    rule: 'ts-ignore',
    reason: 'a silenced compiler',
    files: { 'packages/cd/src/engine/a.test.ts': '// @ts-ignore\n' },
  },
  { rule: 'docstring', reason: 'an export without a word', files: { [index]: 'export const limit = 1;\n' } },
  {
    rule: 'skipped-test',
    reason: 'a test that does not run',
    files: { 'packages/cd/src/engine/a.test.ts': "it.skip('x', () => undefined);\n" },
  },
  {
    rule: 'sleeping-test',
    reason: 'a test that hopes',
    files: { 'packages/cd/src/engine/a.test.ts': 'await new Promise((r) => setTimeout(r, 10));\n' },
  },
  {
    rule: 'cycle',
    reason: 'two files that need each other',
    files: {
      'packages/std/src/a.ts': "import { b } from './b.ts';\nb();\n",
      'packages/std/src/b.ts': "import { a } from './a.ts';\na();\n",
    },
  },
  {
    rule: 'dead-file',
    reason: 'nobody imports it',
    files: { 'packages/std/src/lonely.ts': `${doc}export const a = 1;\n` },
  },
  {
    rule: 'dependency',
    reason: 'a module that the manifest does not name',
    files: { 'packages/kube/src/client/index.ts': "import { x } from 'left-pad';\nx();\n" },
  },
  { rule: 'compat-mark', reason: 'a mark that no page lists', files: { [index]: '// compat(cd-0001): why\n' } },
  {
    rule: 'compat-mark',
    reason: 'a listed mark that no code has',
    files: { [index]: '' },
    compatPage: 'compat(cd-0002)',
  },
];

describe('tidy', () => {
  it.each(planted)('$rule: $reason', ({ rule, files, compatPage }) => {
    const found = checkTree(tree(files, compatPage)).map((item) => item.rule);
    expect(found).toContain(rule);
  });

  it('lets clean code pass', () => {
    const clean = {
      [index]: `import { assert } from '@argosy/std';\nimport type { ClusterApi } from '@argosy/kube/client';\n${doc}export const plan = (api: ClusterApi): void => assert(api !== undefined, 'async Date process.env');\n`,
      'packages/std/src/index.ts': '',
    };
    expect(checkTree(tree(clean)).map((item) => `${item.rule}: ${item.message}`)).toEqual([
      'layers: layer 30 (cd/engine) may not import layer 40 (kube/client)',
    ]);
  });

  it('lets a marked table be long', () => {
    const table = `// @table: field facts, from the API reference\n${'\n'.repeat(FILE_LINE_LIMIT + 1)}`;
    expect(checkTree(tree({ [index]: table }))).toEqual([]);
  });

  it('does not take comments and text for code', () => {
    expect(codeOnly("const a = 'Date.now()'; // await\nconst r = /async/;")).not.toMatch(/Date|await|async/);
  });
});
