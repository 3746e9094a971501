import type { CronWorkflow, Workflow, WorkflowSpec } from '@argosy/api/workflows';
import { systemTimeZones } from '@argosy/kube/runtime';
import { compileWorkflow, cronProblems, scopeOfRef, type TemplateSources } from '@argosy/workflows/engine';
import { RemoteError, withClient, type RestClient } from '../client/index.ts';
import { CommandError, type Command, type Invocation } from '../command/index.ts';
import { readManifests, type Manifest } from './manifests.ts';
import { namespaceOf } from './workflow-commands.ts';

const KINDS = ['Workflow', 'WorkflowTemplate', 'ClusterWorkflowTemplate', 'CronWorkflow'];

/** One thing that is wrong with one object of a file. */
interface Finding {
  readonly manifest: Manifest;
  readonly text: string;
}

function specOf(manifest: Manifest): WorkflowSpec {
  return (manifest.object as Workflow).spec;
}

/** The templates among the files: offline nothing else is known. */
export function sourcesOf(manifests: readonly Manifest[]): TemplateSources {
  const templates = manifests.filter(({ object }) => object.kind.endsWith('WorkflowTemplate'));
  return new Map(
    templates.map((manifest) => {
      const { kind, metadata } = manifest.object;
      return [scopeOfRef({ name: metadata.name, clusterScope: kind.startsWith('Cluster') }), specOf(manifest)];
    }),
  );
}

function problemsOf(manifest: Manifest, sources: TemplateSources): readonly { field: string; message: string }[] {
  const { object } = manifest;
  const isCron = object.kind === 'CronWorkflow';
  const cron = object as CronWorkflow;
  const spec = isCron ? (cron.spec.workflowSpec ?? {}) : specOf(manifest);
  const workflow: Workflow = { apiVersion: object.apiVersion, kind: 'Workflow', metadata: object.metadata, spec };
  const template = object.kind.endsWith('WorkflowTemplate');
  const compiled = compileWorkflow(workflow, { lint: true, template, sources });
  const inside = compiled.ok ? [] : compiled.error;
  return isCron ? [...cronProblems(cron, systemTimeZones), ...inside] : inside;
}

function lintOffline(manifests: readonly Manifest[]): readonly Finding[] {
  const sources = sourcesOf(manifests);
  return manifests.flatMap((manifest) =>
    problemsOf(manifest, sources).map(({ field, message }) => ({
      manifest,
      text: message.includes(field) ? message : `${field}: ${message}`,
    })),
  );
}

const PATHS: { readonly [kind: string]: readonly [path: string, member: string] } = {
  Workflow: ['workflows/{ns}', 'workflow'],
  WorkflowTemplate: ['workflow-templates/{ns}', 'template'],
  ClusterWorkflowTemplate: ['cluster-workflow-templates', 'template'],
  CronWorkflow: ['cron-workflows/{ns}', 'cronWorkflow'],
};

async function lintOne(client: RestClient, manifest: Manifest, namespace: string): Promise<readonly Finding[]> {
  const [path = '', member = ''] = PATHS[manifest.object.kind] ?? [];
  const ns = manifest.object.metadata.namespace ?? namespace;
  try {
    const url = `/api/v1/${path.replace('{ns}', encodeURIComponent(ns))}/lint`;
    await client.call({ method: 'POST', path: url, body: { namespace: ns, [member]: manifest.object } });
    return [];
  } catch (error) {
    if (!(error instanceof RemoteError) || error.code !== 400) throw error;
    return [{ manifest, text: error.message }];
  }
}

function simpleLine({ manifest, text }: Finding): string {
  const { name = '', generateName = '' } = manifest.object.metadata as { name?: string; generateName?: string };
  return `in "${name === '' ? generateName : name}" (${manifest.object.kind}): ${text}`;
}

function report(invocation: Invocation, findings: readonly Finding[]): number {
  const { terminal, flags } = invocation;
  if (flags.text('output') === 'simple') {
    for (const finding of findings) terminal.out(`${finding.manifest.path}: ${simpleLine(finding)}\n`);
    return findings.length === 0 ? 0 : 1;
  }
  for (const path of new Set(findings.map((finding) => finding.manifest.path))) {
    terminal.out(`${path}:\n`);
    for (const finding of findings.filter((item) => item.manifest.path === path)) {
      terminal.out(`   ✖ ${simpleLine(finding)}\n`);
    }
    terminal.out('\n');
  }
  terminal.out(findings.length === 0 ? '✔ no linting errors found!\n' : `✖ ${findings.length} linting errors found!\n`);
  return findings.length === 0 ? 0 : 1;
}

async function runLint(invocation: Invocation): Promise<number> {
  const format = invocation.flags.text('output');
  if (!['pretty', 'simple'].includes(format)) {
    throw new CommandError(`--output: found ${JSON.stringify(format)}, allowed are pretty, simple`);
  }
  const read = invocation.args.map((path) => readManifests(invocation, path, KINDS));
  const manifests = (await Promise.all(read)).flat();
  if (manifests.length === 0) {
    invocation.terminal.out('✖ found nothing to lint in the specified paths, failing...\n');
    return 1;
  }
  if (invocation.flags.boolean('offline')) return report(invocation, lintOffline(manifests));
  return withClient(invocation, async (client) => {
    const findings: Finding[] = [];
    for (const manifest of manifests) findings.push(...(await lintOne(client, manifest, namespaceOf(invocation))));
    return report(invocation, findings);
  });
}

/** `lint`: says everything that is wrong with files, with a server or, `--offline`, without one. */
export const lintCommand: Command = {
  name: 'lint',
  usage: 'FILE… [flags]',
  summary: 'Check workflows, templates and CronWorkflows without creating them',
  example: 'argosy wf lint --offline hello.yaml templates.yaml',
  flags: [
    { name: 'offline', type: 'boolean', description: 'ask no server; templates are looked for among the files' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      description: 'output format: pretty or simple',
      defaultValue: 'pretty',
    },
  ],
  args: { least: 1, most: 1000 },
  run: runLint,
};
