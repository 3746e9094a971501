import { listAt, textAt, verdict, type HealthRule } from './verdict.ts';

/** v1/Service: only a LoadBalancer has to wait for something. */
export const serviceHealth: HealthRule = (object) => {
  const waiting =
    textAt(object, ['spec', 'type']) === 'LoadBalancer' &&
    listAt(object, ['status', 'loadBalancer', 'ingress']).length === 0;
  return verdict(waiting ? 'Progressing' : 'Healthy');
};
