import { fail } from './run.ts';
import { CelList, CelOptional, CelUint, isMap, keyId, NONE, typeName } from './values.ts';

const some = (value: unknown): CelOptional => (value === undefined ? NONE : new CelOptional(true, value));

function showKey(key: unknown): string {
  if (key instanceof CelUint) return String(key.value);
  return typeof key === 'string' || typeof key === 'bigint' || typeof key === 'boolean' ? String(key) : typeName(key);
}

/** `target.?field`: none when it is missing; a missing target has no fields. */
export function readFieldIfPresent(target: unknown, field: string): CelOptional {
  if (target instanceof CelOptional) return target.present ? readFieldIfPresent(target.value, field) : NONE;
  if (!isMap(target)) return fail(`type '${typeName(target)}' does not support field selection`);
  return some(target.find(field));
}

/** `target.field`; of an optional it is an optional again. */
export function readField(target: unknown, field: string): unknown {
  if (target instanceof CelOptional) return readFieldIfPresent(target, field);
  if (!isMap(target)) return fail(`type '${typeName(target)}' does not support field selection`);
  return absent(target.find(field), () => `no such key: ${field}`);
}

/** `??` would take null for missing. */
function absent(value: unknown, message: () => string): unknown {
  return value === undefined ? fail(message()) : value;
}

function listIndex(key: unknown): number {
  const id = typeof key === 'string' || typeof key === 'boolean' ? undefined : keyId(key);
  return id === undefined ? fail(`unsupported index type '${typeName(key)}' in list`) : Number(id.slice(1));
}

/** `target[?key]`. */
export function readIndexIfPresent(target: unknown, key: unknown): CelOptional {
  if (target instanceof CelOptional) return target.present ? readIndexIfPresent(target.value, key) : NONE;
  if (isMap(target)) return some(target.find(key));
  if (!(target instanceof CelList)) return fail(`type '${typeName(target)}' does not support indexing`);
  const index = listIndex(key);
  return index < 0 || index >= target.size ? NONE : new CelOptional(true, target.get(index));
}

/** `target[key]`; of an optional it is an optional again. */
export function readIndex(target: unknown, key: unknown): unknown {
  if (target instanceof CelOptional) return readIndexIfPresent(target, key);
  if (isMap(target)) return absent(target.find(key), () => `no such key: ${showKey(key)}`);
  if (!(target instanceof CelList)) return fail(`type '${typeName(target)}' does not support indexing`);
  const index = listIndex(key);
  if (index < 0 || index >= target.size) fail(`index out of bounds: ${index}`);
  return target.get(index);
}
