import { DiagnosticError } from '../diagnostic/index.ts';
import {
  createExprCache,
  ExprFailure,
  GoDuration,
  GoTime,
  withSprig,
  type ExprCache,
  type ExprContext,
  type ExprFunction,
  type ExprValue,
  type FunctionTable,
} from '../expr/index.ts';
import { goDuration, GoInteger, GoMap, GoNamed, GoSlice, GoTime as GoMoment, type GoValue } from '../gofmt/index.ts';
import { callGoFunction, createFunctionContext, sprigFunctions, type GoFunction } from '../gotemplate/index.ts';

/** What sprig's functions are given: values differ in the kinds that JavaScript does not have. */
function toGo(value: ExprValue): GoValue {
  if (value instanceof GoTime) return new GoMoment(value.epochNs, value.zone);
  if (value instanceof GoDuration) return goDuration(value.ns);
  if (Array.isArray(value)) return value.map((item: unknown) => toGo(item));
  if (value instanceof Map || typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toGo(item)]));
}

function fromMembers(members: { readonly [key: string]: GoValue }): ExprValue {
  return Object.fromEntries(Object.entries(members).map(([key, item]) => [key, fromGo(item)]));
}

function fromObject(value: object): ExprValue {
  if (value instanceof GoMoment) return new GoTime(value.epochNs, value.zone);
  if (value instanceof GoInteger) return value.type === 'time.Duration' ? new GoDuration(value.value) : value.value;
  if (value instanceof GoSlice) return value.items.map(fromGo);
  if (value instanceof GoMap) return fromMembers(value.entries);
  if (value instanceof GoNamed) return fromGo(value.value);
  return fromMembers(value as { readonly [key: string]: GoValue });
}

function fromGo(value: GoValue): ExprValue {
  if (Array.isArray(value)) return value.map((item: unknown) => fromGo(item));
  return typeof value === 'object' && value !== null ? fromObject(value) : (value ?? null);
}

function call(fn: GoFunction, args: readonly ExprValue[], context: ExprContext): ExprValue {
  try {
    const env = createFunctionContext({ now: context.now, seed: context.seed });
    return fromGo(callGoFunction(fn, args.map(toGo), env));
  } catch (error) {
    if (error instanceof DiagnosticError) throw new ExprFailure(error.message);
    throw error;
  }
}

function sprigTable(): FunctionTable {
  const offered = [...sprigFunctions()].map(([name, fn]): [string, ExprFunction] => [
    name,
    { name, call: (args, context) => call(fn, args, context) },
  ]);
  return new Map(offered);
}

/** A cache of programs with everything that Argo Workflows offers in expressions: its own functions and `sprig`. */
export function createArgoPrograms(): ExprCache {
  return createExprCache(withSprig(sprigTable()));
}
