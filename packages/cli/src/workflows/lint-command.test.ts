import { describe, expect, it } from 'vitest';
import { runCommand, type Terminal } from '../command/index.ts';
import { workflowCommands, workflowFlags } from './index.ts';

const tree = { name: 'wf', summary: 'x', flags: workflowFlags, children: workflowCommands };

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
  const code = await runCommand(tree, argv, terminal);
  return { code, ...printed };
}

const HEAD = 'apiVersion: argoproj.io/v1alpha1';
const USES = `${HEAD}
kind: Workflow
metadata: { generateName: uses- }
spec: { entrypoint: main, templates: [{ name: main, steps: [[{ name: a, templateRef: { name: tools, template: say } }]] }] }
`;
const TOOLS = `${HEAD}
kind: WorkflowTemplate
metadata: { name: tools }
spec: { templates: [{ name: say, container: { image: a, command: [echo, hi] } }] }
`;
const WRONG = `${HEAD}
kind: CronWorkflow
metadata: { name: nightly }
spec:
  schedules: [61 * * * *]
  workflowSpec: { entrypoint: nobody, templates: [{ name: a }] }
`;

describe('lint --offline', () => {
  it('looks for templates among the files', async () => {
    const files = { 'uses.yaml': USES, 'tools.yaml': TOOLS };
    expect(await run(['lint', '--offline', 'uses.yaml', 'tools.yaml'], files)).toEqual({
      code: 0,
      out: '✔ no linting errors found!\n',
      err: '',
    });
    const alone = await run(['lint', '--offline', 'uses.yaml'], files);
    expect(alone.code).toBe(1);
    expect(alone.out).toContain('uses.yaml:\n   ✖ in "uses-" (Workflow): ');
    expect(alone.out).toContain('templates.main steps[0].a template reference tools.say not found');
  });

  it('says everything that is wrong at once, with the fields', async () => {
    const { code, out } = await run(['lint', '--offline', '-o', 'simple', 'cron.yaml'], { 'cron.yaml': WRONG });
    expect(code).toBe(1);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.every((line) => line.startsWith('cron.yaml: in "nightly" (CronWorkflow): '))).toBe(true);
    expect(out).toContain('spec.schedules[0]: cron schedule 61 * * * * is malformed');
    expect(out).toContain("spec.entrypoint: template name 'nobody' undefined");
    expect(out).toContain('templates.a template type unspecified');
  });

  it.each([
    { argv: ['lint', '--offline', 'empty.yaml'], code: 1, text: 'found nothing to lint' },
    { argv: ['lint', '--offline', 'missing.yaml'], code: 1, text: 'cannot read missing.yaml' },
    { argv: ['lint', '--offline', 'pod.yaml'], code: 1, text: 'pod.yaml:1: found kind "Pod", allowed is Workflow,' },
    {
      argv: ['lint', '--offline', '-o', 'odd', 'empty.yaml'],
      code: 1,
      text: '--output: found "odd", allowed are pretty',
    },
  ])('$argv: $text', async ({ argv, code, text }) => {
    const result = await run(argv, { 'empty.yaml': '', 'pod.yaml': 'kind: Pod\n' });
    expect(result.code).toBe(code);
    expect(result.out + result.err).toContain(text);
  });
});
