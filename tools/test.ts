import { spawnSync } from 'node:child_process';

/** Runs the gate, then every suite; the last line counts both. Arguments go to the test runner. */
const args = process.argv.slice(2);
const check =
  args.length > 0
    ? undefined
    : spawnSync(process.execPath, ['--import', 'tsx', 'tools/check.ts'], { stdio: 'inherit' });
const gateFailed = check !== undefined && check.status !== 0;
const tests = spawnSync('node_modules/.bin/vitest', ['run', '--reporter=./tools/test-report.ts', ...args], {
  stdio: 'inherit',
  env: { ...process.env, ARGOSY_GATE: gateFailed ? 'failed' : 'passed' },
});
process.exitCode = gateFailed || tests.status !== 0 ? 1 : 0;
