import { equalJson } from '@argosy/std';
import { part, parts, type Draft } from './draft.ts';

/** Guaranteed, Burstable or BestEffort, from requests and limits of cpu and memory. */
export function qosClass(spec: Draft | undefined): string {
  const containers = [...parts(spec, 'initContainers'), ...parts(spec, 'containers')];
  const kinds = containers.map((container) => {
    const resources = part(container, 'resources');
    const limits = part(resources, 'limits') ?? {};
    const requests = part(resources, 'requests') ?? {};
    const named = ['cpu', 'memory'];
    if (named.every((name) => limits[name] !== undefined && equalJson(limits[name], requests[name] ?? limits[name]))) {
      return 'Guaranteed';
    }
    return named.some((name) => limits[name] !== undefined || requests[name] !== undefined)
      ? 'Burstable'
      : 'BestEffort';
  });
  if (kinds.every((kind) => kind === 'Guaranteed')) return 'Guaranteed';
  return kinds.every((kind) => kind === 'BestEffort') ? 'BestEffort' : 'Burstable';
}
