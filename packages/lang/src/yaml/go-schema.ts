import yaml from 'js-yaml';
import { diagnostic, DiagnosticError } from '../diagnostic/index.ts';
import { decodeBytes, toPlainText } from '../gofmt/index.ts';

/**
 * YAML scalars as Go's YAML library reads them on the way to JSON (sigs.k8s.io/yaml): YAML 1.1 booleans, octal with a
 * leading zero, underscores in integers, dates and sexagesimals as text, merge keys.
 */
const TRUE_WORDS = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']);
const FALSE_WORDS = new Set(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']);
const NULL_WORDS = new Set(['', '~', 'null', 'Null', 'NULL']);
const INTEGER = /^[-+]?(0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const INFINITY = /^[-+]?\.(inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(nan|NaN|NAN)$/;

/** The largest integer that Go's library keeps whole; anything larger becomes a float. */
const MAX_UINT64 = 18_446_744_073_709_551_615n;
const MAX_INT64 = 9_223_372_036_854_775_808n;

function readDigits(digits: string): bigint | undefined {
  return /^0[box]$/.test(digits) ? undefined : BigInt(digits);
}

function unsignedInteger(digits: string): bigint | undefined {
  if (/^0[box]/i.test(digits)) return readDigits(digits.toLowerCase());
  if (digits.length > 1 && digits.startsWith('0')) {
    return /^[0-7]+$/.test(digits) ? readDigits(`0o${digits}`) : undefined;
  }
  return readDigits(digits);
}

/** The integer that a scalar stands for; `undefined` when it is none (then it may still be a float). */
export function parseGoBigInteger(text: string): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
  const value = digits === '' ? undefined : unsignedInteger(digits);
  const negative = text.startsWith('-');
  if (value === undefined || value > (negative ? MAX_INT64 : MAX_UINT64)) return undefined;
  return negative ? -value : value;
}

/** The number that an integer scalar stands for, rounded beyond 2^53; `undefined` when it is none. */
export function parseGoInteger(text: string): number | undefined {
  const value = parseGoBigInteger(text);
  return value === undefined ? undefined : Number(value);
}

/** The number that a float scalar stands for; `undefined` when it is none. */
export function parseGoFloat(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  if (FLOAT.test(plain) && !text.startsWith('_')) {
    const value = Number(plain);
    // What no float64 can hold stays text.
    return Number.isFinite(value) ? value : undefined;
  }
  if (INFINITY.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return NOT_A_NUMBER.test(text) ? Number.NaN : undefined;
}

/** The error of a key that no JSON object can have. */
function refuseKey(what: string): never {
  throw new DiagnosticError(diagnostic(`invalid map key: ${what}`));
}

/** Null, told apart from the text `null` when it stands as a key, where Go refuses it. */
export const NULL_SCALAR: object = Object.freeze({
  get [Symbol.toStringTag](): string {
    return 'Null';
  },
  [Symbol.toPrimitive]: () => refuseKey('null'),
});

/** What a mapping's object stands on while it is read: as a key it is refused, as Go does. */
export const MAPPING_PROTOTYPE: object = Object.freeze({
  get [Symbol.toStringTag](): string {
    return 'Mapping';
  },
  [Symbol.toPrimitive]: () => refuseKey('a mapping'),
});

/** What a list stands on while it is read: as a key it is refused, as Go does. */
export class YamlSequence extends Array<unknown> {
  [Symbol.toPrimitive](): never {
    return refuseKey('a list');
  }
}

/** Begins the keys that stand for `<<`; a private character, and a number that keeps them apart. */
const MERGE_MARK = '\u{10FFFD}<<';

/** Whether a key is a merge. */
export const isMergeKey = (key: string): boolean => key.startsWith(MERGE_MARK);

/** `<<` as a plain scalar: a key of its own each time, so that merges keep their place among the keys. */
export class MergeScalar {
  private static count = 0;

  get [Symbol.toStringTag](): string {
    return 'Merge';
  }

  [Symbol.toPrimitive](): string {
    MergeScalar.count = (MergeScalar.count + 1) % Number.MAX_SAFE_INTEGER;
    return `${MERGE_MARK}${MergeScalar.count}`;
  }
}

const nullType = new yaml.Type('tag:yaml.org,2002:null', {
  kind: 'scalar',
  resolve: (data: string | null) => data === null || NULL_WORDS.has(data),
  construct: () => NULL_SCALAR,
});

const booleanType = new yaml.Type('tag:yaml.org,2002:bool', {
  kind: 'scalar',
  resolve: (data: string | null) => data !== null && (TRUE_WORDS.has(data) || FALSE_WORDS.has(data)),
  construct: (data: string) => TRUE_WORDS.has(data),
});

const integerType = new yaml.Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (data: string | null) => data !== null && parseGoInteger(data) !== undefined,
  construct: (data: string) => parseGoInteger(data),
});

const bigIntegerType = new yaml.Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (data: string | null) => data !== null && parseGoBigInteger(data) !== undefined,
  construct: (data: string) => {
    const value = parseGoBigInteger(data) ?? 0n;
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  },
});

/** Tags that mean nothing here are passed over, as Go's library does. */
const foreignTypes = (['scalar', 'sequence', 'mapping'] as const).map(
  (kind) =>
    new yaml.Type('', {
      kind,
      multi: true,
      resolve: () => true,
      construct: (data: unknown) => data ?? (kind === 'scalar' ? '' : data),
    } as yaml.TypeConstructorOptions),
);

const floatType = new yaml.Type('tag:yaml.org,2002:float', {
  kind: 'scalar',
  resolve: (data: string | null) => data !== null && parseGoFloat(data) !== undefined,
  construct: (data: string) => parseGoFloat(data),
});

function decodeBinary(data: string): string {
  const packed = data.replaceAll(/\s/g, '');
  return toPlainText(decodeBytes(Uint8Array.from(atob(packed), (char) => char.charCodeAt(0))));
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** `!!binary` is decoded to text. */
const binaryType = new yaml.Type('tag:yaml.org,2002:binary', {
  kind: 'scalar',
  resolve: (data: string | null) => data !== null && BASE64.test(data.replaceAll(/\s/g, '')),
  construct: decodeBinary,
});

/** Merges are ours: where a merge and a key agree, Go takes the later one, js-yaml the key. */
const mergeType = new yaml.Type('tag:argosy,merge', {
  kind: 'scalar',
  resolve: (data: string | null) => data === '<<',
  construct: () => new MergeScalar(),
});

/** The schema handed to js-yaml. */
export const goSchema = yaml.FAILSAFE_SCHEMA.extend({
  implicit: [nullType, booleanType, integerType, floatType, mergeType],
  explicit: [binaryType, ...foreignTypes],
});

/** The same, with integers beyond 2^53 as bigint. */
export const goBigSchema = yaml.FAILSAFE_SCHEMA.extend({
  implicit: [nullType, booleanType, bigIntegerType, floatType, mergeType],
  explicit: [binaryType, ...foreignTypes],
});
