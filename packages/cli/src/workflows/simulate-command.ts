import type { Workflow } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { isObject } from '@argosy/std';
import { simulateWorkflow, type SimulatedOutcome, type SimulationReport } from '@argosy/workflows/engine';
import { CommandError, type Command, type Invocation } from '../command/index.ts';
import { formatTable, formatValue } from '../print/index.ts';
import { sourcesOf } from './lint-command.ts';
import { readManifests } from './manifests.ts';

const KINDS = ['Workflow', 'WorkflowTemplate', 'ClusterWorkflowTemplate'];

interface Outcomes {
  readonly outcomes: { readonly [name: string]: SimulatedOutcome };
  readonly semaphores: { readonly [name: string]: number };
}

const FIELDS: { readonly [field: string]: string } = {
  seconds: 'number',
  exitCode: 'number',
  failures: 'number',
  result: 'string',
  outputs: 'object',
};

function checkOutcome(path: string, name: string, value: unknown): SimulatedOutcome {
  if (!isObject(value)) throw new CommandError(`${path}: outcomes.${name}: an object is required`);
  for (const [field, found] of Object.entries(value)) {
    const wanted = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
    const allowed = Object.keys(FIELDS).join(', ');
    if (wanted === undefined)
      throw new CommandError(`${path}: outcomes.${name}: found '${field}', allowed are ${allowed}`);
    if (typeof found !== wanted) throw new CommandError(`${path}: outcomes.${name}.${field}: a ${wanted} is required`);
  }
  return value;
}

async function readOutcomes(invocation: Invocation): Promise<Outcomes> {
  const path = invocation.flags.text('outcomes');
  if (path === '') return { outcomes: {}, semaphores: {} };
  const text = await invocation.terminal.readFile(path).catch(() => {
    throw new CommandError(`cannot read ${path}`);
  });
  const parsed = parseYaml(text);
  const value = parsed.ok ? parsed.value : undefined;
  if (!isObject(value)) throw new CommandError(`${path}: an object with outcomes and semaphores is required`);
  const { outcomes = {}, semaphores = {} } = value;
  if (!isObject(outcomes) || !isObject(semaphores)) throw new CommandError(`${path}: outcomes and semaphores are maps`);
  const checked = Object.entries(outcomes).map(([name, item]) => [name, checkOutcome(path, name, item)] as const);
  return { outcomes: Object.fromEntries(checked), semaphores: semaphores as Outcomes['semaphores'] };
}

function textOf(report: SimulationReport): string {
  const rows = report.nodes
    .filter((node) => !['StepGroup', 'TaskGroup'].includes(node.type))
    .map((node) => [
      `${node.start}s`,
      node.end === undefined ? '' : `${node.end}s`,
      node.name,
      node.template,
      node.phase,
      node.message,
    ]);
  const table = formatTable([['START', 'END', 'STEP', 'TEMPLATE', 'PHASE', 'MESSAGE'], ...rows]);
  const why = report.message === '' ? '' : `: ${report.message}`;
  const path = report.criticalPath.map((name) => `  ${name}\n`).join('');
  return `${table}\nCritical path:\n${path}\n${report.phase} after ${report.seconds}s, ${report.pods} pods${why}\n`;
}

async function runSimulate(invocation: Invocation): Promise<number> {
  const { flags, terminal, args } = invocation;
  const format = flags.text('output');
  if (!['', 'json', 'yaml'].includes(format)) {
    throw new CommandError(`--output: found ${JSON.stringify(format)}, allowed are json, yaml`);
  }
  const manifests = (await Promise.all(args.map((path) => readManifests(invocation, path, KINDS)))).flat();
  const workflows = manifests.filter(({ object }) => object.kind === 'Workflow');
  const [first] = workflows;
  if (first === undefined || workflows.length > 1) {
    throw new CommandError(`found ${workflows.length} workflows, exactly one is simulated`);
  }
  const outcomes = await readOutcomes(invocation);
  const sources = sourcesOf(manifests);
  const report = simulateWorkflow(first.object as Workflow, { sources, ...outcomes, seed: flags.integer('seed') });
  if (!report.ok) {
    throw new CommandError(report.error.map(({ field, message }) => `${field}: ${message}`).join('\n'));
  }
  terminal.out(format === 'json' || format === 'yaml' ? formatValue(report.value, format) : textOf(report.value));
  return report.value.phase === 'Succeeded' ? 0 : 1;
}

/** `simulate`: what a workflow would do, in virtual time, with no server and no pods. */
export const simulateCommand: Command = {
  name: 'simulate',
  usage: 'FILE… [flags]',
  summary: 'Play a workflow in virtual time, without pods',
  description:
    'Plays one workflow with the engine that runs it. Templates that it refers to are looked for among the files.\n' +
    'An outcomes file says how pods end: outcomes: {<step, task, template or node>: {seconds, exitCode, failures,\n' +
    'result, outputs}}, semaphores: {<configMap>/<key>: <limit>}. Other pods succeed after one to ten seconds.',
  example: 'argosy wf simulate build.yaml templates.yaml --outcomes outcomes.yaml --seed 7',
  flags: [
    { name: 'outcomes', type: 'string', description: 'a YAML file that says how pods end' },
    { name: 'seed', type: 'integer', description: 'decides how long other pods take', defaultValue: '0' },
    { name: 'output', short: 'o', type: 'string', description: 'output format: json or yaml' },
  ],
  args: { least: 1, most: 1000 },
  run: runSimulate,
};
