import { formatLabelSelector, matchesLabels, parseLabelSelector, type LabelSelector } from '@argosy/kube/meta';
import { err, ok, setOwn, type Result } from '@argosy/std';

/** Longest condition, in characters. */
export const MAX_CONDITION_LENGTH = 4096;

/** Reads a condition: requirements as in a label selector, over paths of the object. */
function parseCondition(condition: string): Result<LabelSelector, string> {
  if (condition.length > MAX_CONDITION_LENGTH) {
    return err(`has ${condition.length} characters: at most ${MAX_CONDITION_LENGTH} are allowed`);
  }
  try {
    return ok(parseLabelSelector(condition));
  } catch (error) {
    return err(`'${condition}' cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What is wrong with a condition; one with tags is looked at when they are replaced. */
export function conditionProblem(condition: string): string | undefined {
  if (condition.includes('{{') && condition.length <= MAX_CONDITION_LENGTH) return undefined;
  const parsed = parseCondition(condition);
  return parsed.ok ? undefined : parsed.error;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    if (name === '#') return list.length;
    return /^\d+$/.test(name) ? list[Number(name)] : undefined;
  }
  return Object.hasOwn(value, name) ? (value as { readonly [key: string]: unknown })[name] : undefined;
}

/** A value as gjson writes it: texts bare, null empty, the rest as JSON. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

/** The values of the paths that a condition asks for; a path that leads nowhere is missing, as a label would be. */
function facts(selector: LabelSelector, object: unknown): { readonly [path: string]: string } {
  const values: { [path: string]: string } = {};
  for (const { key } of selector) {
    let value: unknown = object;
    for (const name of key.split('.')) value = memberOf(value, name);
    if (value !== undefined) setOwn(values, key, shown(value));
  }
  return values;
}

/** The conditions of a resource template, tags replaced; empty ones ask for nothing. */
export interface ResourceConditions {
  readonly success: string;
  readonly failure: string;
}

/** How an object stands: `wait` until it changes. The error is upstream's words for a failure. */
export function judgeResource(conditions: ResourceConditions, object: unknown): Result<'done' | 'wait', string> {
  const failure = parseCondition(conditions.failure);
  if (!failure.ok) return err(`failureCondition ${failure.error}`);
  const success = parseCondition(conditions.success);
  if (!success.ok) return err(`successCondition ${success.error}`);
  const failed = facts(failure.value, object);
  for (const item of failure.value) {
    if (matchesLabels([item], failed)) return err(`failure condition '${formatLabelSelector([item])}' evaluated true`);
  }
  // Without a success condition the first look that does not fail is enough, as upstream.
  return ok(matchesLabels(success.value, facts(success.value, object)) ? 'done' : 'wait');
}
