import { getPath } from '@argosy/std';
import type { HealthStatusCode } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { conditionsOf, scalarText, verdict, type Condition, type Health, type HealthRule } from './verdict.ts';

/**
 * What a rule says: a status and a message. In messages `{message}`, `{reason}` and `{type}` are those of the condition
 * that decided, `{status.phase}` is a field of the object, and `{a|b}` is `b` when there is no `a`; a `b` that begins
 * with `$` names another field.
 */
export type Says = readonly [status: HealthStatusCode, message?: string];

/**
 * A condition and what it means: `Ready=False`, `Ready!=True`, `Ready=False:Failed` (type, status, reason), with `*` for
 * any type or status. Without a message the condition's own is taken.
 */
export type ConditionRow = readonly [when: string, status: HealthStatusCode, message?: string];

/** The first condition, in the object's order, that a row is about. */
interface ConditionStep {
  readonly conditions: readonly ConditionRow[];
}

/** A field, what its values mean, and what any other value means; an absent field says nothing. */
interface FieldStep {
  readonly at: string;
  readonly is: { readonly [value: string]: Says };
  readonly other?: Says;
}

/** One step of a judgement; the first that says something decides. A bare verdict always does. */
export type Step = ConditionStep | FieldStep | HealthRule | Says;

/** Rules by `group/Kind`. */
export interface HealthTable {
  readonly [groupKind: string]: readonly Step[];
}

interface Pattern {
  readonly type: string;
  readonly status: string;
  readonly negated: boolean;
  readonly reason: string | undefined;
}

const patterns = new Map<string, Pattern>();

function patternOf(when: string): Pattern {
  const known = patterns.get(when);
  if (known !== undefined) return known;
  const match = /^([^=!]+)(!?=)([^:]*)(?::(.+))?$/.exec(when);
  const [, type = '', sign, status = '', reason] = match ?? [];
  const pattern = { type, status, negated: sign === '!=', reason };
  patterns.set(when, pattern);
  return pattern;
}

function matches({ type, status, negated, reason }: Pattern, condition: Condition): boolean {
  if (type !== '*' && condition['type'] !== type) return false;
  if (status !== '*' && (condition['status'] === status) === negated) return false;
  return reason === undefined || condition['reason'] === reason;
}

const IN_CONDITION = new Set(['message', 'reason', 'type']);

function fieldOf(name: string, object: KubeObject, condition: Condition | undefined): string | undefined {
  const value = IN_CONDITION.has(name) ? condition?.[name] : getPath(object, name.split('.'));
  return scalarText(value);
}

/** Fills in a message. */
export function fillMessage(template: string, object: KubeObject, condition?: Condition): string {
  return template.replace(/\{([^{}|]+)(?:\|([^{}]*))?\}/g, (_, name: string, fallback = '') => {
    const found = fieldOf(name, object, condition);
    if (found !== undefined) return found;
    const instead = String(fallback);
    return instead.startsWith('$') ? (fieldOf(instead.slice(1), object, condition) ?? '') : instead;
  });
}

function say([status, message = '']: Says, object: KubeObject, condition?: Condition): Health {
  return verdict(status, fillMessage(message, object, condition));
}

function judgeConditions(rows: readonly ConditionRow[], object: KubeObject): Health | undefined {
  for (const condition of conditionsOf(object)) {
    const row = rows.find(([when]) => matches(patternOf(when), condition));
    if (row !== undefined) return say([row[1], row[2] ?? '{message}'], object, condition);
  }
  return undefined;
}

function judgeField({ at, is, other }: FieldStep, object: KubeObject): Health | undefined {
  const value = getPath(object, at.split('.'));
  if (value === undefined || value === null) return undefined;
  const text = scalarText(value) ?? '';
  const says = Object.hasOwn(is, text) ? is[text] : other;
  return says === undefined ? undefined : say(says, object);
}

const isSays = (step: Step): step is Says => Array.isArray(step);

/** Runs the steps of one kind on one object. */
export function judgeBySteps(steps: readonly Step[], object: KubeObject): Health | undefined {
  for (const step of steps) {
    if (isSays(step)) return say(step, object);
    const health =
      typeof step === 'function'
        ? step(object)
        : 'conditions' in step
          ? judgeConditions(step.conditions, object)
          : judgeField(step, object);
    if (health !== undefined) return health;
  }
  return undefined;
}

/** Says so while the status is of another generation than the object; silent when either is unknown. */
export function whenStale(...says: Says): HealthRule {
  return (object) => {
    const { generation } = object.metadata;
    const observed = getPath(object, ['status', 'observedGeneration']);
    if (generation === undefined || observed === undefined) return undefined;
    return observed === generation ? undefined : say(says, object);
  };
}

/** Says so while there is no status, or no conditions in it. */
export function withoutConditions(...says: Says): HealthRule {
  return (object) => (Array.isArray(getPath(object, ['status', 'conditions'])) ? undefined : say(says, object));
}

/** The commonest rule: False is Degraded and True is Healthy, with the condition's message. */
export function byCondition(type: string, waiting: string, healthy?: string): readonly Step[] {
  const good: ConditionRow = healthy === undefined ? [`${type}=True`, 'Healthy'] : [`${type}=True`, 'Healthy', healthy];
  return [{ conditions: [[`${type}=False`, 'Degraded'], good] }, ['Progressing', waiting]];
}
