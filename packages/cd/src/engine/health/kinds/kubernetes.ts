import { getPath, isObject } from '@argosy/std';
import type { HealthTable } from '../table.ts';
import { conditionsOf, listAt, textAt, verdict, type Condition, type Health, type HealthRule } from '../verdict.ts';

/** batch/CronJob: only a last run that is known to have failed degrades it. */
const cronJob: HealthRule = (object) => {
  if (getPath(object, ['spec', 'suspend']) === true) return verdict('Healthy', 'CronJob is Suspended');
  if (!isObject(object['status'])) return verdict('Progressing', 'Waiting for CronJob');
  const scheduled = textAt(object, ['status', 'lastScheduleTime']);
  if (scheduled === '') return verdict('Healthy', 'CronJob has not been scheduled yet');
  const succeeded = textAt(object, ['status', 'lastSuccessfulTime']);
  if (succeeded === '') {
    return verdict('Healthy', 'The Cronjob never completed succesfully. It may not be healthy');
  }
  if (listAt(object, ['status', 'active']).length > 0) {
    return verdict('Healthy', 'The job is running. Its last execution may not have been successful');
  }
  if (succeeded < scheduled) {
    return verdict('Degraded', 'CronJob has not completed its last execution successfully');
  }
  return verdict('Healthy', 'CronJob has completed its last execution successfully');
};

interface Definition {
  readonly holding: (type: string, status: string) => boolean;
  /** The message of the last of the conditions that matter. */
  readonly message: string;
}

const MATTERS: readonly string[] = [
  'Terminating=True',
  'NamesAccepted=False',
  'Established=True',
  'NonStructuralSchema=True',
];

function readDefinition(conditions: readonly Condition[]): Definition {
  const named = conditions.map((item) => `${textAt(item, ['type'])}=${textAt(item, ['status'])}`);
  const last = conditions.findLast((_, index) => MATTERS.includes(named[index] ?? ''));
  return {
    holding: (type, status) => named.includes(`${type}=${status}`),
    message: last === undefined ? '' : textAt(last, ['message']),
  };
}

function judgeDefinition({ holding, message }: Definition, installing: boolean): Health {
  if (holding('Terminating', 'True')) return verdict('Progressing', `CRD is terminating: ${message}`);
  if (holding('NamesAccepted', 'False')) {
    return verdict('Degraded', `CRD names have not been accepted: ${message}`);
  }
  if (!holding('Established', 'True')) {
    return installing
      ? verdict('Progressing', 'CRD is being installed')
      : verdict('Degraded', 'CRD is not established');
  }
  if (holding('NonStructuralSchema', 'True')) return verdict('Degraded', `Schema violations found: ${message}`);
  return verdict('Healthy', 'CRD is healthy');
}

const customResourceDefinition: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  if (conditions.length === 0) return verdict('Progressing', 'Status conditions not found');
  const installing = conditions.some((item) => item['type'] === 'Established' && item['reason'] === 'Installing');
  return judgeDefinition(readDefinition(conditions), installing);
};

/** policy/PodDisruptionBudget: too few pods is what a budget is for. */
const podDisruptionBudget: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const failed = conditions.find((item) => item['status'] === 'False' && item['reason'] !== 'InsufficientPods');
  const told = failed ?? conditions.at(-1);
  if (told === undefined) return verdict('Progressing', 'Waiting for status');
  const message = `PodDisruptionBudget has ${textAt(told, ['reason'])}`;
  return verdict(failed === undefined ? 'Healthy' : 'Degraded', message);
};

/** Kinds of Kubernetes itself beyond the workloads, and its snapshots. */
export const KUBERNETES: HealthTable = {
  'batch/CronJob': [cronJob],
  'apiextensions.k8s.io/CustomResourceDefinition': [customResourceDefinition],
  'policy/PodDisruptionBudget': [podDisruptionBudget],
  'snapshot.storage.k8s.io/VolumeSnapshot': [
    { at: 'status.readyToUse', is: { true: ['Healthy', 'Ready to use'] } },
    { at: 'status.error', is: {}, other: ['Degraded', '{status.error.message}'] },
    ['Progressing', 'Waiting for status'],
  ],
};
