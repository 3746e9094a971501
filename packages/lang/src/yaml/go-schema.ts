import yaml from 'js-yaml';

/**
 * YAML scalars as Go's YAML library reads them on the way to JSON (sigs.k8s.io/yaml): YAML 1.1 booleans, octal with a
 * leading zero, underscores in integers, dates and sexagesimals as text, merge keys.
 */
const TRUE_WORDS = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']);
const FALSE_WORDS = new Set(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']);
const NULL_WORDS = new Set(['', '~', 'null', 'Null', 'NULL']);
const INTEGER = /^[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const INFINITY = /^[-+]?\.(inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(nan|NaN|NAN)$/;

function unsignedInteger(digits: string): number | undefined {
  if (/^0[box]/.test(digits)) return Number(digits);
  if (digits.length > 1 && digits.startsWith('0')) {
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
  }
  return Number(digits);
}

/** The number that an integer scalar stands for; `undefined` when it is none (then it may still be a float). */
export function parseGoInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
  const value = digits === '' ? undefined : unsignedInteger(digits);
  if (value === undefined || Number.isNaN(value)) return undefined;
  return text.startsWith('-') && value !== 0 ? -value : value;
}

/** The number that a float scalar stands for; `undefined` when it is none. */
export function parseGoFloat(text: string): number | undefined {
  if (FLOAT.test(text)) return Number(text);
  if (INFINITY.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return NOT_A_NUMBER.test(text) ? Number.NaN : undefined;
}

const nullType = new yaml.Type('tag:yaml.org,2002:null', {
  kind: 'scalar',
  resolve: (data: string | null) => data === null || NULL_WORDS.has(data),
  construct: () => null,
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

const floatType = new yaml.Type('tag:yaml.org,2002:float', {
  kind: 'scalar',
  resolve: (data: string | null) => data !== null && parseGoFloat(data) !== undefined,
  construct: (data: string) => parseGoFloat(data),
});

/** `!!binary` stays text, as base64, on the way to JSON. */
const binaryType = new yaml.Type('tag:yaml.org,2002:binary', {
  kind: 'scalar',
  resolve: (data: string | null) => data !== null,
  construct: (data: string) => data.replaceAll(/\s/g, ''),
});

/** The merge key `<<`; js-yaml exports it, its type declarations do not. */
const mergeType = (yaml as unknown as { readonly types: { readonly merge: yaml.Type } }).types.merge;

/** The schema handed to js-yaml. */
export const goSchema = yaml.FAILSAFE_SCHEMA.extend({
  implicit: [nullType, booleanType, integerType, floatType, mergeType],
  explicit: [binaryType],
});
