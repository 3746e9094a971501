import type { KubeObject } from '@argosy/kube/meta';
import { part, parts, textAt, type Draft } from '../draft.ts';
import { qosClass } from '../qos.ts';

interface ScopeDemand {
  readonly scope: string;
  readonly operator: string;
  readonly values: readonly string[];
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

function demandsOf(spec: Draft | undefined): readonly ScopeDemand[] {
  const plain = texts(spec?.['scopes']).map((scope) => ({ scope, operator: 'Exists', values: [] }));
  const chosen = parts(part(spec, 'scopeSelector'), 'matchExpressions').map((item) => ({
    scope: textAt(item, 'scopeName'),
    operator: textAt(item, 'operator'),
    values: texts(item['values']),
  }));
  return [...plain, ...chosen];
}

function valueMatches({ operator, values }: ScopeDemand, value: string): boolean {
  if (operator === 'In') return values.includes(value);
  if (operator === 'NotIn') return !values.includes(value);
  return (value !== '') === (operator === 'Exists');
}

function hasForeignAffinity(spec: Draft | undefined): boolean {
  const affinity = part(spec, 'affinity');
  return ['podAffinity', 'podAntiAffinity'].some((kind) => {
    const rules = part(affinity, kind);
    const preferred = parts(rules, 'preferredDuringSchedulingIgnoredDuringExecution');
    const terms = [
      ...parts(rules, 'requiredDuringSchedulingIgnoredDuringExecution'),
      ...preferred.map((item) => part(item, 'podAffinityTerm') ?? {}),
    ];
    return terms.some((term) => texts(term['namespaces']).length > 0 || term['namespaceSelector'] !== undefined);
  });
}

function inScope(demand: ScopeDemand, spec: Draft | undefined): boolean {
  const isBestEffort = qosClass(spec) === 'BestEffort';
  const ends = typeof spec?.['activeDeadlineSeconds'] === 'number';
  switch (demand.scope) {
    case 'Terminating':
      return ends;
    case 'NotTerminating':
      return !ends;
    case 'BestEffort':
      return isBestEffort;
    case 'NotBestEffort':
      return !isBestEffort;
    case 'PriorityClass':
      return valueMatches(demand, textAt(spec, 'priorityClassName'));
    default:
      return demand.scope === 'CrossNamespacePodAffinity' && hasForeignAffinity(spec);
  }
}

/** Whether a quota is for an object. Scopes are about pods: a quota that has any is for nothing else. */
export function isInScope(quota: KubeObject, storage: string, object: KubeObject): boolean {
  const demands = demandsOf(part(quota as unknown as Draft, 'spec'));
  if (demands.length === 0) return true;
  const spec = part(object as unknown as Draft, 'spec');
  return storage === '/pods' && demands.every((demand) => inScope(demand, spec));
}
