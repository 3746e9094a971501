import { equalJson } from '@argosy/std';
import { parseCron } from '@argosy/lang/cron';
import type { KubeObject } from '@argosy/kube/meta';
import type { FieldError } from '@argosy/kube/schema';
import { ensurePart, numberAt, part, setDefault, textAt, type Draft } from '../draft.ts';
import { IMMUTABLE, invalidField, requiredField, unsupportedField } from '../errors.ts';
import type { KindRules } from './kind-rules.ts';
import { defaultPodSpec, defaultTemplate } from './pod-defaults.ts';
import { podSpecErrors } from './pod-validation.ts';
import { notNegative, templateErrors } from './workload.ts';

/** Backoff limit of a Job that counts failures by index: practically none. */
const NO_BACKOFF_LIMIT = 2_147_483_647;
/** Longest CronJob name: its Jobs add eleven characters. */
export const MAX_CRON_JOB_NAME_LENGTH = 52;

function defaultJobSpec(spec: Draft): void {
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) {
    spec['completions'] = 1;
    spec['parallelism'] = 1;
  }
  setDefault(spec, 'parallelism', 1);
  setDefault(spec, 'backoffLimit', spec['backoffLimitPerIndex'] === undefined ? 6 : NO_BACKOFF_LIMIT);
  setDefault(spec, 'completionMode', 'NonIndexed');
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'manualSelector', false);
  setDefault(spec, 'podReplacementPolicy', spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed');
}

function defaultJob(draft: Draft): void {
  const spec = ensurePart(draft, 'spec');
  defaultJobSpec(spec);
  defaultTemplate(draft);
  const labels = part(part(part(spec, 'template'), 'metadata'), 'labels');
  const meta = ensurePart(draft, 'metadata');
  if (labels !== undefined && meta['labels'] === undefined) meta['labels'] = { ...labels };
}

/** The selector and the labels that make a Job's pods its own. */
function ownPods(draft: Draft): void {
  const spec = ensurePart(draft, 'spec');
  if (spec['manualSelector'] === true) return;
  const meta = ensurePart(draft, 'metadata');
  const uid = textAt(meta, 'uid');
  const name = textAt(meta, 'name');
  const labels = ensurePart(ensurePart(ensurePart(spec, 'template'), 'metadata'), 'labels');
  labels['batch.kubernetes.io/controller-uid'] = uid;
  labels['batch.kubernetes.io/job-name'] = name;
  labels['controller-uid'] = uid;
  labels['job-name'] = name;
  if (meta['labels'] === undefined) meta['labels'] = { ...labels };
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
}

function restartErrors(spec: Draft, field: string): readonly FieldError[] {
  const pod = part(part(spec, 'template'), 'spec');
  const policy = textAt(pod, 'restartPolicy');
  if (policy === 'Never' || policy === 'OnFailure') return [];
  const at = `${field}.restartPolicy`;
  return [
    policy === 'Always' || policy === ''
      ? requiredField(at, 'valid values: "OnFailure", "Never"')
      : unsupportedField(at, policy, ['OnFailure', 'Never']),
  ];
}

const COUNTS = ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'];

function jobErrors(draft: Draft): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const name = textAt(part(draft, 'metadata'), 'name');
  const errors = name.length > 63 ? [invalidField('metadata.name', name, 'must be no more than 63 characters')] : [];
  if (spec['completionMode'] === 'Indexed' && numberAt(spec, 'completions') === undefined) {
    errors.push(requiredField('spec.completions', 'when completion mode is Indexed'));
  }
  const others = templateErrors(spec, ['Always', 'OnFailure', 'Never']);
  return [...errors, ...notNegative(spec, ...COUNTS), ...others, ...restartErrors(spec, 'spec.template.spec')];
}

function elastic(spec: Draft, old: Draft): boolean {
  return (
    spec['completionMode'] === 'Indexed' &&
    old['completionMode'] === 'Indexed' &&
    spec['completions'] === spec['parallelism']
  );
}

function jobChangeErrors(draft: Draft, live: KubeObject): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const old = part(live as unknown as Draft, 'spec') ?? {};
  const fixed = [
    'selector',
    'podFailurePolicy',
    'completionMode',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ];
  const errors = fixed
    .filter((field) => !equalJson(spec[field], old[field]))
    .map((field) => invalidField(`spec.${field}`, spec[field] ?? null, IMMUTABLE));
  if (!equalJson(spec['completions'], old['completions']) && !elastic(spec, old)) {
    errors.push(invalidField('spec.completions', spec['completions'] ?? null, IMMUTABLE));
  }
  if (!equalJson(spec['template'], old['template'])) {
    errors.push(invalidField('spec.template', spec['template'], IMMUTABLE));
  }
  return errors;
}

/** Jobs. */
export const jobRules: KindRules = {
  defaults: defaultJob,
  prepareCreate: ownPods,
  validate: jobErrors,
  validateUpdate: jobChangeErrors,
};

function cronErrors(draft: Draft): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const name = textAt(part(draft, 'metadata'), 'name');
  const errors: FieldError[] = [];
  if (name.length > MAX_CRON_JOB_NAME_LENGTH) {
    errors.push(invalidField('metadata.name', name, `must be no more than ${MAX_CRON_JOB_NAME_LENGTH} characters`));
  }
  const schedule = textAt(spec, 'schedule');
  if (schedule === '') errors.push(requiredField('spec.schedule'));
  else if (schedule.includes('TZ')) {
    errors.push(
      invalidField('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'),
    );
  } else {
    const parsed = parseCron(schedule);
    if (!parsed.ok) errors.push(invalidField('spec.schedule', schedule, parsed.error.message));
  }
  const policies = ['Allow', 'Forbid', 'Replace'];
  if (!policies.includes(textAt(spec, 'concurrencyPolicy'))) {
    errors.push(unsupportedField('spec.concurrencyPolicy', spec['concurrencyPolicy'], policies));
  }
  const job = part(part(spec, 'jobTemplate'), 'spec') ?? {};
  const pod = part(part(job, 'template'), 'spec') ?? {};
  const field = 'spec.jobTemplate.spec.template.spec';
  const counts = ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'];
  return [...errors, ...notNegative(spec, ...counts), ...podSpecErrors(pod, field), ...restartErrors(job, field)];
}

/** CronJobs. */
export const cronJobRules: KindRules = {
  defaults: (draft) => {
    const spec = ensurePart(draft, 'spec');
    setDefault(spec, 'concurrencyPolicy', 'Allow');
    setDefault(spec, 'suspend', false);
    setDefault(spec, 'successfulJobsHistoryLimit', 3);
    setDefault(spec, 'failedJobsHistoryLimit', 1);
    const pod = part(part(part(spec, 'jobTemplate'), 'spec'), 'template');
    if (pod !== undefined) defaultPodSpec(ensurePart(pod, 'spec'));
  },
  validate: cronErrors,
};
