export { assert, AssertionError, must, unreachable } from './assert.ts';
export { err, ok, type Result } from './result.ts';
export {
  after,
  civilTime,
  daysFromCivil,
  formatMicroTime,
  formatTime,
  instant,
  milliseconds,
  parseTime,
  seconds,
  type CivilTime,
  type Clock,
  type DurationMs,
  type Instant,
  type Timer,
} from './time.ts';
export {
  canonicalJson,
  cloneJson,
  compareText,
  equalJson,
  getPath,
  isObject,
  setOwn,
  withPath,
  type JsonObject,
  type JsonValue,
} from './json.ts';
export { fnv32a, safeNameHash, sha256Hex } from './hash.ts';
export { createRandom, type Random } from './random.ts';
export { silentLogger, type LogFields, type Logger } from './log.ts';
