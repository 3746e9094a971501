import { importsOf, isTest, lineAt, type SourceFile, type Violation } from './source.ts';

const MARK = /compat\(([a-z]+-\d{4})\)/g;

/** Every compat mark in code is listed in docs/compat.md, and the other way round. */
export function checkCompatMarks(files: readonly SourceFile[], compatPage: string): readonly Violation[] {
  const listed = new Set([...compatPage.matchAll(MARK)].map((match) => match[1] ?? ''));
  const used = new Set<string>();
  const found: Violation[] = [];
  for (const file of files) {
    if (!file.path.startsWith('packages/') || isTest(file.path)) continue;
    for (const match of file.text.matchAll(MARK)) {
      const mark = match[1] ?? '';
      used.add(mark);
      if (listed.has(mark)) continue;
      const line = lineAt(file.text, match.index);
      found.push({ rule: 'compat-mark', path: file.path, line, message: `${mark} is not in docs/compat.md` });
    }
  }
  for (const mark of listed) {
    if (used.has(mark)) continue;
    found.push({ rule: 'compat-mark', path: 'docs/compat.md', line: 1, message: `${mark} stands in no source file` });
  }
  return found;
}

function resolveImport(path: string, specifier: string): string | undefined {
  const own = /^@argosy\/([^/]+)(?:\/(.+))?$/.exec(specifier);
  if (own !== null) {
    return own[2] === undefined ? `packages/${own[1]}/src/index.ts` : `packages/${own[1]}/src/${own[2]}/index.ts`;
  }
  if (!specifier.startsWith('.')) return undefined;
  const parts = path.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Files that programs are started from, and that nothing imports. */
const ENTRY =
  /(^packages\/argosy\/src\/main\.ts$|-worker\.ts$|-process\.ts$|\/index\.ts$|^packages\/ui\/src\/app\/main\.tsx$|vite\.config\.ts$|\.d\.ts$)/;

/** A source file that no entry, index or test reaches is dead. */
export function checkDeadFiles(files: readonly SourceFile[]): readonly Violation[] {
  const reached = new Set<string>();
  for (const file of files) {
    for (const use of importsOf(file.text)) {
      const target = resolveImport(file.path, use.specifier);
      if (target !== undefined) reached.add(target);
    }
  }
  return files
    .filter((file) => file.path.startsWith('packages/') && !isTest(file.path) && !ENTRY.test(file.path))
    .filter((file) => !reached.has(file.path))
    .map((file) => ({ rule: 'dead-file', path: file.path, line: 1, message: 'nothing imports this file' }));
}

/** The third-party modules of the root manifest. */
export interface DeclaredModules {
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

const isOurs = (specifier: string): boolean => /^(\.|node:|@argosy\/)/.test(specifier);

const moduleName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function isDeclared(name: string, declared: DeclaredModules, use: { typeOnly: boolean; forTests: boolean }): boolean {
  if (declared.dependencies.includes(name)) return true;
  if (!use.typeOnly && !use.forTests) return false;
  return declared.devDependencies.includes(name) || declared.devDependencies.includes(`@types/${name}`);
}

/** Third-party modules must be declared in the root manifest; development ones only serve tests and tools. */
export function checkDependencies(files: readonly SourceFile[], declared: DeclaredModules): readonly Violation[] {
  return files.flatMap((file) => {
    const forTests = isTest(file.path) || !file.path.startsWith('packages/') || file.path.endsWith('vite.config.ts');
    return importsOf(file.text)
      .filter(({ specifier }) => !isOurs(specifier))
      .filter(({ specifier, typeOnly }) => !isDeclared(moduleName(specifier), declared, { typeOnly, forTests }))
      .map(({ specifier, line }) => ({
        rule: 'dependency',
        path: file.path,
        line,
        message: `${moduleName(specifier)} is not declared`,
      }));
  });
}

/** Import cycles between files, each reported once at its first file in path order. */
export function checkCycles(files: readonly SourceFile[]): readonly Violation[] {
  const edges = new Map<string, readonly string[]>();
  for (const file of files) {
    const targets = importsOf(file.text)
      .filter((use) => !use.typeOnly)
      .map((use) => resolveImport(file.path, use.specifier))
      .filter((target): target is string => target !== undefined && target !== file.path);
    edges.set(file.path, targets);
  }
  const state = new Map<string, 'open' | 'closed'>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'closed') return;
    if (state.get(path) === 'open') {
      const cycle = [...trail.slice(trail.indexOf(path)), path];
      found.push({ rule: 'cycle', path, line: 1, message: cycle.join(' → ') });
      return;
    }
    state.set(path, 'open');
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, 'closed');
  };
  for (const path of [...edges.keys()].sort()) visit(path, []);
  return found;
}
