import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand, type Terminal } from '../command/index.ts';
import { workflowCommands, workflowFlags } from './index.ts';

const tree = { name: 'wf', summary: 'x', flags: workflowFlags, children: workflowCommands };
const EXAMPLES = join(import.meta.dirname, '../../../../examples/workflows');

async function run(argv: readonly string[], files: { readonly [path: string]: string }) {
  const printed = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
    readInput: () => Promise.resolve(''),
    readFile: (path) =>
      files[path] === undefined ? Promise.reject(new Error('ENOENT')) : Promise.resolve(files[path]),
    env: {},
    interactive: false,
    signal: new AbortController().signal,
  };
  const code = await runCommand(tree, ['simulate', ...argv], terminal);
  return { code, ...printed };
}

const BUILD = `
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { name: build }
spec:
  entrypoint: main
  templates:
    - name: main
      dag:
        tasks:
          - { name: compile, template: work }
          - { name: lint, template: work }
          - { name: test, template: flaky, dependencies: [compile] }
          - { name: publish, template: publish, dependencies: [test, lint], arguments: { parameters: [{ name: tag, value: "{{tasks.compile.outputs.parameters.tag}}" }] } }
    - name: work
      outputs: { parameters: [{ name: tag, valueFrom: { path: /tmp/tag, default: none } }] }
      container: { image: a, command: [x] }
    - { name: flaky, retryStrategy: { limit: 2 }, container: { image: a, command: [x] } }
    - { name: publish, inputs: { parameters: [{ name: tag }] }, container: { image: a, command: [x] } }
`;

const OUTCOMES = `
outcomes:
  compile: { seconds: 20, outputs: { tag: v7 } }
  lint: { seconds: 5 }
  flaky: { seconds: 10, failures: 1 }
  publish: { seconds: 3 }
`;

describe('simulate', () => {
  it('tells when what would run, and what the whole waits for', async () => {
    const files = { 'build.yaml': BUILD, 'outcomes.yaml': OUTCOMES };
    const { code, out } = await run(['build.yaml', '--outcomes', 'outcomes.yaml'], files);
    expect(code).toBe(0);
    expect(out).toMatch(/^START +END +STEP +TEMPLATE +PHASE/);
    expect(out).toContain('Critical path:\n  build.compile\n  build.test(1)\n  build.publish\n');
    expect(out).toMatch(/Succeeded after 4[3-5]s, 5 pods\n$/);
  });

  it('is the same for the same seed, and passes outputs on', async () => {
    const files = { 'build.yaml': BUILD };
    const first = await run(['build.yaml', '--seed', '3', '-o', 'json'], files);
    expect(await run(['build.yaml', '--seed', '3', '-o', 'json'], files)).toEqual(first);
    expect((await run(['build.yaml', '--seed', '4', '-o', 'json'], files)).out).not.toBe(first.out);
    expect(JSON.parse(first.out)).toMatchObject({ phase: 'Succeeded', pods: 4 });
  });

  it('tells failures with exit code 1', async () => {
    const files = { 'build.yaml': BUILD, 'o.yaml': 'outcomes: { compile: { exitCode: 2 } }' };
    const { code, out } = await run(['build.yaml', '--outcomes', 'o.yaml'], files);
    expect(code).toBe(1);
    expect(out).toContain('main: Error (exit code 2)');
    expect(out).toMatch(/\nFailed after /);
  });

  it('plays examples with locks, hooks, loops and templates of other files', async () => {
    const read = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8');
    for (const name of ['synchronization.yaml', 'hooks.yaml', 'loops.yaml', 'dag-diamond.yaml']) {
      const { code, err } = await run([name], { [name]: read(name) });
      expect(`${name} ${code} ${err}`).toBe(`${name} 0 `);
    }
    const files = {
      'w.yaml': read('template-ref.yaml'),
      'g.yaml': read('templates/greetings.yaml'),
      'f.yaml': read('templates/farewells.yaml'),
    };
    expect((await run(['w.yaml', 'g.yaml', 'f.yaml'], files)).code).toBe(0);
    expect((await run(['w.yaml'], files)).err).toContain('template reference greetings.twice not found');
  });

  it.each([
    { outcomes: 'outcomes: { x: { second: 1 } }', text: "outcomes.x: found 'second', allowed are seconds, exitCode" },
    { outcomes: 'outcomes: { x: { seconds: long } }', text: 'outcomes.x.seconds: a number is required' },
    { outcomes: '[]', text: 'an object with outcomes and semaphores is required' },
  ])('refuses $outcomes', async ({ outcomes, text }) => {
    const { code, err } = await run(['build.yaml', '--outcomes', 'o.yaml'], {
      'build.yaml': BUILD,
      'o.yaml': outcomes,
    });
    expect(code).toBe(1);
    expect(err).toContain(text);
  });
});
