import { setOwn } from '@argosy/std';
import { formatDouble, formatObject } from './convert.ts';
import { encodeBase64 } from './encoders.ts';
import { spend, type Run } from './run.ts';
import { formatDuration, formatTimestamp } from './time.ts';
import {
  CelDuration,
  CelList,
  CelObject,
  CelOptional,
  CelTimestamp,
  CelType,
  CelUint,
  isMap,
  type CelMap,
} from './values.ts';

/** An integer as JSON: a number where that is exact, a bigint beyond. */
function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function keyText(key: unknown): string {
  return key instanceof CelUint ? String(key.value) : String(key);
}

function mapToJson(map: CelMap, run: Run): unknown {
  const object: { [key: string]: unknown } = {};
  for (const key of map.keys()) setOwn(object, keyText(key), toJson(map.find(key), run));
  return object;
}

function objectToJson(value: object, run: Run): unknown {
  if (value instanceof CelList) return value.items().map((item) => toJson(item, run));
  if (value instanceof CelUint) return integer(value.value);
  if (value instanceof Uint8Array) return encodeBase64(value);
  return otherToJson(value, run);
}

function otherToJson(value: object, run: Run): unknown {
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (value instanceof CelType) return value.name;
  if (value instanceof CelOptional) return value.present ? toJson(value.value, run) : null;
  if (value instanceof CelObject) return formatObject(value);
  return isMap(value) ? mapToJson(value, run) : null;
}

/**
 * A value as JSON: bytes as base64, timestamps as RFC 3339, durations as `3.5s`, a missing optional as null, NaN and
 * the infinities as texts, ints beyond 2^53 as bigint. Shared parts are written once for each place: every part is a
 * step.
 */
export function toJson(value: unknown, run: Run): unknown {
  spend(run, 1);
  if (typeof value === 'bigint') return integer(value);
  if (typeof value === 'number')
    return Number.isFinite(value)
      ? value
      : formatDouble(value)
          .replace(/^\+Inf$/, 'Infinity')
          .replace(/^-Inf$/, '-Infinity');
  return typeof value === 'object' && value !== null ? objectToJson(value, run) : value;
}
