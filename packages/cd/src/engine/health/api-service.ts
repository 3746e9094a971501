import { listAt, textAt, verdict, type HealthRule } from './verdict.ts';

/** apiregistration.k8s.io/APIService. */
export const apiServiceHealth: HealthRule = (object) => {
  const available = listAt(object, ['status', 'conditions']).find((item) => item['type'] === 'Available');
  if (available === undefined) return verdict('Progressing', 'Waiting to be processed');
  const message = `${textAt(available, ['reason'])}: ${textAt(available, ['message'])}`;
  return verdict(available['status'] === 'True' ? 'Healthy' : 'Progressing', message);
};
