import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { resources } from '@argosy/api';
import { workflowCrds, workflowLabels, type NodeStatus, type Workflow, type WorkflowSpec } from '@argosy/api/workflows';
import { startClusterControllers } from '@argosy/cluster/controllers';
import { getPath, isObject, must, safeNameHash } from '@argosy/std';
import { createRestMapper, mappingsOf } from '@argosy/kube/client';
import { kubeError, type KubeObject, type ResourceRef } from '@argosy/kube/meta';
import { done } from '@argosy/kube/plan';
import { createObject, listObjects, updateStatus } from '@argosy/kube/port';
import { applyStandardAction, ownKeys, startController, type ControllerContext } from '@argosy/kube/runtime';
import { parseYaml } from '@argosy/lang/yaml';
import { createWorld, FATE_ANNOTATION, NO_FAULTS, planSimulatedPod, type World } from '@argosy/sim';
import { describe, expect, it } from 'vitest';

import { isFulfilled } from '../engine/index.ts';
import { startWorkflowController } from './workflow-controller.ts';

const NAMESPACE = 'default';
const STORM_MS = 20_000;
const CALM_LIMIT_MS = 10 * 60_000;
const STORM = { crashBeforeWrite: 0.04, crashAfterWrite: 0.04, refuseWrite: 0.04, dropWatch: 0.02 };
/** How often reading a log fails while the storm lasts. */
const LOG_FAULTS = 0.3;

/** `SEED=n` repeats one story; `SEEDS=n` plays n of them. */
const only = process.env['SEED'];
const SEEDS = only === undefined ? Number(process.env['SEEDS'] ?? 100) : 1;
const FIRST = only === undefined ? 1 : Number(only);

const OWN = `
- name: retried
  spec:
    entrypoint: main
    templates:
      - name: main
        retryStrategy: { limit: 1 }
        steps:
          - - { name: flaky, template: flaky, withItems: [a, b] }
          - - { name: doomed, template: doomed, continueOn: { failed: true } }
      - name: flaky
        retryStrategy: { limit: 3, retryPolicy: Always, backoff: { duration: "1", factor: 2 } }
        container: { image: x, command: [sh, -c], args: ["test {{retries}} -ge 2"] }
      - { name: doomed, container: { image: x, command: [sh, -c], args: ["exit 3"] } }
- name: results
  spec:
    entrypoint: main
    onExit: bye
    workflowMetadata: { labels: { team: blue } }
    templates:
      - name: main
        parallelism: 2
        steps:
          - - { name: each, template: say, arguments: { parameters: [{ name: text, value: "{{item}}" }] }, withItems: [p, q, r, p q] }
          - - { name: all, template: say, arguments: { parameters: [{ name: text, value: "{{steps.each.outputs.result}}" }] } }
          - - name: same
              template: say
              when: "{{steps.all.status}} == Succeeded"
              onExit: bye
              arguments: { parameters: [{ name: text, value: "{{steps.all.outputs.result}}!" }] }
      - name: say
        inputs: { parameters: [{ name: text }] }
        container: { image: x, command: [echo], args: ["{{inputs.parameters.text}}"] }
      - { name: bye, container: { image: x, command: [echo, bye] } }
- name: configured
  spec:
    entrypoint: read
    templates:
      - name: read
        inputs: { parameters: [{ name: size, valueFrom: { configMapKeyRef: { name: sizes, key: big } } }] }
        container: { image: x, command: [sh, -c], args: ["test 7 -ge {{inputs.parameters.size}}"] }
`;

interface Play {
  readonly name: string;
  readonly spec: WorkflowSpec;
  readonly phase: string;
}

function parsed(text: string): unknown {
  const result = parseYaml(text);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const FOLDER = join(import.meta.dirname, '../../../../examples/workflows');

const RESOURCES: { readonly [kind: string]: ResourceRef } = {
  WorkflowTemplate: resources.workflowTemplates,
  ClusterWorkflowTemplate: resources.clusterWorkflowTemplates,
  ConfigMap: resources.configMaps,
  CronWorkflow: resources.cronWorkflows,
  ServiceAccount: resources.serviceAccounts,
  Role: resources.roles,
  RoleBinding: resources.roleBindings,
};

/** What the examples refer to. */
function support(): readonly KubeObject[] {
  const folder = join(FOLDER, 'templates');
  return readdirSync(folder).map((file) => parsed(readFileSync(join(folder, file), 'utf8')) as KubeObject);
}

function examples(): readonly Play[] {
  const folder = FOLDER;
  // Simulated pods leave no files: artifacts are played by real ones, in artifact-pods.test.ts and process-pods.test.ts.
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'artifacts.yaml');
  return files.toSorted().map((file) => {
    const { metadata, spec } = parsed(readFileSync(join(folder, file), 'utf8')) as Workflow;
    const phase = metadata.annotations?.['argosy.dev/expected-phase'] ?? 'Succeeded';
    return { name: file.replace('.yaml', ''), spec, phase };
  });
}

const PLAYS: readonly Play[] = [
  ...examples(),
  ...(parsed(OWN) as readonly Omit<Play, 'phase'>[]).map((play) => ({ ...play, phase: 'Succeeded' })),
];

/** What the programs of these workflows would do, read from their command lines. */
interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly message: string;
}

function exitCodeOf(line: string): number {
  const least = /test (\d+) -ge (\d+)/.exec(line);
  if (least !== null) return Number(least[1]) >= Number(least[2]) ? 0 : 1;
  const same = /test '([^']*)' = '([^']*)'/.exec(line);
  if (same !== null) return same[1] === same[2] ? 0 : 1;
  return Number(/exit (\d+)/.exec(line)?.[1] ?? '0');
}

function outcomeOf(pod: KubeObject): Outcome {
  const main = (getPath(pod, ['spec', 'containers']) as readonly unknown[])[0];
  const words = (field: string): readonly string[] => (getPath(main, [field]) ?? []) as readonly string[];
  const line = [...words('command'), ...words('args')].join(' ');
  const script = pod.metadata.annotations?.['workflows.argoproj.io/script'] ?? '';
  const coin = safeNameHash(pod.metadata.name, 4) < 'f' ? 'heads' : 'tails';
  const stdout = script.includes('heads') ? coin : (/^echo (.*)$/.exec(line)?.[1] ?? '');
  const writesFile = line.includes('> /tmp/version');
  return {
    exitCode: exitCodeOf(line),
    stdout: `${stdout}\n`,
    message: writesFile ? 'argo-outputs/1\n0 6\n1.2.3\n1 -\n' : '',
  };
}

/** Puts what the program left in its termination message into the status that says that it ended. */
function withMessage(patch: unknown, message: string): unknown {
  const text = JSON.stringify(patch, (key, value: unknown) =>
    key === 'terminated' && isObject(value) ? { ...value, message } : value,
  );
  return JSON.parse(text) as unknown;
}

/** A program that would run for a long time does so until its pod is told to end. */
function isServing(pod: KubeObject): boolean {
  const isRunning = getPath(pod, ['status', 'phase']) === 'Running';
  const isTold = getPath(pod, ['spec', 'activeDeadlineSeconds']) !== undefined;
  return isRunning && !isTold && JSON.stringify(pod['spec']).includes('["sleep","600"]');
}

/** A node whose pods end as their command lines say. */
function startNode(context: ControllerContext): Promise<{ readonly stopped: () => Promise<void> }> {
  const pods = context.informers.informer(resources.pods);
  const controller = startController({
    context,
    reconciler: {
      name: 'scripted-node',
      observe: (key) => pods.lister.get(key),
      plan: (pod: KubeObject, env) => {
        if (!isObject(pod['spec'])) return done(undefined);
        if (isServing(pod)) return done(undefined);
        const { exitCode, message } = outcomeOf(pod);
        const annotations = { ...pod.metadata.annotations, [FATE_ANNOTATION]: `exit=${exitCode}` };
        type SimulatedPod = Parameters<typeof planSimulatedPod>[0];
        const played = { ...pod, metadata: { ...pod.metadata, annotations } } as unknown as SimulatedPod;
        const plan = planSimulatedPod(played, env);
        const actions = plan.actions.map((action) =>
          action.kind === 'patch' && message !== '' ? { ...action, patch: withMessage(action.patch, message) } : action,
        );
        return { ...plan, actions };
      },
      apply: (action: Parameters<typeof applyStandardAction>[0]) => applyStandardAction(action, context),
      publish: () => Promise.resolve(),
    },
    sources: [ownKeys(pods)],
  });
  return Promise.resolve({ stopped: () => controller.stopped() });
}

async function prepare(world: World, logFaults: () => number): Promise<void> {
  const { api } = world;
  const create = (object: KubeObject, resource: Parameters<typeof createObject>[1]['resource'], namespace = '') =>
    createObject(api, { resource, namespace, object });
  for (const crd of workflowCrds()) await create(crd, resources.customResourceDefinitions);
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'simulated' } };
  const sizes = { cpu: '1000', memory: '1000Gi', pods: '100000' };
  const status = { capacity: sizes, allocatable: sizes, conditions: [{ type: 'Ready', status: 'True' }] };
  const key = { namespace: '', name: 'simulated' };
  await updateStatus(api, {
    resource: resources.nodes,
    key,
    object: { ...(await create(node, resources.nodes)), status },
  });
  const labels = { 'workflows.argoproj.io/configmap-type': 'Parameter' };
  const metadata = { name: 'sizes', namespace: NAMESPACE, labels };
  await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { big: '5' } }, resources.configMaps, NAMESPACE);
  for (const object of support()) {
    await create(object, must(RESOURCES[object.kind], object.kind), object.kind.startsWith('Cluster') ? '' : NAMESPACE);
  }
  world.connectNode({
    async *logs(pod, request) {
      if (world.random.next() < logFaults()) throw kubeError('ServiceUnavailable', 'the node does not answer');
      yield Buffer.from(request.stream === 'Stdout' ? outcomeOf(pod).stdout : 'noise\n');
    },
  });
  await world.start('controllers', (context) =>
    Promise.resolve(startClusterControllers(context, { discovery: () => world.plane.discovery() })),
  );
  await world.start('node', startNode);
  const restMapper = createRestMapper({
    discover: () => Promise.resolve(mappingsOf(world.plane.discovery())),
    now: () => world.clock.now(),
  });
  await world.start('workflow-controller', (context) =>
    Promise.resolve(startWorkflowController(context, { restMapper })),
  );
}

async function workflowsOf(world: World): Promise<readonly Workflow[]> {
  return (await listObjects<Workflow>(world.api, { resource: resources.workflows, namespace: NAMESPACE })).items;
}

/** What a fulfilled node must keep: everything but who follows it, and progress, which grows when a daemon in it ends. */
function kept(node: NodeStatus): string {
  const { children: _children, progress: _progress, ...rest } = node;
  return JSON.stringify(rest);
}

/** Remembers the first value of each key. @throws Error that names the key when it changes. */
function steady(what: string): (key: string, value: string) => void {
  const first = new Map<string, string>();
  return (key, value) => {
    const before = first.get(key) ?? value;
    first.set(key, before);
    if (before !== value) throw new Error(`${what} ${key} changed:\n${before}\n${value}`);
  };
}

/** Looks at the world at every step: no pod is made twice, and what is fulfilled stays as it is. */
function watchman(world: World): () => Promise<void> {
  const pod = steady('the uid of pod');
  const ended = steady('node');
  const seen = new Map<string, string | undefined>();
  return async () => {
    const pods = await listObjects(world.api, { resource: resources.pods, namespace: NAMESPACE });
    for (const { metadata } of pods.items) pod(metadata.name, metadata.uid ?? '');
    for (const { metadata, status } of await workflowsOf(world)) {
      if (seen.get(metadata.name) === metadata.resourceVersion) continue;
      seen.set(metadata.name, metadata.resourceVersion);
      const nodes = Object.values(status?.nodes ?? {});
      // A daemon that runs counts as fulfilled and has its end before it.
      const over = nodes.filter((node) => isFulfilled(node) && node.daemoned !== true);
      for (const node of over) ended(node.id, kept(node));
    }
  };
}

const isOver = (workflow: Workflow): boolean => workflow.metadata.labels?.[workflowLabels.completed] === 'true';

/** How every workflow ended, times left out: what may not depend on crashes. */
function storyOf(workflow: Workflow): unknown {
  const { phase, message, progress, nodes = {} } = workflow.status ?? {};
  const lines = Object.values(nodes).map((node) => {
    const { name, type, outputs, inputs, children = [] } = node;
    return [name, type, node.phase, node.message, outputs, inputs, children.toSorted()];
  });
  const { team } = workflow.metadata.labels ?? {};
  return {
    name: workflow.metadata.name,
    phase,
    message,
    progress,
    team,
    // A generated name follows from when its node began.
    lines: lines.map((line) => JSON.stringify(line).replaceAll(/palette-[a-z0-9]+/g, 'palette-*')).toSorted(),
  };
}

interface Ending {
  readonly crashes: number;
  readonly story: readonly unknown[];
  /** Their names, which follow from those of their nodes. */
  readonly pods: readonly string[];
}

/** Plays all workflows at once. */
async function play(seed: number, faults: typeof STORM | typeof NO_FAULTS): Promise<Ending> {
  const world = await createWorld({ seed, faults });
  let logFaults = faults === NO_FAULTS ? 0 : LOG_FAULTS;
  try {
    await prepare(world, () => logFaults);
    for (const { name, spec } of PLAYS) {
      const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name }, spec };
      await createObject(world.api, { resource: resources.workflows, namespace: NAMESPACE, object });
    }
    const check = watchman(world);
    const until = world.clock.now() + STORM_MS;
    while (world.clock.now() < until && !(await workflowsOf(world)).every(isOver)) {
      await world.clock.advanceTo(Math.min(until, world.clock.nextDueAt ?? until));
      await check();
    }
    world.endFaults();
    logFaults = 0;
    await world.clock.advanceUntil(async () => {
      await check();
      return (await workflowsOf(world)).every(isOver);
    }, CALM_LIMIT_MS);
    const workflows = await workflowsOf(world);
    const pods = await listObjects(world.api, { resource: resources.pods, namespace: NAMESPACE });
    return {
      crashes: world.crashes,
      story: workflows.map(storyOf),
      pods: pods.items.map((pod) => pod.metadata.name).toSorted(),
    };
  } finally {
    await world.close();
  }
}

describe('workflows in a simulated cluster', () => {
  it('end as they promise, with results, retries, files and parameters from ConfigMaps', async () => {
    const { story } = await play(1, NO_FAULTS);
    const phases = Object.fromEntries(story.map((item) => [getPath(item, ['name']), getPath(item, ['phase'])]));
    expect(phases).toEqual(Object.fromEntries(PLAYS.map((item) => [item.name, item.phase])));
    const results = must(
      story.find((item) => getPath(item, ['name']) === 'results'),
      'results',
    );
    expect(JSON.stringify(results).replaceAll('\\', '')).toContain('["p","q","r","p q"]!');
    expect(getPath(results, ['team'])).toBe('blue');
  });

  it('end the same while controller and node crash', { timeout: 600_000 }, async () => {
    const calm = await play(1, NO_FAULTS);
    let crashes = 0;
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const told = `repeat with SEED=${seed}`;
      const stormy = await play(seed, STORM).catch((error: unknown) => {
        throw new Error(told, { cause: error });
      });
      expect(stormy.story, told).toEqual(calm.story);
      expect(stormy.pods, told).toEqual(calm.pods);
      crashes += stormy.crashes;
    }
    // A storm without crashes proves nothing.
    if (only === undefined) expect(crashes).toBeGreaterThan(SEEDS);
  });
});
