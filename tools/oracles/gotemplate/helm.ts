// Makes packages/lang/src/gotemplate/testdata/helm.json with a real helm (3.17: Go 1.23, sprig 3.3), for what the
// older Go and sprig of main.go do differently. Run with: npx tsx tools/oracles/gotemplate/helm.ts
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool, toolBinary } from '../../../test/wire/kubectl-binary.ts';
import { HELM_ROWS, HELM_VALUES } from './helm-rows.ts';

const FILE = 'c/templates/t.yaml';
const OUT = join(import.meta.dirname, '../../../packages/lang/src/gotemplate/testdata/helm.json');

async function main(): Promise<void> {
  const helm = await toolBinary('helm');
  const home = await mkdtemp(join(tmpdir(), 'helm-rows-'));
  const rows: { t: string; o?: string; e?: string }[] = [];
  try {
    await mkdir(join(home, 'c/templates'), { recursive: true });
    await writeFile(join(home, 'c/Chart.yaml'), 'apiVersion: v2\nname: c\nversion: 1.2.3\n');
    await writeFile(join(home, 'c/values.yaml'), JSON.stringify(HELM_VALUES));
    for (const t of HELM_ROWS) {
      await writeFile(join(home, FILE), `v: |\n  [${t}]\n`);
      const run = await runTool(helm, ['template', 'r', join(home, 'c')], { kubeconfig: '/dev/null', home });
      const output = run.stdout.replace(`---\n# Source: ${FILE}\nv: |\n  `, '').trimEnd();
      const error = run.stderr
        .trim()
        .replace(/^Error: /, '')
        .replace(/\n\nUse --debug.*/s, '');
      rows.push(run.code === 0 ? { t, o: output } : { t, e: error });
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
  const lines = rows.map((row) => JSON.stringify(row)).join(',\n');
  await writeFile(OUT, `{"values":${JSON.stringify(HELM_VALUES)},"rows":[\n${lines}\n]}\n`);
}

void main();
