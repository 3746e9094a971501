import type { HealthStatusCode } from '@argosy/api/cd';
import { textAt, verdict, type HealthRule } from './verdict.ts';

const CODES: readonly string[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown'];

/** argoproj.io/Application: a child passes on its own verdict, so that waves can wait for it. */
export const applicationHealth: HealthRule = (object) => {
  const status = textAt(object, ['status', 'health', 'status']);
  if (!CODES.includes(status)) return verdict('Progressing');
  return verdict(status as HealthStatusCode, textAt(object, ['status', 'health', 'message']));
};
