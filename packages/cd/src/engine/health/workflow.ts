import { textAt, verdict, type HealthRule } from './verdict.ts';

/** argoproj.io/Workflow, by phase. */
export const workflowHealth: HealthRule = (object) => {
  const message = textAt(object, ['status', 'message']);
  switch (textAt(object, ['status', 'phase'])) {
    case '':
    case 'Pending':
    case 'Running':
      return verdict('Progressing', message);
    case 'Succeeded':
      return verdict('Healthy', message);
    case 'Failed':
    case 'Error':
      return verdict('Degraded', message);
    default:
      return verdict('Unknown', message);
  }
};
