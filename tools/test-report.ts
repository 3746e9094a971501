import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Slow tests named at the end, so that the suite stays quick. */
const SLOW_TESTS_SHOWN = 8;

/**
 * Prints failures in full, what was skipped and why (suites say in their name what they need), the slowest tests,
 * and last the line `N passed, N failed`.
 */
export default class TestReport implements Reporter {
  onTestModuleEnd(module: TestModule): void {
    const tests = [...module.children.allTests()];
    const failed = tests.filter((test) => test.result().state === 'failed').length;
    const ms = Math.round(module.diagnostic().duration);
    const mark = failed > 0 || module.errors().length > 0 ? 'FAIL' : 'ok  ';
    console.log(`${mark} ${module.relativeModuleId} (${tests.length} tests, ${ms} ms)`);
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly { message?: string; stack?: string }[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const state = (wanted: string): TestCase[] => tests.filter((test) => test.result().state === wanted);
    const failed = state('failed');
    for (const test of failed) this.#printFailure(test);
    const broken = [...modules.flatMap((module) => module.errors()), ...errors];
    for (const error of broken) console.log(`\nFAILED outside a test\n${error.stack ?? error.message ?? ''}`);
    this.#printSkipped(state('skipped'));
    this.#printSlow(tests);
    const gate = process.env['ARGOSY_GATE'] === 'failed' ? 1 : 0;
    if (gate === 1) console.log('\nThe gate (npm run check) failed; see the top of this output.');
    console.log(`\n${state('passed').length} passed, ${failed.length + broken.length + gate} failed`);
  }

  #printFailure(test: TestCase): void {
    console.log(`\nFAILED ${test.module.relativeModuleId} > ${test.fullName}`);
    const result = test.result();
    for (const error of result.errors ?? []) console.log(`${error.message}\n${error.diff ?? ''}\n${error.stack ?? ''}`);
  }

  #printSkipped(skipped: readonly TestCase[]): void {
    if (skipped.length === 0) return;
    const names = new Set(skipped.map((test) => `${test.module.relativeModuleId} > ${test.fullName}`));
    console.log(`\nNot run here (${names.size}):\n${[...names].map((name) => `  - ${name}`).join('\n')}`);
  }

  #printSlow(tests: readonly TestCase[]): void {
    const slow = tests
      .map((test) => ({ name: test.fullName, ms: Math.round(test.diagnostic()?.duration ?? 0) }))
      .toSorted((a, b) => b.ms - a.ms)
      .slice(0, SLOW_TESTS_SHOWN);
    console.log(`\nSlowest:\n${slow.map((test) => `  ${test.ms} ms  ${test.name}`).join('\n')}`);
  }
}
