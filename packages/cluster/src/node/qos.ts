import { rolesOf, type PodSpec } from './pod-types.ts';

const COUNTED = ['cpu', 'memory'] as const;

type Quantity = string | number | undefined;

function isFixed(limit: Quantity, request: Quantity): boolean {
  return limit !== undefined && (request === undefined || String(request) === String(limit));
}

/** status.qosClass: Guaranteed when every container limits cpu and memory and asks for just that, BestEffort when none asks. */
export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const counted = rolesOf(spec).filter((container) => container.role !== 'ephemeral');
  const pairs = counted.flatMap(({ spec: container }) => {
    const { limits = {}, requests = {} } = container.resources ?? {};
    return COUNTED.map((name): readonly [Quantity, Quantity] => [limits[name], requests[name]]);
  });
  if (pairs.every(([limit, request]) => limit === undefined && request === undefined)) return 'BestEffort';
  return pairs.every(([limit, request]) => isFixed(limit, request)) ? 'Guaranteed' : 'Burstable';
}
