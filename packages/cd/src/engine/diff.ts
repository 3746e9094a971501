import { equalJson, instant } from '@argosy/std';
import { gvkOf, type KubeObject } from '@argosy/kube/meta';
import { applyServerSide, dropOwnedDifferences } from '@argosy/kube/merge';
import { builtinSchema } from '@argosy/kube/schema';
import { NO_IGNORE_RULES, removeIgnored, type IgnoreRules } from './ignore-differences.ts';
import { normalizeDesired, normalizeLive } from './normalize.ts';
import { asStored, lastAppliedOf, predictLive } from './predict.ts';

/** How a desired object stands against its live one. */
export interface Difference {
  readonly modified: boolean;
  /** The live object without what never counts. */
  readonly normalizedLive: KubeObject;
  /** What applying the desired object would make of it. */
  readonly predictedLive: KubeObject;
}

/** How applying is predicted: as client-side apply merges, or as server-side apply owns. */
export type DiffStrategy = 'three-way' | 'structured';

/** How two objects are compared. */
export interface DiffOptions {
  readonly strategy?: DiffStrategy;
  readonly rules?: IgnoreRules;
}

/** The name under which deliveries own fields. */
export const FIELD_MANAGER = 'argocd-controller';

/** Server-side apply by the type's own rules; a kind that is not built in has its lists replaced whole. */
function predictServerSide(desired: KubeObject, live: KubeObject): KubeObject {
  const schema = builtinSchema(gvkOf(live));
  // The moment only goes into managed fields, which do not count.
  const now = instant(0);
  const applied = applyServerSide({ schema, live, config: desired, manager: FIELD_MANAGER, force: true, now });
  return applied.ok ? applied.value.object : desired;
}

function predict(desired: KubeObject, live: KubeObject, options: DiffOptions): KubeObject {
  if (options.strategy === 'structured') return predictServerSide(desired, live);
  const { rules = NO_IGNORE_RULES } = options;
  const applied = lastAppliedOf(live);
  const original = applied === undefined ? desired : removeIgnored(normalizeDesired(applied), rules);
  return predictLive({ original, desired, live });
}

/**
 * Compares by prediction: modified when applying `desired` would change the live object, as far as the rules let it
 * count. Both results are in the form in which the server keeps objects.
 * @throws KubeError when one of them cannot be merged (a list item without its merge key, nesting too deep).
 */
export function diffObjects(desired: KubeObject, live: KubeObject, options: DiffOptions = {}): Difference {
  const { rules = NO_IGNORE_RULES } = options;
  const schema = builtinSchema(gvkOf(live));
  const kept = dropOwnedDifferences({ schema, live, config: desired, managers: rules.managers });
  const target = removeIgnored(normalizeDesired(kept.config), rules);
  const current = removeIgnored(kept.live, rules);
  const normalizedLive = normalizeLive(asStored(current));
  const predictedLive = normalizeLive(asStored(predict(target, current, options)));
  return { modified: !equalJson(predictedLive, normalizedLive), normalizedLive, predictedLive };
}
