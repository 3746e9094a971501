import type { KubeObject } from '@argosy/kube/meta';
import { ensurePart, part, type Draft } from '../draft.ts';
import { invalidField } from '../errors.ts';
import { amountsOf, countedUsage, listOf } from '../quota/index.ts';
import { compareQuantity, parseQuantity } from '@argosy/kube/schema';
import type { KindContext, KindRules } from './kind-rules.ts';

/** Counts what the quota limits; from then on every write keeps the numbers. */
function count(draft: Draft, context: KindContext): void {
  const hard = amountsOf(part(part(draft, 'spec'), 'hard'));
  const status = ensurePart(draft, 'status');
  status['hard'] = listOf(hard);
  status['used'] = listOf(countedUsage(context.state, draft as unknown as KubeObject, [...hard.keys()]));
}

const ZERO = parseQuantity('0');

/** ResourceQuotas. */
export const resourceQuotaRules: KindRules = {
  prepareCreate: count,
  prepareUpdate: (draft, _live, context) => count(draft, context),
  validate: (draft) =>
    [...amountsOf(part(part(draft, 'spec'), 'hard'))]
      .filter(([, amount]) => compareQuantity(amount, ZERO) < 0)
      .map(([name]) => invalidField(`spec.hard[${name}]`, name, 'must be greater than or equal to 0')),
};
