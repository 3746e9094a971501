import type { UserInfo } from '@argosy/kube/port';
import { matchesPath, type PolicyRule } from './policy-rule.ts';

const list = (items: readonly string[]): readonly string[] => (items.length === 0 ? [''] : items);

/** Takes a rule apart into rules with one verb, one group, one resource and at most one name (or one path). */
function singleRules(rule: PolicyRule): readonly PolicyRule[] {
  const singles: PolicyRule[] = [];
  for (const verb of rule.verbs) {
    for (const path of rule.nonResourceURLs) {
      singles.push({ verbs: [verb], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [path] });
    }
    for (const group of rule.apiGroups) singles.push(...resourceSingles(rule, verb, group));
  }
  return singles;
}

function resourceSingles(rule: PolicyRule, verb: string, group: string): readonly PolicyRule[] {
  return rule.resources.flatMap((resource) =>
    list(rule.resourceNames).map((name) => ({
      verbs: [verb],
      apiGroups: [group],
      resources: [resource],
      resourceNames: name === '' ? [] : [name],
      nonResourceURLs: [],
    })),
  );
}

const covers = (held: readonly string[], wanted: string): boolean => held.includes('*') || held.includes(wanted);

function coversResource(held: readonly string[], wanted: string): boolean {
  if (covers(held, wanted)) return true;
  const slash = wanted.indexOf('/');
  return slash >= 0 && held.includes(`*${wanted.slice(slash)}`);
}

function coversSingle(held: PolicyRule, wanted: PolicyRule): boolean {
  if (!covers(held.verbs, wanted.verbs[0] ?? '')) return false;
  const path = wanted.nonResourceURLs[0];
  if (path !== undefined) return held.nonResourceURLs.some((pattern) => matchesPath(pattern, path));
  if (!covers(held.apiGroups, wanted.apiGroups[0] ?? '')) return false;
  if (!coversResource(held.resources, wanted.resources[0] ?? '')) return false;
  if (held.resourceNames.length === 0) return true;
  const name = wanted.resourceNames[0];
  return name !== undefined && held.resourceNames.includes(name);
}

/** The parts of `wanted` that no rule in `held` covers, each with one verb, group and resource. Empty: may be granted. */
export function uncoveredRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return wanted.flatMap(singleRules).filter((single) => !held.some((rule) => coversSingle(rule, single)));
}

const quoted = (items: readonly string[]): string => `[${items.map((item) => JSON.stringify(item)).join(',')}]`;

function ruleText(rule: PolicyRule): string {
  const parts = [
    ...(rule.nonResourceURLs.length === 0 ? [] : [`NonResourceURLs:${quoted(rule.nonResourceURLs)}`]),
    ...(rule.apiGroups.length === 0 ? [] : [`APIGroups:${quoted(rule.apiGroups)}`]),
    ...(rule.resources.length === 0 ? [] : [`Resources:${quoted(rule.resources)}`]),
    ...(rule.resourceNames.length === 0 ? [] : [`ResourceNames:${quoted(rule.resourceNames)}`]),
    `Verbs:${quoted(rule.verbs)}`,
  ];
  return `{${parts.join(', ')}}`;
}

function ruleShape(rule: PolicyRule): string {
  return [rule.nonResourceURLs, rule.apiGroups, rule.resources, rule.resourceNames].map(quoted).join('');
}

/** Joins single rules that differ only in their verb, for messages. */
function joinVerbs(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const byShape = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const shape = ruleShape(rule);
    const known = byShape.get(shape);
    byShape.set(shape, known === undefined ? rule : { ...known, verbs: [...known.verbs, ...rule.verbs] });
  }
  return [...byShape.values()];
}

/** The refusal that names what the user tried to grant without holding it. */
export function escalationMessage(user: UserInfo, missing: readonly PolicyRule[]): string {
  const lines = joinVerbs(missing).map(ruleText).sort();
  const who = `user ${JSON.stringify(user.name)} (groups=${quoted(user.groups)})`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`;
}
