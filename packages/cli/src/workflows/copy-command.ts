import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Artifact, NodeStatus, Workflow } from '@argosy/api/workflows';
import { getPath } from '@argosy/std';

import { withClient, type RestClient } from '../client/index.ts';
import { CommandError, type Command, type Flag, type Invocation } from '../command/index.ts';
import { getWorkflow } from './workflow-client.ts';
import { namespaceOf } from './workflow-commands.ts';

const DEFAULT_PATH = '{namespace}/{workflowName}/{nodeId}/outputs/{artifactName}';

/** One artifact of one node. */
interface Found {
  readonly node: NodeStatus;
  readonly artifact: Artifact;
}

function wanted(workflow: Workflow, invocation: Invocation): readonly Found[] {
  const text = (name: string): string => invocation.flags.text(name);
  const fits = (asked: string, found = ''): boolean => asked === '' || asked === found;
  return Object.values(workflow.status?.nodes ?? {})
    .filter((node) => fits(text('node-id'), node.id) && fits(text('template-name'), node.templateName))
    .flatMap((node) => (node.outputs?.artifacts ?? []).map((artifact) => ({ node, artifact })))
    .filter(({ artifact }) => fits(text('artifact-name'), artifact.name) && artifact.deleted !== true);
}

/** The last part of the key that an artifact is stored under. */
function fileNameOf(artifact: Artifact): string {
  const key = getPath(artifact.s3, ['key']);
  return (typeof key === 'string' ? key.replace(/\/$/, '').split('/').at(-1) : undefined) || artifact.name;
}

/** Where an artifact is written; names come from the server and must not lead out of the folder. */
function targetOf(folder: string, pattern: string, found: Found & { readonly workflow: Workflow }): string {
  const { workflow, node, artifact } = found;
  const values: { readonly [name: string]: string } = {
    namespace: workflow.metadata.namespace ?? '',
    workflowName: workflow.metadata.name,
    nodeId: node.id,
    templateName: node.templateName ?? '',
    artifactName: artifact.name,
  };
  const path = pattern.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
  );
  const root = resolve(folder);
  const target = resolve(join(root, path, fileNameOf(artifact)));
  if (target.startsWith(`${root}${sep}`)) return target;
  throw new CommandError(`--path: artifact ${artifact.name} of node ${node.id} would be written outside of ${folder}`);
}

async function save(client: RestClient, path: string, target: string): Promise<void> {
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  try {
    await pipeline(Readable.from(client.bytes({ method: 'GET', path })), createWriteStream(part));
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
}

async function copy(invocation: Invocation): Promise<number> {
  const [name = '', folder = ''] = invocation.args;
  const pattern = invocation.flags.text('path');
  return withClient(invocation, async (client) => {
    const workflow = await getWorkflow(client, namespaceOf(invocation), name);
    const all = wanted(workflow, invocation);
    if (all.length === 0) throw new CommandError(`workflow ${workflow.metadata.name} has no such output artifacts`);
    for (const found of all) {
      const target = targetOf(folder, pattern, { ...found, workflow });
      const { namespace = '', name: workflowName } = workflow.metadata;
      const parts = [namespace, 'workflows', workflowName, found.node.id, 'outputs', found.artifact.name];
      await save(client, `/artifact-files/${parts.map(encodeURIComponent).join('/')}`, target);
      invocation.terminal.out(`Created ${target}\n`);
    }
    return 0;
  });
}

const text = (name: string, description: string, defaultValue = ''): Flag => ({
  name,
  type: 'string',
  description,
  ...(defaultValue === '' ? {} : { defaultValue }),
});

/** `cp`: copies output artifacts of a workflow into a folder. */
export const copyCommand: Command = {
  name: 'cp',
  usage: 'NAME FOLDER [flags]',
  summary: 'Copy output artifacts of a workflow into a folder',
  example: 'argosy wf cp my-workflow results --artifact-name report',
  flags: [
    text('artifact-name', 'only artifacts of this name'),
    text('node-id', 'only artifacts of this node'),
    text('template-name', 'only artifacts of nodes of this template'),
    text('path', 'where each artifact goes below the folder', DEFAULT_PATH),
  ],
  args: { least: 2, most: 2 },
  run: copy,
};
