import { listAt, verdict, type HealthRule } from './verdict.ts';

/** Ingress: healthy once an address is assigned. */
export const ingressHealth: HealthRule = (object) =>
  verdict(listAt(object, ['status', 'loadBalancer', 'ingress']).length > 0 ? 'Healthy' : 'Progressing');
