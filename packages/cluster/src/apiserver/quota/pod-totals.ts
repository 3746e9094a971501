import { addQuantity, compareQuantity, parseQuantity, type Quantity } from '@argosy/kube/schema';
import { part, parts, textAt, type Draft } from '../draft.ts';

/** Amounts by resource name: `cpu`, `memory`, `example.org/gpu`. */
export type Amounts = ReadonlyMap<string, Quantity>;

/** Requests or limits as a ResourceList writes them. */
export function amountsOf(list: Draft | undefined): Amounts {
  const found = new Map<string, Quantity>();
  for (const [name, value] of Object.entries(list ?? {})) {
    if (typeof value === 'string' || typeof value === 'number') found.set(name, parseQuantity(value));
  }
  return found;
}

/** Both together. */
export function addAmounts(a: Amounts, b: Amounts): Amounts {
  const sum = new Map(a);
  for (const [name, amount] of b) {
    const known = sum.get(name);
    sum.set(name, known === undefined ? amount : addQuantity(known, amount));
  }
  return sum;
}

function largerAmounts(a: Amounts, b: Amounts): Amounts {
  const larger = new Map(a);
  for (const [name, amount] of b) {
    const known = larger.get(name);
    if (known === undefined || compareQuantity(known, amount) < 0) larger.set(name, amount);
  }
  return larger;
}

/**
 * What a pod asks for (or may use) as a whole: its containers together with its sidecars, or the largest moment of its
 * init containers if that is more, and its overhead.
 */
export function podTotals(spec: Draft | undefined, kind: 'requests' | 'limits'): Amounts {
  const of = (container: Draft): Amounts => amountsOf(part(part(container, 'resources'), kind));
  let sidecars: Amounts = new Map();
  let starting: Amounts = new Map();
  for (const container of parts(spec, 'initContainers')) {
    if (textAt(container, 'restartPolicy') === 'Always') {
      sidecars = addAmounts(sidecars, of(container));
      starting = largerAmounts(starting, sidecars);
    } else starting = largerAmounts(starting, addAmounts(sidecars, of(container)));
  }
  const running = parts(spec, 'containers').reduce((sum, container) => addAmounts(sum, of(container)), sidecars);
  return addAmounts(largerAmounts(running, starting), amountsOf(part(spec, 'overhead')));
}
