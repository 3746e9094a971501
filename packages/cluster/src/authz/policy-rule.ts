import { isObject } from '@argosy/std';
import type { AccessAttributes } from '../apiserver/index.ts';

/** One rule of a Role or ClusterRole, with absent lists made empty. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** Reads `rules` of a Role or ClusterRole. What is not a rule is left out: it grants nothing. */
export function readRules(value: unknown): readonly PolicyRule[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map((rule) => ({
    verbs: texts(rule['verbs']),
    apiGroups: texts(rule['apiGroups']),
    resources: texts(rule['resources']),
    resourceNames: texts(rule['resourceNames']),
    nonResourceURLs: texts(rule['nonResourceURLs']),
  }));
}

/** The rule as it stands in objects: empty lists left out. */
export function writeRule(rule: PolicyRule): { readonly [field: string]: readonly string[] } {
  return {
    verbs: rule.verbs,
    ...(rule.apiGroups.length === 0 ? {} : { apiGroups: rule.apiGroups }),
    ...(rule.resources.length === 0 ? {} : { resources: rule.resources }),
    ...(rule.resourceNames.length === 0 ? {} : { resourceNames: rule.resourceNames }),
    ...(rule.nonResourceURLs.length === 0 ? {} : { nonResourceURLs: rule.nonResourceURLs }),
  };
}

const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);

function matchesResource(rule: PolicyRule, resource: string, subresource: string): boolean {
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  if (has(rule.resources, full)) return true;
  return subresource !== '' && rule.resources.includes(`*/${subresource}`);
}

/** True when a pattern of `nonResourceURLs` covers a path: exact, `*`, or a prefix that ends in `*`. */
export function matchesPath(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1));
}

/** True when the rule allows what is asked. A rule with `resourceNames` never covers a request without a name. */
export function ruleAllows(rule: PolicyRule, asked: AccessAttributes): boolean {
  if (!has(rule.verbs, asked.verb)) return false;
  const path = asked.path;
  if (path !== undefined) return rule.nonResourceURLs.some((pattern) => matchesPath(pattern, path));
  if (!has(rule.apiGroups, asked.group)) return false;
  if (!matchesResource(rule, asked.resource, asked.subresource)) return false;
  return rule.resourceNames.length === 0 || (asked.name !== '' && rule.resourceNames.includes(asked.name));
}
