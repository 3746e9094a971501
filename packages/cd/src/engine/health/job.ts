import { listAt, textAt, verdict, type HealthRule } from './verdict.ts';

/** batch/Job: the deciding condition gives the message. */
export const jobHealth: HealthRule = (object) => {
  const conditions = listAt(object, ['status', 'conditions']);
  const holding = (type: string): { readonly [key: string]: unknown } | undefined =>
    conditions.find((item) => item['type'] === type && item['status'] === 'True');
  const failed = holding('Failed');
  if (failed !== undefined) return verdict('Degraded', textAt(failed, ['message']));
  const suspended = holding('Suspended');
  if (suspended !== undefined) return verdict('Suspended', textAt(suspended, ['message']));
  const complete = holding('Complete');
  if (complete !== undefined) return verdict('Healthy', textAt(complete, ['message']));
  return verdict('Progressing');
};
