import { join } from 'node:path';
import { CommandError, formatTable, formatValue, type Command, type Invocation } from '@argosy/cli';
import { resources } from '@argosy/api';
import { getPath, isObject } from '@argosy/std';
import { findCondition, type Condition, type KubeObject } from '@argosy/kube/meta';
import { connectHttp, loadKubeconfig, type HttpClusterApi } from '@argosy/kube/client';
import { listObjects } from '@argosy/kube/port';
import { dataDirectoryOf, dataFlag, outputFlag, outputOf } from './place.ts';

interface Status {
  readonly version: string;
  readonly nodes: readonly { readonly name: string; readonly ready: boolean }[];
  readonly pods: { readonly [phase: string]: number };
  readonly namespaces: number;
}

function phaseCounts(pods: readonly KubeObject[]): { readonly [phase: string]: number } {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const phase = getPath(pod, ['status', 'phase']);
    const word = typeof phase === 'string' ? phase : 'Pending';
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

function isReadyNode(node: KubeObject): boolean {
  const conditions = getPath(node, ['status', 'conditions']);
  return Array.isArray(conditions) && findCondition(conditions as readonly Condition[], 'Ready')?.status === 'True';
}

async function readStatus(api: HttpClusterApi): Promise<Status> {
  const [version, nodes, pods, namespaces] = await Promise.all([
    api.readPath('/version'),
    listObjects(api, { resource: resources.nodes, namespace: '' }),
    listObjects(api, { resource: resources.pods, namespace: '' }),
    listObjects(api, { resource: resources.namespaces, namespace: '' }),
  ]);
  const text = isObject(version) ? version['gitVersion'] : undefined;
  return {
    version: typeof text === 'string' ? text : '',
    nodes: nodes.items.map((node) => ({ name: node.metadata.name, ready: isReadyNode(node) })),
    pods: phaseCounts(pods.items),
    namespaces: namespaces.items.length,
  };
}

async function run(invocation: Invocation): Promise<number> {
  const format = outputOf(invocation);
  const path = join(dataDirectoryOf(invocation), 'kubeconfig');
  let api: HttpClusterApi | undefined;
  try {
    const { connection } = await loadKubeconfig({ path, environment: invocation.terminal.env, now: () => Date.now() });
    api = connectHttp(connection);
    const status = await readStatus(api);
    if (format !== 'wide') {
      invocation.terminal.out(formatValue(status, format));
      return 0;
    }
    const nodes = status.nodes.map(({ name, ready }) => `${name} (${ready ? 'Ready' : 'NotReady'})`);
    const pods = Object.entries(status.pods).map(([phase, count]) => `${count} ${phase}`);
    invocation.terminal.out(
      formatTable([
        ['Version:', status.version],
        ['Nodes:', nodes.join(', ') || 'none'],
        ['Namespaces:', String(status.namespaces)],
        ['Pods:', pods.join(', ') || 'none'],
      ]),
    );
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(`the cluster of ${path} does not answer: ${message}`);
  } finally {
    await api?.close();
  }
}

/** `argosy cluster status`. */
export const clusterStatusCommand: Command = {
  name: 'status',
  summary: 'Tell whether the embedded cluster runs, and what runs in it',
  example: 'argosy cluster status\nargosy cluster status -o json',
  flags: [dataFlag, outputFlag],
  args: { least: 0, most: 0 },
  run,
};
