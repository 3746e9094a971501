import { canonicalJson, compareText, equalJson, isObject } from '@argosy/std';
import {
  matchesLabels,
  selectorFromSpec,
  type KubeObject,
  type LabelSelector,
  type LabelSelectorSpec,
} from '@argosy/kube/meta';
import { readRules, writeRule, type PolicyRule } from './policy-rule.ts';

/** The selectors of a ClusterRole's `aggregationRule`; `undefined` when it has none and keeps its own rules. */
export function aggregationSelectors(role: KubeObject): readonly LabelSelector[] | undefined {
  const rule = role['aggregationRule'];
  if (!isObject(rule)) return undefined;
  const selectors = Array.isArray(rule['clusterRoleSelectors']) ? rule['clusterRoleSelectors'] : [];
  return selectors.filter(isObject).map((selector) => selectorFromSpec(selector as LabelSelectorSpec));
}

/** Rules without repeats, in the order given. */
export function uniqueRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const seen = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = canonicalJson(writeRule(rule));
    if (!seen.has(key)) seen.set(key, rule);
  }
  return [...seen.values()];
}

/** The union of the rules of all ClusterRoles that the selectors choose: roles sorted by name, repeats dropped. */
export function aggregateRules(
  selectors: readonly LabelSelector[],
  roles: readonly KubeObject[],
): readonly PolicyRule[] {
  const chosen = roles.filter(
    (role) =>
      role.kind === 'ClusterRole' && selectors.some((selector) => matchesLabels(selector, role.metadata.labels ?? {})),
  );
  chosen.sort((a, b) => compareText(a.metadata.name, b.metadata.name));
  return uniqueRules(chosen.flatMap((role) => readRules(role['rules'])));
}

/**
 * What the aggregation controller has to write: each aggregated ClusterRole whose stored rules differ from the union,
 * as the object to update. One pass; roles that aggregate aggregated roles settle by further passes.
 */
export function planAggregation(roles: readonly KubeObject[]): readonly KubeObject[] {
  const changed: KubeObject[] = [];
  for (const role of roles) {
    const selectors = role.kind === 'ClusterRole' ? aggregationSelectors(role) : undefined;
    if (selectors === undefined) continue;
    const others = roles.filter((other) => other.metadata.name !== role.metadata.name);
    const rules = aggregateRules(selectors, others).map(writeRule);
    if (!equalJson(role['rules'] ?? [], rules)) changed.push({ ...role, rules });
  }
  return changed;
}
