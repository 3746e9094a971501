import type { FieldError } from '@argosy/kube/schema';
import { part, setDefault, textAt, type Draft } from '../draft.ts';
import { forbidden, forbiddenField } from '../errors.ts';
import type { KindContext, KindRules } from './kind-rules.ts';

/** Largest number that a PriorityClass of a user may give. */
export const MAX_USER_PRIORITY = 1_000_000_000;

/** The classes that the cluster brings along, above all others. */
const SYSTEM_CLASSES: ReadonlyMap<string, number> = new Map([
  ['system-cluster-critical', 2_000_000_000],
  ['system-node-critical', 2_000_001_000],
]);

function priorityClassErrors(draft: Draft): readonly FieldError[] {
  const name = textAt(part(draft, 'metadata'), 'name');
  const value = typeof draft['value'] === 'number' ? draft['value'] : 0;
  if (SYSTEM_CLASSES.get(name) === value) return [];
  if (name.startsWith('system-')) {
    const why = "priority class names with 'system-' prefix are reserved for system use only";
    return [forbiddenField('metadata.name', why)];
  }
  const why = `maximum allowed value of a user defined priority is ${MAX_USER_PRIORITY}`;
  return value > MAX_USER_PRIORITY ? [forbiddenField('value', why)] : [];
}

/** At most one class is the default. @throws KubeError Forbidden. */
function demandOneDefault(draft: Draft, context: KindContext): void {
  if (draft['globalDefault'] !== true) return;
  const { store } = context.state;
  const name = textAt(part(draft, 'metadata'), 'name');
  const others = store.list('scheduling.k8s.io/priorityclasses', '').filter((stored) => stored.name !== name);
  const marked = others.find((stored) => store.tree(stored)['globalDefault'] === true);
  if (marked === undefined) return;
  const why = `PriorityClass ${marked.name} is already marked as default. Only one default can exist`;
  throw forbidden({ group: 'scheduling.k8s.io', resource: 'priorityclasses' }, name, why);
}

/** PriorityClasses. */
export const priorityClassRules: KindRules = {
  defaults: (draft) => {
    setDefault(draft, 'preemptionPolicy', 'PreemptLowerPriority');
    setDefault(draft, 'value', 0);
  },
  prepareCreate: demandOneDefault,
  prepareUpdate: (draft, _live, context) => demandOneDefault(draft, context),
  validate: priorityClassErrors,
  validateUpdate: (draft, live) =>
    draft['value'] === live['value'] ? [] : [forbiddenField('value', 'may not be changed in an update.')],
};
