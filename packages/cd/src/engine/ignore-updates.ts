import { equalJson } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { healthOf } from './health/index.ts';
import { ignoreRulesOf, NO_IGNORE_RULES, removeIgnored, type IgnoreRules } from './ignore-differences.ts';
import { resourceKeyOf } from './resource-key.ts';
import type { ResourceSettings } from './settings/index.ts';

/** What changes with every write, whatever was written. */
const BOOKKEEPING: readonly string[] = ['/metadata/resourceVersion', '/metadata/managedFields', '/metadata/generation'];

function counted(object: KubeObject, rules: IgnoreRules): KubeObject {
  return removeIgnored(object, { ...rules, jsonPointers: [...BOOKKEEPING, ...rules.jsonPointers] });
}

/** True for an update that the settings say is none: nothing else changed, and neither did the health. */
export function isIgnoredUpdate(before: KubeObject, after: KubeObject, settings: ResourceSettings): boolean {
  const rules = ignoreRulesOf(settings.ignoreUpdates, resourceKeyOf(after));
  if (rules === NO_IGNORE_RULES) return false;
  const same = equalJson(healthOf(before, settings.health), healthOf(after, settings.health));
  return same && equalJson(counted(before, rules), counted(after, rules));
}
