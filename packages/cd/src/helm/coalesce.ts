import { isRecord, typeOf, type GoValue } from '@argosy/lang/gofmt';
import { setOwn } from '@argosy/std';
import { chartName, HelmError, type Chart, type Values } from './chart.ts';

const GLOBAL = 'global';
const has = (values: Values, key: string): boolean => Object.hasOwn(values, key);

/** A copy that shares nothing that can be changed. */
export function copyValue(value: GoValue): GoValue {
  if (Array.isArray(value)) return value.map(copyValue);
  if (!isRecord(value)) return value;
  return copyValues(value);
}

/** A deep copy of a table. */
export function copyValues(values: Values): Values {
  const copy: Values = {};
  for (const key of Object.keys(values)) setOwn(copy, key, copyValue(values[key]));
  return copy;
}

/** Lays `src` under `dst`: what `dst` says wins; a null in it removes unless `merge`. Changes and gives `dst`. */
export function coalesceTables(dst: Values, src: Values, merge: boolean): Values {
  for (const key of Object.keys(src)) {
    const value = src[key];
    const own = has(dst, key) ? dst[key] : undefined;
    if (has(dst, key) && !merge && own === null) delete dst[key];
    else if (!has(dst, key)) setOwn(dst, key, value);
    else if (isRecord(value) && isRecord(own)) coalesceTables(own, value, merge);
  }
  return dst;
}

const memberOf = (values: Values, key: string): GoValue => (has(values, key) ? values[key] : undefined);

/** One global on its way down: tables are merged, the parent's word first; tables and scalars never mix. */
function passGlobal(given: Values, key: string, value: GoValue): void {
  const old = memberOf(given, key);
  if (!isRecord(value)) {
    if (!isRecord(old)) setOwn(given, key, value);
    return;
  }
  if (!has(given, key)) setOwn(given, key, { ...value });
  else if (isRecord(old)) setOwn(given, key, coalesceTables({ ...value }, old, true));
}

/** The globals of `src` go into `dest`. */
function coalesceGlobals(dest: Values, src: Values): void {
  const given = has(dest, GLOBAL) ? dest[GLOBAL] : {};
  const from = has(src, GLOBAL) ? src[GLOBAL] : {};
  if (!isRecord(given) || !isRecord(from)) return;
  for (const key of Object.keys(from)) passGlobal(given, key, from[key]);
  setOwn(dest, GLOBAL, given);
}

function coalesceOwn(chart: Chart, values: Values, merge: boolean): void {
  const defaults = copyValues(chart.values);
  for (const key of Object.keys(defaults)) {
    const fallback = defaults[key];
    if (!has(values, key)) {
      setOwn(values, key, fallback);
      continue;
    }
    const given = values[key];
    if (given === null && !merge) delete values[key];
    else if (isRecord(given) && isRecord(fallback)) {
      const isChild = chart.dependencies.some((child) => chartName(child) === key);
      coalesceTables(given, fallback, isChild || merge);
    }
  }
}

function coalesce(chart: Chart, dest: Values, merge: boolean): Values {
  coalesceOwn(chart, dest, merge);
  for (const child of chart.dependencies) {
    const name = chartName(child);
    if (!has(dest, name)) setOwn(dest, name, {});
    const own = dest[name];
    if (!isRecord(own)) throw new HelmError(`type mismatch on ${name}: %!t(${typeOf(own)}=${String(own)})`);
    coalesceGlobals(own, dest);
    setOwn(dest, name, coalesce(child, own, merge));
  }
  return dest;
}

/** The values of a chart and all under it, the given ones over the charts' own; nulls remove. @throws HelmError */
export function coalesceValues(chart: Chart, values: Values): Values {
  return coalesce(chart, copyValues(values), false);
}

/** The same, nulls kept: what a parent takes from its children. @throws HelmError */
export function mergeValues(chart: Chart, values: Values): Values {
  return coalesce(chart, copyValues(values), true);
}

/** Lays files and sets over one another: later wins, tables are merged, nulls stay. */
export function overlay(base: Values, over: Values): Values {
  const out: Values = { ...base };
  for (const key of Object.keys(over)) {
    const value = over[key];
    const old = has(out, key) ? out[key] : undefined;
    setOwn(out, key, isRecord(value) && isRecord(old) ? overlay(old, value) : value);
  }
  return out;
}

/** The table at a dotted path; `undefined` when something else, or nothing, is there. */
export function tableAt(values: Values, path: string): Values | undefined {
  let current: GoValue = values;
  for (const key of path.split('.')) {
    if (!isRecord(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return isRecord(current) ? current : undefined;
}
