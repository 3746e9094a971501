// Makes packages/cd/src/helm/testdata/golden.json with a real helm (3.17): what `helm template` prints, or its error,
// for charts of our own making. Run with: npx tsx tools/oracles/helm/make.ts
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { runTool, toolBinary } from '../../../test/wire/kubectl-binary.ts';
import type { Asked, Case, ChartTree } from './case.ts';
import { familyCases } from './families.ts';
import { featureCases } from './features.ts';

const OUT = join(import.meta.dirname, '../../../packages/cd/src/helm/testdata/golden.json');
const run = promisify(execFile);

async function writeTree(directory: string, tree: ChartTree): Promise<void> {
  for (const [path, value] of Object.entries(tree)) {
    const full = join(directory, path);
    await mkdir(dirname(full), { recursive: true });
    if (typeof value === 'string') {
      await writeFile(full, value);
      continue;
    }
    await writeTree(`${full}.d/packed`, value);
    await run('tar', ['-czf', full, '-C', `${full}.d`, 'packed']);
    await rm(`${full}.d`, { recursive: true });
  }
}

async function argumentsOf(asked: Asked, home: string): Promise<readonly string[]> {
  const args: string[] = [];
  for (const [index, text] of (asked.values ?? []).entries()) {
    await writeFile(join(home, `v${index}.yaml`), text);
    args.push('--values', join(home, `v${index}.yaml`));
  }
  for (const [kind, text] of asked.sets ?? []) args.push(`--${kind}`, text);
  if (asked.namespace !== undefined) args.push('--namespace', asked.namespace);
  if (asked.kubeVersion !== undefined) args.push('--kube-version', asked.kubeVersion);
  for (const version of asked.apiVersions ?? []) args.push('--api-versions', version);
  const switches = [
    ['--include-crds', asked.includeCrds],
    ['--skip-tests', asked.skipTests],
    ['--skip-schema-validation', asked.skipSchemaValidation],
  ] as const;
  return [...args, ...switches.filter(([, on]) => on === true).map(([flag]) => flag)];
}

async function record(helm: string, { chart, asked }: Case): Promise<{ readonly o?: string; readonly e?: string }> {
  const home = await mkdtemp(join(tmpdir(), 'helm-case-'));
  try {
    await writeTree(join(home, 'chart'), chart);
    const args = ['template', asked.releaseName ?? 'r', join(home, 'chart'), ...(await argumentsOf(asked, home))];
    const { code, stdout, stderr } = await runTool(helm, args, { kubeconfig: '/dev/null', home });
    if (code === 0) return { o: stdout };
    const lines = stderr.slice(stderr.lastIndexOf('Error: ') < 0 ? 0 : stderr.indexOf('Error: ') + 7);
    return {
      e: lines
        .replace(/\n\nUse --debug[^]*/, '')
        .replaceAll(home, '')
        .trimEnd(),
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const helm = await toolBinary('helm');
  const charts = new Map<string, number>();
  const rows: string[] = [];
  for (const each of [...featureCases(), ...familyCases()]) {
    const key = JSON.stringify(each.chart);
    if (!charts.has(key)) charts.set(key, charts.size);
    rows.push(JSON.stringify({ c: charts.get(key), a: each.asked, ...(await record(helm, each)) }));
  }
  await mkdir(dirname(OUT), { recursive: true });
  await writeFile(OUT, `{"charts":[\n${[...charts.keys()].join(',\n')}\n],"rows":[\n${rows.join(',\n')}\n]}\n`);
  console.log(`${charts.size} charts, ${rows.length} rows`);
}

void main();
