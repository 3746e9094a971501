import { resources } from '@argosy/api';
import { RestError, type RestRequest } from '@argosy/api/rest';
import {
  workflowLabels,
  workflowAnnotations,
  type CronWorkflow,
  type Workflow,
  type WorkflowSpec,
  type WorkflowTemplate,
} from '@argosy/api/workflows';
import { createObject, getObject, type ClusterApi } from '@argosy/kube/port';
import { formatTime, isObject, type Clock } from '@argosy/std';

import { overlaySpec } from '../engine/index.ts';
import { bodyOf, validateWorkflow, withCreator } from './create-workflow.ts';
import { parametersIn, textOf } from './repeat-workflow.ts';

type Json = { readonly [key: string]: unknown };

const KINDS: { readonly [word: string]: 'cron' | 'namespaced' | 'cluster' } = Object.fromEntries([
  ...['cronworkflow', 'cronworkflows', 'cronwf'].map((word) => [word, 'cron']),
  ...['workflowtemplate', 'workflowtemplates', 'wftmpl'].map((word) => [word, 'namespaced']),
  ...['clusterworkflowtemplate', 'clusterworkflowtemplates', 'cwftmpl'].map((word) => [word, 'cluster']),
]) as { readonly [word: string]: 'cron' | 'namespaced' | 'cluster' };

interface Origin {
  readonly spec: WorkflowSpec;
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
}

async function fromTemplate(
  api: ClusterApi,
  from: { readonly namespace: string; readonly name: string; readonly isCluster: boolean },
): Promise<Origin> {
  const { namespace, name, isCluster } = from;
  const resource = isCluster ? resources.clusterWorkflowTemplates : resources.workflowTemplates;
  const key = { namespace: isCluster ? '' : namespace, name };
  const template = await getObject<WorkflowTemplate>(api, { resource, key });
  const label = isCluster ? workflowLabels.clusterWorkflowTemplate : workflowLabels.workflowTemplate;
  const { labels = {}, annotations = {} } = template.spec.workflowMetadata ?? {};
  const ref = { name, ...(isCluster ? { clusterScope: true } : {}) };
  return { spec: { workflowTemplateRef: ref }, labels: { ...labels, [label]: name }, annotations };
}

async function fromCron(api: ClusterApi, key: { namespace: string; name: string }, clock: Clock): Promise<Origin> {
  const cron = await getObject<CronWorkflow>(api, { resource: resources.cronWorkflows, key });
  const { workflowSpec = {}, workflowMetadata } = cron.spec;
  const given: Json = isObject(workflowMetadata) ? workflowMetadata : {};
  const texts = (value: unknown): Origin['labels'] => (isObject(value) ? (value as Origin['labels']) : {});
  return {
    spec: workflowSpec,
    labels: { ...texts(given['labels']), [workflowLabels.cronWorkflow]: key.name },
    annotations: {
      ...texts(given['annotations']),
      [workflowAnnotations.scheduledTime]: formatTime(clock.now()),
    },
  };
}

async function originOf(api: ClusterApi, request: RestRequest, clock: Clock): Promise<Origin> {
  const body = bodyOf(request);
  const { namespace = '' } = request.params;
  const [word, name] = [textOf(body, 'resourceKind'), textOf(body, 'resourceName')];
  const kind = KINDS[word.toLowerCase()];
  if (name === '') throw new RestError('InvalidArgument', 'resourceName: a name is required');
  if (kind === undefined) {
    const allowed = 'WorkflowTemplate, ClusterWorkflowTemplate, CronWorkflow';
    throw new RestError('InvalidArgument', `resourceKind: found '${word}', allowed are ${allowed}`);
  }
  if (kind === 'cron') return fromCron(api, { namespace, name }, clock);
  return fromTemplate(api, { namespace, name, isCluster: kind === 'cluster' });
}

/** Reads `k=v,k2=v2`. */
function pairsOf(text: string, field: string): { readonly [key: string]: string } {
  const pairs = text.split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new RestError('InvalidArgument', `${field}: found '${pair}', expected KEY=VALUE`);
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

function overrides(options: Json): WorkflowSpec {
  const parameters = parametersIn(options['parameters'], 'submitOptions.parameters');
  const texts = {
    entrypoint: textOf(options, 'entryPoint'),
    serviceAccountName: textOf(options, 'serviceAccount'),
    podPriorityClassName: textOf(options, 'podPriorityClassName'),
  };
  const { priority } = options;
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== '')),
    ...(typeof priority === 'number' ? { priority } : {}),
    ...(parameters.length === 0 ? {} : { arguments: { parameters: [...parameters] } }),
  };
}

function nameOf(options: Json, resourceName: string): object {
  const [name, generateName] = [textOf(options, 'name'), textOf(options, 'generateName')];
  if (name !== '') return { name };
  return { generateName: generateName === '' ? `${resourceName}-` : generateName };
}

/**
 * Creates a workflow from a WorkflowTemplate, a ClusterWorkflowTemplate or a CronWorkflow.
 * @throws RestError InvalidArgument naming everything that is wrong.
 */
export async function submitWorkflow(api: ClusterApi, request: RestRequest, clock: Clock): Promise<Workflow> {
  const body = bodyOf(request);
  const { namespace = '' } = request.params;
  const options: Json = isObject(body['submitOptions']) ? body['submitOptions'] : {};
  const origin = await originOf(api, request, clock);
  const labels = { ...origin.labels, ...pairsOf(textOf(options, 'labels'), 'submitOptions.labels') };
  const annotations = {
    ...origin.annotations,
    ...pairsOf(textOf(options, 'annotations'), 'submitOptions.annotations'),
  };
  const named = { ...nameOf(options, textOf(body, 'resourceName')), namespace, labels, annotations };
  const workflow: Workflow = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: named as unknown as Workflow['metadata'],
    spec: overlaySpec(origin.spec, overrides(options)),
  };
  await validateWorkflow(api, workflow, { lint: false });
  if (options['dryRun'] === true) return workflow;
  return createObject<Workflow>(api, {
    resource: resources.workflows,
    namespace,
    object: withCreator(workflow, request.identity),
    fieldManager: 'argo-server',
    ...(options['serverDryRun'] === true ? { dryRun: true } : {}),
    signal: request.signal,
  });
}
