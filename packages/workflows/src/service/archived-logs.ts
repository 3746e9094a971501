import { resources } from '@argosy/api';
import type { Artifact, Workflow } from '@argosy/api/workflows';
import type { LogRequest } from '@argosy/kube/port';
import { getObjectOrUndefined, type ClusterApi } from '@argosy/kube/port';

import { ArtifactFault, type ArtifactStore } from '../artifacts/index.ts';
import { podName } from '../engine/index.ts';
import { splitLines, type PodLogLine } from './log-lines.ts';

/** Where archived logs are looked for. */
export interface LogArchive {
  readonly api: ClusterApi;
  readonly artifacts: ArtifactStore | undefined;
}

/** The log of a pod that is kept as an artifact. */
export interface ArchivedLog {
  readonly podName: string;
  /** RFC 3339; all lines count as written then. */
  readonly startedAt: string;
  readonly artifact: Artifact;
}

/** The logs that a workflow keeps of its pods; none when the workflow is gone. */
export async function archivedLogs(
  archive: LogArchive,
  key: { readonly namespace: string; readonly name: string },
  container = 'main',
): Promise<readonly ArchivedLog[]> {
  if (archive.artifacts === undefined) return [];
  const workflow = await getObjectOrUndefined<Workflow>(archive.api, { resource: resources.workflows, key });
  return Object.values(workflow?.status?.nodes ?? {}).flatMap((node) => {
    const artifact = node.outputs?.artifacts?.find((item) => item.name === `${container}-logs`);
    if (node.type !== 'Pod' || artifact === undefined || artifact.deleted === true) return [];
    const template = node.templateName ?? node.templateRef?.template;
    return [{ podName: podName(key.name, node.name, template), startedAt: node.startedAt ?? '', artifact }];
  });
}

/** The lines of an archived log, the last `tailLines` of them when that is set; a log that is lost has none. */
export async function* archivedLines(
  archive: LogArchive,
  log: ArchivedLog,
  request: LogRequest,
): AsyncGenerator<PodLogLine> {
  const { namespace } = request.key;
  const signal = request.signal ?? new AbortController().signal;
  const open = await archive.artifacts?.open({ namespace, artifact: log.artifact }, signal).catch((error: unknown) => {
    if (error instanceof ArtifactFault && error.isMissing) return undefined;
    throw error;
  });
  if (open === undefined) return;
  const line = (content: string): PodLogLine => ({ time: log.startedAt, content, podName: log.podName });
  const { tailLines } = request;
  if (tailLines === undefined) {
    for await (const content of splitLines(open.chunks)) yield line(content);
    return;
  }
  const last: string[] = [];
  for await (const content of splitLines(open.chunks)) {
    last.push(content);
    if (last.length > tailLines) last.shift();
  }
  yield* last.map(line);
}
