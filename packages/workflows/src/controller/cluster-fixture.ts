import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { resources } from '@argosy/api';
import { workflowCrds, type Workflow } from '@argosy/api/workflows';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { startClusterControllers } from '@argosy/cluster/controllers';
import { createProcessRuntime, startNodeAgent } from '@argosy/cluster/node';
import { connectInProcess, createRestMapper, mappingsOf } from '@argosy/kube/client';
import { createObject, type ClusterApi } from '@argosy/kube/port';
import {
  createEventRecorder,
  createInformerFactory,
  createMemoryJournal,
  systemClock,
  type MeasuredController,
} from '@argosy/kube/runtime';
import { parseYaml } from '@argosy/lang/yaml';
import { silentLogger } from '@argosy/std';

import { ARTIFACT_VOLUME_DRIVER, openArtifactStore, type ArtifactStore } from '../artifacts/index.ts';
import { startWorkflowController } from './workflow-controller.ts';

/** Where the workflows of tests run. */
export const NAMESPACE = 'default';

/** A control plane with a node that runs pods as processes, and the workflow controller. */
export interface Cluster {
  readonly api: ClusterApi;
  readonly controller: MeasuredController;
  readonly artifacts: ArtifactStore;
  close(): Promise<void>;
}

/** Starts all of it in this process. */
export async function openCluster(): Promise<Cluster> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'argosy-workflows-'));
  const clock = systemClock;
  const plane = await openControlPlane({
    log: inMemoryCommitLog(),
    clock,
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    newUid: () => randomUUID(),
  });
  const api = connectInProcess(plane, { name: 'admin', groups: ['system:masters'] });
  const stop = new AbortController();
  const logger = silentLogger;
  const context = {
    api,
    informers: createInformerFactory({ api, clock, logger, signal: stop.signal }),
    clock,
    journal: createMemoryJournal(),
    events: createEventRecorder({ api, clock, component: 'test', host: '' }),
    logger,
    signal: stop.signal,
    seed: 1,
  };
  for (const object of workflowCrds()) {
    await createObject(api, { resource: resources.customResourceDefinitions, namespace: '', object });
  }
  const controllers = startClusterControllers(context, { discovery: () => plane.discovery(), rootCa: 'authority' });
  const artifacts = await openArtifactStore({ directory: join(stateDirectory, 'artifacts') });
  const agent = await startNodeAgent(context, {
    inlineFolder: (driver, pod) => (driver === ARTIFACT_VOLUME_DRIVER ? artifacts.podFolder(pod) : undefined),
    nodeName: 'node-a',
    stateDirectory,
    runtime: await createProcessRuntime(),
    mintToken: async () => 'token',
  });
  plane.connectNode(agent);
  const restMapper = createRestMapper({
    discover: () => Promise.resolve(mappingsOf(plane.discovery())),
    now: () => clock.now(),
  });
  const controller = startWorkflowController(context, { artifacts, restMapper });
  return {
    api,
    controller,
    artifacts,
    close: async () => {
      await agent.stop({ drainPods: true });
      stop.abort();
      await Promise.all([controller.stopped(), controllers.stopped()]);
      await plane.close();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
}

/** True once a workflow is over and labelled so. */
export const isOver = (workflow: Workflow): boolean =>
  ['Succeeded', 'Failed', 'Error'].includes(workflow.status?.phase ?? '') &&
  workflow.metadata.labels?.['workflows.argoproj.io/completed'] === 'true';

/** The workflow once something holds; fails after 15 seconds. */
export async function untilWorkflow(
  cluster: Cluster,
  name: string,
  holds: (workflow: Workflow) => boolean,
): Promise<Workflow> {
  const late = AbortSignal.timeout(15_000);
  let last: Workflow | undefined;
  try {
    const watch = { resource: resources.workflows, namespace: NAMESPACE, signal: late };
    for await (const event of cluster.api.watch(watch)) {
      if (event.object.metadata.name !== name) continue;
      last = event.object as Workflow;
      if (holds(last)) return last;
    }
  } catch (error) {
    if (!late.aborted) throw error;
  }
  throw new Error(`workflow ${name} did not get there: ${JSON.stringify(last?.status, undefined, 1)}`);
}

/** Creates a workflow from the YAML of its spec. */
export async function submitWorkflow(cluster: Cluster, name: string, yaml: string): Promise<void> {
  const parsed = parseYaml(yaml);
  const spec = parsed.ok ? parsed.value : undefined;
  await createObject(cluster.api, {
    resource: resources.workflows,
    namespace: NAMESPACE,
    object: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name }, spec },
  });
}

/** Creates a workflow from the YAML of its spec and waits until something holds. */
export async function runWorkflow(
  cluster: Cluster,
  given: { readonly name: string; readonly yaml: string; readonly holds: (workflow: Workflow) => boolean },
): Promise<Workflow> {
  await submitWorkflow(cluster, given.name, given.yaml);
  return untilWorkflow(cluster, given.name, given.holds);
}
