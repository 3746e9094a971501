import { decodeJson } from './json-decode.ts';
import { ExprFailure, fail } from './failure.ts';
import type { ExprFunction, FunctionTable } from './functions.ts';
import { evaluateJsonPath } from './json-path.ts';
import { ANY, BOOL, FLOAT, INT, STRING } from './natures.ts';
import { readFloatText, readIntegerText, truncate } from './numbers.ts';
import { Walk } from './walk.ts';
import { formatValue, goTypeOf, toJsonText, type ExprValue } from './values.ts';

function asInt(value: ExprValue): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return truncate(value);
  if (typeof value !== 'string') return fail(`asInt() not supported on ${goTypeOf(value)} ${formatValue(value)}`);
  const parsed = readIntegerText(value, 10);
  if (typeof parsed === 'bigint') return parsed;
  return fail(`strconv.ParseInt: parsing ${JSON.stringify(value)}: ${parsed}`);
}

function asFloat(value: ExprValue): number {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  if (typeof value !== 'string') return fail(`asFloat() not supported on ${goTypeOf(value)} ${formatValue(value)}`);
  const parsed = readFloatText(value);
  return parsed ?? fail(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
}

function toJson(value: ExprValue, spend: (steps: number) => void): string {
  return toJsonText(value, '', new Walk(spend));
}

function jsonPath(json: ExprValue, path: ExprValue, spend: (steps: number) => void): ExprValue {
  if (typeof json !== 'string' || typeof path !== 'string') return fail('jsonpath() takes two strings');
  spend(json.length);
  let document: ExprValue;
  try {
    document = decodeJson(json);
  } catch (error) {
    if (error instanceof ExprFailure) return fail(`unmarshal error: ${error.message}`);
    throw error;
  }
  return evaluateJsonPath(document, path);
}

const helper = (item: ExprFunction): [string, ExprFunction] => [item.name, item];

/** What Argo adds to the language: asInt, asFloat, toJson, jsonpath. `sprig` joins as a table of its own. */
export const ARGO_FUNCTIONS: FunctionTable = new Map<string, ExprFunction>([
  helper({ name: 'asInt', parameters: [ANY], result: INT, call: ([value]) => asInt(value) }),
  helper({ name: 'asFloat', parameters: [ANY], result: FLOAT, call: ([value]) => asFloat(value) }),
  helper({ name: 'toJson', parameters: [ANY], result: STRING, call: ([value], { spend }) => toJson(value, spend) }),
  helper({
    name: 'jsonpath',
    parameters: [STRING, STRING],
    result: ANY,
    call: ([json, path], { spend }) => jsonPath(json, path, spend),
  }),
]);

/** A table with `sprig` beside Argo's own functions. */
export function withSprig(sprig: FunctionTable): FunctionTable {
  return new Map([...ARGO_FUNCTIONS, ['sprig', sprig]]);
}

function floatArgument(value: ExprValue): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  return fail(`reflect: Call using ${goTypeOf(value)} as type float64`);
}

const isInfinite = (value: number): boolean => value === Infinity || value === -Infinity;

// compat(lang-0217): isNil and default of analysis conditions look at `result`, whatever their first argument is.
const hasResult = (environment: { readonly [name: string]: ExprValue }): boolean =>
  Object.hasOwn(environment, 'result') && (environment['result'] ?? null) !== null;

/** What the conditions of analysis metrics have; their environment holds `result`. */
export const CONDITION_FUNCTIONS: FunctionTable = new Map<string, ExprFunction>([
  helper({ name: 'asInt', parameters: [ANY], result: INT, call: ([value]) => asInt(value) }),
  helper({ name: 'asFloat', parameters: [ANY], result: FLOAT, call: ([value]) => asFloat(value) }),
  helper({ name: 'isNaN', parameters: [FLOAT], result: BOOL, call: ([value]) => Number.isNaN(floatArgument(value)) }),
  helper({ name: 'isInf', parameters: [FLOAT], result: BOOL, call: ([value]) => isInfinite(floatArgument(value)) }),
  helper({ name: 'isNil', parameters: [ANY], result: BOOL, call: (_, { environment }) => !hasResult(environment) }),
  helper({
    name: 'default',
    parameters: [ANY, ANY],
    result: ANY,
    call: ([, value], { environment }) => (hasResult(environment) ? environment['result'] : value),
  }),
]);
