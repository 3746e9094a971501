export { chargeQuotas, countedUsage, hasQuotas, listOf, type QuotaChange } from './accounting.ts';
export { amountsOf, podTotals, type Amounts } from './pod-totals.ts';
export { usageOf } from './usage.ts';
