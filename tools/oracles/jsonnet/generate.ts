// Makes packages/lang/src/jsonnet/testdata/golden.json with Debian's `jsonnet` 0.18 (apt-get install jsonnet):
//   npx tsx tools/oracles/jsonnet/generate.ts
// Rows for functions that are newer come from libjsonnet 0.20 when JSONNET_ADDON names a folder that has the npm
// package @hanazuki/node-jsonnet installed; without it they are kept as they are in the committed table.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GRAMMAR } from './grammar.ts';
import { CALLS, TREES } from './library.ts';
import { NEWER } from './newer.ts';
import { FILES, IMPORTS, VARIABLES } from './outside.ts';
import {
  arithmeticPrograms,
  formatPrograms,
  inheritancePrograms,
  numberPrograms,
  operatorPrograms,
  wrongTypePrograms,
} from './shapes.ts';

interface Row {
  readonly group: string;
  readonly program: string;
  readonly options?: readonly string[];
  readonly output?: string;
  readonly error?: string;
}

const target = join(import.meta.dirname, '../../../packages/lang/src/jsonnet/testdata/golden.json');

/** Longer outputs are left out: the table stays readable. */
const OUTPUT_LIMIT_CHARACTERS = 1500;

function treePrograms(): readonly string[] {
  const forms = [
    '$V',
    '"" + $V',
    'std.manifestJson($V)',
    'std.manifestJsonEx($V, "  ")',
    'std.manifestJsonMinified($V)',
    'std.manifestJsonEx($V, "\\t", " ", "=")',
    'std.manifestYamlDoc($V)',
    'std.manifestYamlDoc($V, indent_array_in_object=true)',
    'std.manifestYamlDoc($V, quote_keys=false)',
    'std.manifestYamlStream([$V, 1])',
    'std.manifestToml($V)',
    'std.manifestTomlEx($V, "")',
    'std.manifestPython($V)',
  ];
  return TREES.flatMap((tree) => forms.map((form) => form.replace('$V', () => tree)));
}

function programs(): readonly (readonly [string, string])[] {
  const calls = Object.entries(CALLS).flatMap(([name, lists]) => lists.map((list) => `std.${name}(${list})`));
  const groups: Readonly<Record<string, readonly string[]>> = {
    grammar: GRAMMAR,
    library: calls,
    manifest: treePrograms(),
    operators: operatorPrograms(420, 1),
    format: formatPrograms(300, 2),
    numbers: numberPrograms(80, 3),
    arithmetic: arithmeticPrograms(120, 4),
    inheritance: inheritancePrograms(420, 5),
    types: wrongTypePrograms(CALLS, 320, 6),
  };
  return Object.entries(groups).flatMap(([group, list]) =>
    [...new Set(list)].map((program) => [group, program] as const),
  );
}

function runTool(program: string, options: readonly string[], folder: string): { output: string } | { error: string } {
  const done = spawnSync('jsonnet', [...options, '--exec', '--', program], {
    encoding: 'utf8',
    cwd: folder,
    timeout: 20_000,
  });
  if (done.status === 0) return { output: done.stdout };
  return { error: done.stderr.split('\n').find((line) => !line.startsWith('TRACE')) ?? '' };
}

function toolRows(folder: string): readonly Row[] {
  const rows: Row[] = programs().map(([group, program]) => ({ group, program, ...runTool(program, [], folder) }));
  for (const [program, ...options] of [...IMPORTS, ...VARIABLES]) {
    rows.push({ group: 'outside', program, options, ...runTool(program, options, folder) });
  }
  return rows;
}

/** One process a program: the addon ends its process on some errors. */
const ADDON_SCRIPT = `
const { Jsonnet } = require('@hanazuki/node-jsonnet');
new Jsonnet().evaluateSnippet(process.argv[1]).then(
  (output) => console.log(JSON.stringify({ output })),
  (error) => console.log(JSON.stringify({ error: error.message.split('\\n')[0] })),
);`;

function newerRows(): readonly Row[] {
  const addon = process.env['JSONNET_ADDON'];
  if (addon === undefined) {
    const known = JSON.parse(readFileSync(target, 'utf8')) as readonly Row[];
    return known.filter((row) => row.group === 'newer');
  }
  return NEWER.flatMap((program) => {
    const done = spawnSync(process.execPath, ['-e', ADDON_SCRIPT, '--', program], { encoding: 'utf8', cwd: addon });
    return done.status === 0 ? [{ group: 'newer', program, ...(JSON.parse(done.stdout) as object) }] : [];
  });
}

function writeFiles(folder: string): void {
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'jsonnet-oracle-'));
try {
  writeFiles(folder);
  const rows = [...toolRows(folder), ...newerRows()].filter(
    (row) => (row.output ?? '').length <= OUTPUT_LIMIT_CHARACTERS,
  );
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
  writeFileSync(join(dirname(target), 'files.json'), `${JSON.stringify(FILES, null, 2)}\n`);
  console.log(`${rows.length} rows, ${rows.filter((row) => row.error !== undefined).length} of them errors`);
} finally {
  rmSync(folder, { recursive: true });
}
