import { DiagnosticError } from '@argosy/lang/diagnostic';
import { canonicalQuantity as canonicalText, parseQuantity as parseExact, type Quantity } from '@argosy/lang/quantity';
import { kubeError } from '../meta/index.ts';

export {
  addQuantity,
  compareQuantity,
  formatQuantity,
  MAX_QUANTITY_LENGTH,
  scaledQuantity,
  subtractQuantity,
  type Quantity,
  type QuantityFormat,
} from '@argosy/lang/quantity';

/** Turns a text that is no quantity into an answer of the API. */
function asKubeError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DiagnosticError) throw kubeError('BadRequest', error.message);
    throw error;
  }
}

/**
 * Reads a quantity: `100m`, `1.5Gi`, `1e3`, `0.5`. A number is read as its text.
 * @throws KubeError BadRequest with upstream's words when it is no quantity.
 */
export function parseQuantity(text: string | number): Quantity {
  return asKubeError(() => parseExact(text));
}

/** The canonical text of a text: `0.5` → `500m`, `1024Mi` → `1Gi`, `1000m` → `1`. @throws as `parseQuantity`. */
export function canonicalQuantity(text: string | number): string {
  return asKubeError(() => canonicalText(text));
}
