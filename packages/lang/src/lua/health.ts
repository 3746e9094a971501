import { err, instant, isObject, ok, parseTime, type Instant, type Result } from '@argosy/std';
import { diagnostic, type Deadline, type Diagnostic } from '../diagnostic/index.ts';
import { compileLua, type LuaChunk, type LuaRunOptions } from './chunk.ts';
import { fromJson, toJson } from './json.ts';
import { LuaTable, typeName, type LuaValue } from './value.ts';

/** The verdict of a health script; an empty status means that the script says nothing. */
export interface LuaHealth {
  readonly status: string;
  readonly message: string;
}

const CODES = new Set(['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown']);
const NO_HEALTH: LuaHealth = { status: '', message: '' };

/**
 * Runs a health script on an object: `obj` is the object, the script returns `{status, message}`.
 * An unknown status is `Unknown` with a fixed message; nil or an empty table is no health.
 */
export function runHealthScript(
  chunk: LuaChunk,
  object: unknown,
  options: Omit<LuaRunOptions, 'globals'>,
): Result<LuaHealth, Diagnostic> {
  const returned = chunk.run({ ...options, globals: { obj: fromJson(object) } });
  return returned.ok ? readHealth(returned.value.at(-1)) : returned;
}

function readHealth(value: LuaValue): Result<LuaHealth, Diagnostic> {
  if (value === undefined) return ok(NO_HEALTH);
  if (!(value instanceof LuaTable)) {
    return err(diagnostic(`expect table output from Lua script, not ${typeName(value)}`));
  }
  const json = toJson(value);
  return json.ok ? ok(healthOf(json.value)) : json;
}

function healthOf(json: unknown): LuaHealth {
  if (!isObject(json)) return NO_HEALTH;
  const status = member(json, 'status');
  const message = member(json, 'message');
  // compat(lang-0512): a status or message that is no text makes the whole result count as empty.
  if (typeof status !== 'string' || typeof message !== 'string') return NO_HEALTH;
  if (CODES.has(status)) return { status, message };
  return { status: 'Unknown', message: 'Lua returned an invalid health status' };
}

function member(json: { readonly [key: string]: unknown }, name: string): unknown {
  // Go matches the names of members without regard to case.
  const key = Object.hasOwn(json, name) ? name : Object.keys(json).find((item) => item.toLowerCase() === name);
  return key === undefined ? '' : (json[key] ?? '');
}

const EPOCH: Instant = instant(0);

/**
 * One health script on one object, compiled and run. Shape: script and `{obj, now?, seed?}` in (`now` RFC 3339 or
 * milliseconds since the epoch), `{status, message}` out.
 */
export function evaluateLua(source: string, vars: unknown, deadline?: Deadline): Result<unknown, Diagnostic> {
  const chunk = compileLua(source);
  if (!chunk.ok) return chunk;
  const given = isObject(vars) ? vars : {};
  const seed = given['seed'];
  const now = instantOf(given['now']);
  const env = { now, seed: typeof seed === 'number' ? seed : 0, ...(deadline === undefined ? {} : { deadline }) };
  return runHealthScript(chunk.value, given['obj'], { env });
}

function instantOf(value: unknown): Instant {
  if (typeof value === 'string') return parseTime(value) ?? EPOCH;
  return typeof value === 'number' && Number.isFinite(value) ? instant(value) : EPOCH;
}
