import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkForm } from './form.ts';
import { checkLayers, type FolderLayer, type LayerTable } from './layers.ts';
import { checkPurity } from './purity.ts';
import type { SourceFile, Violation } from './source.ts';
import { checkCompatMarks, checkCycles, checkDeadFiles, checkDependencies } from './whole.ts';

interface PackageManifest {
  readonly argosy?: { readonly layers?: { readonly [folder: string]: FolderLayer } };
}

interface RootManifest {
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
}

/** Everything the rules look at. */
export interface Tree {
  readonly files: readonly SourceFile[];
  readonly layers: LayerTable;
  readonly compatPage: string;
  readonly manifest: { readonly dependencies: readonly string[]; readonly devDependencies: readonly string[] };
}

/** All rules over one tree, in path order. */
export function checkTree(tree: Tree): readonly Violation[] {
  return [
    ...checkForm(tree.files),
    ...checkLayers(tree.files, tree.layers),
    ...checkPurity(tree.files, tree.layers),
    ...checkCycles(tree.files),
    ...checkDeadFiles(tree.files),
    ...checkDependencies(tree.files, tree.manifest),
    ...checkCompatMarks(tree.files, tree.compatPage),
  ].toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Reads the tree below `root`: what git tracks or would track. */
export function readTree(root: string): Tree {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  const paths = listed.split('\n').filter((path) => path !== '' && existsSync(join(root, path)));
  const files = paths
    .filter((path) => /\.(ts|tsx|mts)$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
  const layers = new Map<string, ReadonlyMap<string, FolderLayer>>();
  for (const path of paths) {
    const name = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1];
    if (name === undefined) continue;
    const manifest = readJson(join(root, path)) as PackageManifest;
    layers.set(name, new Map(Object.entries(manifest.argosy?.layers ?? {})));
  }
  const rootManifest = readJson(join(root, 'package.json')) as RootManifest;
  const compatPath = join(root, 'docs/compat.md');
  return {
    files,
    layers,
    compatPage: existsSync(compatPath) ? readFileSync(compatPath, 'utf8') : '',
    manifest: {
      dependencies: Object.keys(rootManifest.dependencies ?? {}),
      devDependencies: Object.keys(rootManifest.devDependencies ?? {}),
    },
  };
}

function main(): void {
  const violations = checkTree(readTree(process.cwd()));
  for (const item of violations) console.log(`${item.path}:${item.line} ${item.rule}: ${item.message}`);
  console.log(violations.length === 0 ? 'tidy: nothing to mend' : `tidy: ${violations.length} to mend`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

if (process.argv[1]?.endsWith('tidy.ts') === true) main();
