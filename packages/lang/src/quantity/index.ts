export {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  MAX_QUANTITY_LENGTH,
  parseQuantity,
  scaledQuantity,
  subtractQuantity,
  type Quantity,
  type QuantityFormat,
} from './quantity.ts';
