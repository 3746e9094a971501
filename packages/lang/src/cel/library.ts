import { CONVERSIONS } from './convert.ts';
import { ENCODERS } from './encoders.ts';
import { KUBE_FUNCTIONS, KUBE_METHODS } from './kube-functions.ts';
import { LIST_FUNCTIONS, LIST_METHODS } from './lists.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { OPTIONAL_FUNCTIONS, OPTIONAL_METHODS } from './optionals.ts';
import { tableOf, type FunctionTable } from './registry.ts';
import { SIZES, STRING_FUNCTIONS, STRING_METHODS } from './strings.ts';
import { TIME_METHODS } from './time.ts';

/** Functions, the namespaced ones under their full names (`optional.of`). */
export const FUNCTIONS: FunctionTable = tableOf([
  ...CONVERSIONS,
  ...SIZES,
  ...STRING_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...OPTIONAL_FUNCTIONS,
  ...KUBE_FUNCTIONS,
  ...ENCODERS,
]);

/** Methods; the first parameter is the target. */
export const METHODS: FunctionTable = tableOf([
  ...SIZES,
  ...STRING_METHODS,
  ...LIST_METHODS,
  ...OPTIONAL_METHODS,
  ...TIME_METHODS,
  ...KUBE_METHODS,
]);
