import type * as Rendering from '@argosy/cd/renderer';
import type { LocalRequest } from '@argosy/cd/renderer';
import { formatYaml } from '@argosy/lang/yaml';
import { CommandError, UsageError, type Command, type Flag, type Invocation, type Terminal } from '../command/index.ts';
import { answerLine, rejectionText } from './batch.ts';

/** Loaded here, so that no other command pays for it. */
const loadRendering = (): Promise<typeof Rendering> => import('@argosy/cd/renderer');

async function* linesOf(terminal: Terminal): AsyncGenerator<string | undefined> {
  if (terminal.inputLines === undefined) yield* (await terminal.readInput()).split('\n');
  else yield* terminal.inputLines();
}

async function runBatch(terminal: Terminal): Promise<number> {
  const rendering = await loadRendering();
  for await (const line of linesOf(terminal)) {
    if (terminal.signal.aborted) break;
    if (line?.trim() !== '') terminal.out(`${await answerLine(line, rendering)}\n`);
  }
  return 0;
}

const SETS = ['set', 'set-string', 'set-file', 'set-json'] as const;

function requestOf({ args, flags }: Invocation, tool: LocalRequest['tool']): LocalRequest {
  return {
    directory: args[0] ?? '',
    tool,
    name: flags.text('name'),
    namespace: flags.text('namespace'),
    values: flags.list('values'),
    sets: SETS.flatMap((kind) => flags.list(kind).map((text) => ({ kind, text }))),
    kubeVersion: flags.text('kube-version'),
    apiVersions: flags.list('api-versions'),
    includeCrds: flags.boolean('include-crds'),
    recurse: flags.boolean('recurse'),
  };
}

function print(objects: readonly unknown[], format: string): string {
  if (format === 'json') return `${JSON.stringify(objects, null, 2)}\n`;
  return objects.map((object) => `---\n${formatYaml(object)}`).join('');
}

async function runOne(invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  const format = flags.text('output');
  if (!['json', 'yaml'].includes(format)) throw new UsageError(`--output: found "${format}", allowed are json, yaml`);
  const rendering = await loadRendering();
  const tool = rendering.LOCAL_TOOLS.find((name) => name === flags.text('tool'));
  if (tool === undefined) {
    throw new UsageError(`--tool: found "${flags.text('tool')}", allowed are ${rendering.LOCAL_TOOLS.join(', ')}`);
  }
  try {
    terminal.out(print(await rendering.renderLocal(requestOf(invocation, tool)), format));
    return 0;
  } catch (error) {
    const message = rejectionText(error, rendering);
    if (message === undefined) throw error;
    throw new CommandError(message);
  }
}

async function runRender(invocation: Invocation): Promise<number> {
  const { args, flags, terminal } = invocation;
  if (!flags.boolean('batch')) {
    if (args.length === 0) throw new UsageError('no directory: name the one to render');
    return runOne(invocation);
  }
  if (args.length > 0) throw new UsageError('--batch takes its directories from standard input');
  return runBatch(terminal);
}

const text = (name: string, description: string, more: Partial<Flag> = {}): Flag => ({
  name,
  type: 'string',
  description,
  ...more,
});
const texts = (name: string, description: string, more: Partial<Flag> = {}): Flag => ({
  name,
  type: 'texts',
  description,
  ...more,
});

const flags: readonly Flag[] = [
  text('tool', 'auto, helm, kustomize, jsonnet or directory', { defaultValue: 'auto', placeholder: 'TOOL' }),
  text('name', 'name of the release or application', { defaultValue: 'release-name' }),
  text('namespace', 'namespace of the release', { short: 'n', defaultValue: 'default' }),
  texts('values', 'value file of a chart; may be repeated, later ones win', { short: 'f', placeholder: 'FILE' }),
  texts('set', 'value of a chart, as helm takes it; may be repeated', { placeholder: 'KEY=VALUE' }),
  texts('set-string', 'the same, always as text', { placeholder: 'KEY=VALUE' }),
  texts('set-file', 'the same, from a file', { placeholder: 'KEY=FILE' }),
  texts('set-json', 'the same, as JSON', { placeholder: 'KEY=JSON' }),
  text('kube-version', 'version of Kubernetes that the chart sees', { placeholder: 'VERSION' }),
  texts('api-versions', 'API version that the chart sees, beside the usual ones', { placeholder: 'GROUP/VERSION' }),
  { name: 'include-crds', type: 'boolean', description: 'print the chart’s custom resource definitions too' },
  { name: 'recurse', type: 'boolean', description: 'a directory of manifests with everything below it' },
  text('output', 'yaml or json', { short: 'o', defaultValue: 'yaml', placeholder: 'FORMAT' }),
  { name: 'batch', type: 'boolean', description: 'read JSON lines from standard input, one answer a line' },
];

/** `argosy render`: what a directory would be delivered as, without any server. */
export const renderCommand: Command = {
  name: 'render',
  summary: 'Renders a directory: a Helm chart, a kustomization, jsonnet or plain manifests',
  usage: 'DIR [--tool TOOL] [--values FILE]… [--set KEY=VALUE]…',
  description: `Renders a directory of this machine and prints its objects; nothing is sent anywhere.

Charts are rendered as "helm template" renders them (helm 3.17) by an engine of our own. Kustomizations are built by
kustomize or kubectl, whichever is on PATH, without network.

With --batch every line of standard input is {"id","dir","tool","name","namespace","values":[…],"set":[…],
"kubeVersion","apiVersions":[…],"includeCRDs","recurse"} and every line of the answer is {"id","objects":[…]} or
{"id","error"}, in the same order. Only "dir" is needed; "values" holds files or objects.`,
  example: `argosy render ./charts/web --name web --namespace prod --values prod.yaml --set image.tag=1.2
argosy render ./overlays/prod -o json
argosy render ./manifests --tool directory --recurse
echo '{"id": 1, "dir": "charts/web", "set": ["replicas=3"]}' | argosy render --batch`,
  flags,
  args: { least: 0, most: 1 },
  run: runRender,
};
