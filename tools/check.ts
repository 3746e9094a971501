import { spawnSync } from 'node:child_process';

/** One gate: what it is, and the command that decides. */
interface Gate {
  readonly name: string;
  readonly command: readonly string[];
}

const CODE = ['packages', 'tools', 'test', 'vitest.config.ts'];

const gates: readonly Gate[] = [
  { name: 'types', command: ['node_modules/.bin/tsc', '-p', '.'] },
  { name: 'types of the page', command: ['node_modules/.bin/tsc', '-p', 'packages/ui'] },
  { name: 'lint', command: ['node_modules/.bin/oxlint', '--type-aware', '--deny-warnings', ...CODE] },
  { name: 'format', command: ['node_modules/.bin/oxfmt', '--check', ...CODE] },
  { name: 'tidy', command: [process.execPath, '--import', 'tsx', 'tools/tidy/tidy.ts'] },
];

let failed = 0;
for (const gate of gates) {
  const [program = '', ...args] = gate.command;
  const started = performance.now();
  const result = spawnSync(program, args, { encoding: 'utf8' });
  const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  if (result.status === 0) {
    console.log(`ok      ${gate.name} (${took})`);
  } else {
    failed += 1;
    console.log(`failed  ${gate.name} (${took})\n${result.stdout}${result.stderr}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
