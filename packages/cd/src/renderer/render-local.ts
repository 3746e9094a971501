import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { instant } from '@argosy/std';
import type { ApplicationSource } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { systemRandom } from '@argosy/lang/sprigcrypto';
import { formatYaml } from '@argosy/lang/yaml';
import { documentsOf, HelmError, templateChart, type SetKind, type ValuesFile } from '../helm/index.ts';
import {
  DEFAULT_RENDER_LIMITS,
  detectSourceType,
  readManifests,
  type RenderRequest,
  type TreeFiles,
} from '../render/index.ts';
import { readKustomizationTree } from './kustomization-tree.ts';
import { LocalTreeError, readLocalTree } from './local-tree.ts';
import { createInProcessRenderer, RenderError } from './renderer.ts';
import { systemRenderPorts } from './system-ports.ts';

/** The tools that a directory can be rendered with; `auto` looks at its files. */
export const LOCAL_TOOLS = ['auto', 'helm', 'kustomize', 'jsonnet', 'directory'] as const;

/** One of them. */
export type LocalTool = (typeof LOCAL_TOOLS)[number];

/** A directory of this machine to be rendered. */
export interface LocalRequest {
  readonly directory: string;
  readonly tool: LocalTool;
  /** @default 'release-name' */
  readonly name?: string;
  /** @default 'default' */
  readonly namespace?: string;
  /** Value files by path, or values as they stand; later ones win. */
  readonly values?: readonly (string | { readonly [key: string]: unknown })[];
  readonly sets?: readonly { readonly kind: SetKind; readonly text: string }[];
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly includeCrds?: boolean;
  readonly recurse?: boolean;
}

type ValuesItem = NonNullable<LocalRequest['values']>[number];

/** Largest value file. */
const VALUES_LIMIT_BYTES = 10 * 1024 * 1024;

/** A value file lies where the command is run, or else in the directory that is rendered. */
async function readValues(item: ValuesItem, directory: string): Promise<ValuesFile> {
  if (typeof item !== 'string') return { name: 'values', text: formatYaml(item) };
  const path = item;
  for (const candidate of [resolve(path), resolve(directory, path)]) {
    const found = await stat(candidate).catch(() => undefined);
    if (found === undefined) continue;
    if (found.size > VALUES_LIMIT_BYTES) throw new LocalTreeError(`${path} is larger than ${VALUES_LIMIT_BYTES} bytes`);
    return { name: path, text: await readFile(candidate, 'utf8') };
  }
  throw new LocalTreeError(`open ${path}: no such file or directory`);
}

function readSetFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new HelmError(`open ${path}: no such file or directory`);
  }
}

const environment = (): RenderRequest['env'] => ({ now: instant(Date.now()), seed: randomInt(2 ** 31) });

async function renderChart(request: LocalRequest, files: TreeFiles): Promise<readonly KubeObject[]> {
  const values = await Promise.all((request.values ?? []).map((item) => readValues(item, request.directory)));
  const { name = 'release-name', namespace = 'default', sets = [], apiVersions = [] } = request;
  const rendered = templateChart(
    {
      files,
      releaseName: name,
      namespace,
      values,
      sets,
      kubeVersion: request.kubeVersion ?? '',
      apiVersions,
      includeCrds: request.includeCrds === true,
    },
    { ...systemRenderPorts, env: { ...environment(), random: systemRandom }, readSetFile },
  );
  if (!rendered.ok) throw new RenderError(rendered.error);
  const texts = rendered.value.flatMap((each) =>
    documentsOf(each).map((text) => ({ path: `${each.source}.yaml`, text })),
  );
  const objects = readManifests(texts, { ...DEFAULT_RENDER_LIMITS, files: DEFAULT_RENDER_LIMITS.objects });
  if (!objects.ok) throw new RenderError({ message: objects.error.message });
  return objects.value;
}

/** A source as an Application would say it, for all tools but Helm. */
function sourceFor(tool: LocalTool, recurse: boolean): ApplicationSource {
  if (tool === 'kustomize') return { repoURL: '', kustomize: {} };
  return { repoURL: '', directory: { recurse, ...(tool === 'jsonnet' ? { include: '*.jsonnet' } : {}) } };
}

async function renderSource(
  request: LocalRequest,
  at: { tree: TreeFiles; path: string; tool: LocalTool },
): Promise<readonly KubeObject[]> {
  const { name = 'release-name', namespace = 'default', kubeVersion = '', apiVersions = [] } = request;
  const renderer = createInProcessRenderer(systemRenderPorts);
  const { objects } = await renderer.render({
    source: sourceFor(at.tool, request.recurse === true),
    path: at.path,
    tree: at.tree,
    refs: new Map(),
    app: { name, namespace, project: 'default', revision: '' },
    cluster: { kubeVersion, apiVersions },
    env: environment(),
    limits: DEFAULT_RENDER_LIMITS,
  });
  return objects;
}

function toolFor(tool: LocalTool, files: TreeFiles): LocalTool {
  if (tool !== 'auto') return tool;
  const found = detectSourceType({ repoURL: '' }, [...files.keys()]);
  return found === 'Helm' ? 'helm' : found === 'Kustomize' ? 'kustomize' : 'directory';
}

/** Inside, an object that asks for a name has an empty one; outside it has none. */
function withoutEmptyName(object: KubeObject): KubeObject {
  if (object.metadata.name !== '') return object;
  const { name: _empty, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as KubeObject['metadata'] };
}

/**
 * Renders a directory of this machine, in this process.
 * @throws RenderError for what does not render, LocalTreeError for what cannot be read.
 */
export async function renderLocal(request: LocalRequest): Promise<readonly KubeObject[]> {
  const found = await stat(request.directory).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new LocalTreeError(`${request.directory} is not a directory`);
  const files = await readLocalTree(request.directory);
  const tool = toolFor(request.tool, files);
  if (tool === 'helm') return (await renderChart(request, files)).map(withoutEmptyName);
  const rooted = tool === 'kustomize' ? await readKustomizationTree(request.directory) : { tree: files, path: '' };
  return (await renderSource(request, { ...rooted, tool })).map(withoutEmptyName);
}
