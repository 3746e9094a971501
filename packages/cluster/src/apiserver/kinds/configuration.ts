import { equalJson, isObject } from '@argosy/std';
import { kubeError, type KubeObject } from '@argosy/kube/meta';
import type { FieldError } from '@argosy/kube/schema';
import { ensurePart, part, setDefault, textAt, type Draft } from '../draft.ts';
import { forbiddenField, IMMUTABLE, invalidField, requiredField, tooLongField } from '../errors.ts';
import type { KindRules } from './kind-rules.ts';

/** Largest sum of the values of a ConfigMap or Secret, in bytes. */
export const MAX_CONFIGURATION_BYTES = 1_048_576;

const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_WORDS =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or " +
  "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function keyErrors(draft: Draft, field: string): readonly FieldError[] {
  return Object.keys(part(draft, field) ?? {})
    .filter((key) => !KEY.test(key) || key.length > 253 || key === '.' || key === '..')
    .map((key) => invalidField(`${field}[${key}]`, key, KEY_WORDS));
}

function valueBytes(draft: Draft, field: string, encoded: boolean): number {
  let bytes = 0;
  for (const value of Object.values(part(draft, field) ?? {})) {
    if (typeof value === 'string') bytes += encoded ? Math.floor((value.length * 3) / 4) : Buffer.byteLength(value);
  }
  return bytes;
}

function immutableErrors(draft: Draft, live: KubeObject, fields: readonly string[]): readonly FieldError[] {
  if (live['immutable'] !== true) return [];
  const errors: FieldError[] = [];
  if (draft['immutable'] !== true)
    errors.push(forbiddenField('immutable', 'field is immutable when `immutable` is set'));
  for (const field of fields) {
    if (equalJson(draft[field] ?? {}, live[field] ?? {})) continue;
    errors.push(forbiddenField(field, 'field is immutable when `immutable` is set'));
  }
  return errors;
}

function textValueErrors(draft: Draft, field: string): readonly FieldError[] {
  return Object.entries(part(draft, field) ?? {})
    .filter(([, value]) => typeof value !== 'string')
    .map(([key, value]) => invalidField(`${field}[${key}]`, value, 'must be a string'));
}

/** ConfigMaps. */
export const configMapRules: KindRules = {
  validate: (draft) => {
    const bytes = valueBytes(draft, 'data', false) + valueBytes(draft, 'binaryData', true);
    const twice = Object.keys(part(draft, 'binaryData') ?? {}).filter((key) =>
      Object.hasOwn(part(draft, 'data') ?? {}, key),
    );
    return [
      ...keyErrors(draft, 'data'),
      ...keyErrors(draft, 'binaryData'),
      ...textValueErrors(draft, 'data'),
      ...twice.map((key) => invalidField(`data[${key}]`, key, 'duplicate of key present in binaryData')),
      ...(bytes > MAX_CONFIGURATION_BYTES ? [tooLongField('', MAX_CONFIGURATION_BYTES)] : []),
    ];
  },
  validateUpdate: (draft, live) => immutableErrors(draft, live, ['data', 'binaryData']),
};

/** stringData is write-only: it goes into data. Values must be base64. @throws KubeError BadRequest. */
function mergeStringData(draft: Draft): void {
  const plain = part(draft, 'stringData');
  if (plain !== undefined) {
    const data = ensurePart(draft, 'data');
    for (const [key, value] of Object.entries(plain)) {
      if (typeof value === 'string') data[key] = Buffer.from(value, 'utf8').toString('base64');
    }
  }
  delete draft['stringData'];
  for (const value of Object.values(part(draft, 'data') ?? {})) {
    if (typeof value === 'string' && BASE64.test(value)) continue;
    throw kubeError(
      'BadRequest',
      'Secret in version "v1" cannot be handled as a Secret: illegal base64 data in a value of data',
    );
  }
}

const NAME_ANNOTATION = 'kubernetes.io/service-account.name';

/** What each secret type must hold. */
const REQUIRED_KEYS: { readonly [type: string]: readonly string[] } = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

function parses(base64: unknown): boolean {
  try {
    return isObject(JSON.parse(Buffer.from(String(base64), 'base64').toString('utf8')));
  } catch {
    return false;
  }
}

function secretTypeErrors(draft: Draft): readonly FieldError[] {
  const type = textAt(draft, 'type');
  const data = part(draft, 'data') ?? {};
  const missing = (REQUIRED_KEYS[type] ?? []).filter((key) => !Object.hasOwn(data, key));
  const errors = missing.map((key) => requiredField(`data[${key}]`));
  for (const key of ['.dockerconfigjson', '.dockercfg']) {
    const wanted = REQUIRED_KEYS[type]?.includes(key) === true && Object.hasOwn(data, key);
    if (wanted && !parses(data[key]))
      errors.push(invalidField(`data[${key}]`, '<secret contents redacted>', 'invalid character'));
  }
  const account = textAt(part(part(draft, 'metadata'), 'annotations'), NAME_ANNOTATION);
  if (type === 'kubernetes.io/service-account-token' && account === '') {
    errors.push(requiredField(`metadata.annotations[${NAME_ANNOTATION}]`));
  }
  return errors;
}

/** Secrets. */
export const secretRules: KindRules = {
  defaults: (draft) => {
    mergeStringData(draft);
    setDefault(draft, 'type', 'Opaque');
  },
  validate: (draft) => [
    ...keyErrors(draft, 'data'),
    ...secretTypeErrors(draft),
    ...(valueBytes(draft, 'data', true) > MAX_CONFIGURATION_BYTES
      ? [tooLongField('data', MAX_CONFIGURATION_BYTES)]
      : []),
  ],
  validateUpdate: (draft, live) => [
    ...(draft['type'] === live['type'] ? [] : [invalidField('type', draft['type'], IMMUTABLE)]),
    ...immutableErrors(draft, live, ['data']),
  ],
};
