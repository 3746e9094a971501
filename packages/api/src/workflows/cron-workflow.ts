import type { KubeObject } from '@argosy/kube/meta';

import {
  array,
  boolean,
  integer,
  oneOf,
  opaque,
  partial,
  string,
  time,
  type Infer,
  type KindDefinition,
} from '../schema/index.ts';
import { open } from './parameters.ts';
import { workflowCondition, workflowSpec } from './workflow.ts';

/** The spec of a CronWorkflow. */
export const cronWorkflowSpec = partial(
  {
    workflowSpec,
    schedules: array(string()),
    timezone: string(),
    concurrencyPolicy: oneOf('', 'Allow', 'Forbid', 'Replace'),
    suspend: boolean(),
    startingDeadlineSeconds: integer(),
    successfulJobsHistoryLimit: integer(),
    failedJobsHistoryLimit: integer(),
    workflowMetadata: opaque(),
    stopStrategy: partial({ expression: string() }),
    when: string(),
  },
  open,
);

/** What a CronWorkflow did so far. */
export const cronWorkflowStatus = partial(
  {
    active: array(opaque()),
    lastScheduledTime: { ...time(), json: { ...time().json, nullable: true } },
    conditions: array(workflowCondition),
    succeeded: integer(),
    failed: integer(),
    phase: oneOf('', 'Active', 'Stopped'),
  },
  open,
);

/** The spec of a CronWorkflow. */
export type CronWorkflowSpec = Infer<typeof cronWorkflowSpec>;
/** What a CronWorkflow did so far. */
export type CronWorkflowStatus = Infer<typeof cronWorkflowStatus>;

/** `argoproj.io/v1alpha1` CronWorkflow. */
export interface CronWorkflow extends KubeObject {
  readonly spec: CronWorkflowSpec;
  readonly status?: CronWorkflowStatus;
}

/** CronWorkflow as its CustomResourceDefinition says; status is no subresource, as upstream. */
export const cronWorkflowKind: KindDefinition = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'CronWorkflow',
  plural: 'cronworkflows',
  singular: 'cronworkflow',
  shortNames: ['cwf', 'cronwf'],
  namespaced: true,
  hasStatusSubresource: false,
  columns: [],
  fields: { spec: cronWorkflowSpec.json, status: cronWorkflowStatus.json },
  required: ['spec'],
};
