import { resources } from '@argosy/api';
import { workflowLabels, type CronWorkflow, type Workflow } from '@argosy/api/workflows';
import { controllerOf, hasReason, keyOf, keyText, type ObjectKey } from '@argosy/kube/meta';
import { createObject, deleteObject, patchObject, type ClusterApi } from '@argosy/kube/port';
import {
  ownerKeys,
  ownKeys,
  startController,
  systemTimeZones,
  type ControllerContext,
  type Informer,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import { unreachable } from '@argosy/std';

import { compileWorkflow, planCron, type CronAction, type CronChange, type CronObserved } from '../engine/index.ts';
import { mergePatchOf } from './merge-patch-of.ts';
import { readTemplates } from './read-templates.ts';

const BY_OWNER = 'workflows.cron';

/** What is known about the workflow that a CronWorkflow would make, for one version of its spec. */
interface Checked {
  readonly generation: number;
  readonly problem: string | undefined;
}

interface Parts {
  readonly context: ControllerContext;
  readonly crons: Informer<CronWorkflow>;
  readonly workflows: Informer<Workflow>;
  readonly checked: Map<string, Checked>;
  /** Refusals of the last submission, by CronWorkflow. */
  readonly refusals: Map<string, string>;
  enqueue: (key: ObjectKey) => void;
}

async function specProblemOf(parts: Parts, cron: CronWorkflow): Promise<string | undefined> {
  const text = keyText(keyOf(cron));
  const generation = Number(cron.metadata.generation ?? 0);
  const known = parts.checked.get(text);
  // A template that was missing may have come meanwhile: only a good answer is kept.
  if (known?.generation === generation && known.problem === undefined) return undefined;
  const { name, namespace = '' } = cron.metadata;
  const workflow: Workflow = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { name, namespace },
    spec: cron.spec.workflowSpec ?? {},
  };
  const compiled = compileWorkflow(workflow, { sources: await readTemplates(parts.context.api, workflow) });
  const problem = compiled.ok
    ? undefined
    : `cannot validate Workflow: ${compiled.error.map((item) => item.message).join('; ')}`;
  parts.checked.set(text, { generation, problem });
  return problem;
}

async function observe(parts: Parts, key: ObjectKey): Promise<CronObserved | undefined> {
  const cron = parts.crons.lister.get(key);
  if (cron === undefined) {
    parts.checked.delete(keyText(key));
    parts.refusals.delete(keyText(key));
    return undefined;
  }
  const { uid = '' } = cron.metadata;
  return {
    cron,
    workflows: parts.workflows.lister.byIndex(BY_OWNER, uid),
    specProblem: await specProblemOf(parts, cron),
    submissionError: parts.refusals.get(keyText(key)),
    zones: systemTimeZones,
  };
}

async function create(parts: Parts, cron: CronWorkflow, object: Workflow): Promise<void> {
  const key = keyOf(cron);
  try {
    await createObject(parts.context.api, { resource: resources.workflows, namespace: key.namespace, object });
    parts.refusals.delete(keyText(key));
  } catch (error) {
    if (hasReason(error, 'AlreadyExists')) return;
    if (!hasReason(error, 'Invalid', 'BadRequest', 'Forbidden') || !(error instanceof Error)) throw error;
    parts.refusals.set(keyText(key), `Failed to submit Workflow: ${error.message}`);
    parts.enqueue(key);
  }
}

async function terminate(api: ClusterApi, key: ObjectKey): Promise<void> {
  try {
    const patch = { spec: { shutdown: 'Terminate' } };
    await patchObject(api, { resource: resources.workflows, key, patchType: 'merge', patch });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}

async function apply(parts: Parts, action: CronAction, cron: CronWorkflow): Promise<void> {
  const { namespace } = keyOf(cron);
  const { api } = parts.context;
  switch (action.kind) {
    case 'create-workflow':
      return create(parts, cron, action.object);
    case 'terminate-workflow':
      return terminate(api, { namespace, name: action.name });
    case 'delete-workflow': {
      const target = { resource: resources.workflows, key: { namespace, name: action.name } };
      return deleteObject(api, target, { propagationPolicy: 'Background' });
    }
    default:
      return unreachable(action);
  }
}

async function publish(parts: Parts, observed: CronObserved, change: CronChange): Promise<void> {
  const { cron } = observed;
  const { labels = {}, annotations = {}, resourceVersion } = cron.metadata;
  const before = { metadata: { labels, annotations }, status: cron.status ?? {} };
  const after = {
    metadata: { labels: { ...labels, ...change.labels }, annotations: { ...annotations, ...change.annotations } },
    status: change.status,
  };
  const patch = mergePatchOf(before, after);
  if (patch === undefined) return;
  await patchObject(parts.context.api, {
    resource: resources.cronWorkflows,
    key: keyOf(cron),
    patchType: 'merge',
    patch: { ...patch, metadata: { ...(patch['metadata'] as object | undefined), resourceVersion } },
    fieldManager: 'workflow-controller',
  });
}

function createReconciler(parts: Parts): Reconciler<CronObserved, CronAction, CronChange> {
  return {
    name: 'cron-workflow',
    observe: (key) => observe(parts, key),
    plan: (observed, env) => planCron(observed, env),
    apply: (action, observed) => apply(parts, action, observed.cron),
    publish: (observed, change) => publish(parts, observed, change),
  };
}

/** Starts the controller of CronWorkflows: it starts workflows by the clock, counts them and forgets old ones. */
export function startCronController(
  context: ControllerContext,
  options: { readonly namespace?: string } = {},
): MeasuredController {
  const where = (options.namespace ?? '') === '' ? {} : { namespace: options.namespace ?? '' };
  const crons = context.informers.informer<CronWorkflow>(resources.cronWorkflows, where);
  const labelSelector = workflowLabels.cronWorkflow;
  const workflows = context.informers.informer<Workflow>(resources.workflows, { ...where, labelSelector });
  workflows.addIndex(BY_OWNER, (workflow) => {
    const owner = controllerOf(workflow);
    return owner?.kind === 'CronWorkflow' ? [owner.uid] : [];
  });
  const parts: Parts = {
    context,
    crons,
    workflows,
    checked: new Map(),
    refusals: new Map(),
    enqueue: () => undefined,
  };
  const controller = startController({
    context,
    reconciler: createReconciler(parts),
    sources: [ownKeys(crons), ownerKeys(workflows, { group: 'argoproj.io', kind: 'CronWorkflow' })],
  });
  parts.enqueue = (key) => controller.enqueue(key);
  return controller;
}
