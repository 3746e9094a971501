import { isObject } from '@argosy/std';
import { kubeError, type StatusCause } from '@argosy/kube/meta';
import type { DeleteOptions, FieldValidation, ListOptions, LogRequest, LogStream } from '@argosy/kube/port';
import { queryFlag } from './route.ts';

type Json = { readonly [field: string]: unknown };

/** Longest name of a field manager. */
const MANAGER_LIMIT = 128;
const MANAGER = /^[\x20-\x7e]*$/;

function invalidOption(kind: string, field: string, message: string): Error {
  const causes: readonly StatusCause[] = [{ reason: 'FieldValueInvalid', message, field }];
  return kubeError('Invalid', `${kind}.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    details: { group: 'meta.k8s.io', kind, causes },
  });
}

/** A decimal query parameter; `undefined` when absent. @throws KubeError BadRequest for other text. */
export function queryInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw kubeError('BadRequest', `${name}: found ${JSON.stringify(text)}, allowed is a whole number`);
  }
  return Number(text);
}

function optionalText<K extends string>(query: URLSearchParams, name: K): { readonly [key in K]?: string } {
  const value = query.get(name);
  return (value === null || value === '' ? {} : { [name]: value }) as { readonly [key in K]?: string };
}

function optionalInteger<K extends string>(query: URLSearchParams, name: K): { readonly [key in K]?: number } {
  const value = queryInteger(query, name);
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: number };
}

function readMatch(query: URLSearchParams): { readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' } {
  const value = query.get('resourceVersionMatch');
  if (value === null || value === '') return {};
  if (value === 'Exact' || value === 'NotOlderThan') return { resourceVersionMatch: value };
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: "Exact", "NotOlderThan"`;
  throw invalidOption('ListOptions', 'resourceVersionMatch', message);
}

/** Selection and paging of a list. */
export function readListOptions(query: URLSearchParams): ListOptions {
  return {
    ...optionalText(query, 'labelSelector'),
    ...optionalText(query, 'fieldSelector'),
    ...optionalText(query, 'continue'),
    ...optionalText(query, 'resourceVersion'),
    ...optionalInteger(query, 'limit'),
    ...readMatch(query),
  };
}

/** `metadata.name=x` joined to what the query selects already. */
export function withNameSelector(fieldSelector: string | undefined, name: string): string | undefined {
  if (name === '') return fieldSelector;
  const own = `metadata.name=${name}`;
  return fieldSelector === undefined ? own : `${fieldSelector},${own}`;
}

function readDryRun(values: readonly unknown[], kind: string): { readonly dryRun?: true } {
  if (values.length === 0) return {};
  if (values.every((value) => value === 'All')) return { dryRun: true };
  const found = JSON.stringify(values.find((value) => value !== 'All'));
  throw invalidOption(kind, 'dryRun', `Unsupported value: ${found}: supported values: "All"`);
}

function readFieldValidation(query: URLSearchParams, kind: string): { readonly fieldValidation?: FieldValidation } {
  const value = query.get('fieldValidation');
  if (value === null || value === '') return {};
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return { fieldValidation: value };
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`;
  throw invalidOption(kind, 'fieldValidation', message);
}

function readManager(
  query: URLSearchParams,
  userAgent: string | undefined,
  kind: string,
): { readonly fieldManager?: string } {
  const given = query.get('fieldManager');
  const manager = given === null || given === '' ? (userAgent ?? '').split('/')[0]?.slice(0, MANAGER_LIMIT) : given;
  if (manager === undefined || manager === '') return {};
  if (manager.length > MANAGER_LIMIT) {
    throw invalidOption(kind, 'fieldManager', `Too long: may not be more than ${MANAGER_LIMIT} bytes`);
  }
  if (!MANAGER.test(manager))
    throw invalidOption(kind, 'fieldManager', 'Invalid value: should only contain printable characters');
  return { fieldManager: manager };
}

/** What writes may carry in their query. */
export interface WriteOptions {
  readonly dryRun?: true;
  readonly fieldManager?: string;
  readonly fieldValidation?: FieldValidation;
}

/** Reads the options of a create, update or patch. `kind` is what refusals name: `CreateOptions` and so on. */
export function readWriteOptions(query: URLSearchParams, userAgent: string | undefined, kind: string): WriteOptions {
  return {
    ...readDryRun(query.getAll('dryRun'), kind),
    ...readManager(query, userAgent, kind),
    ...readFieldValidation(query, kind),
  };
}

const PROPAGATION = ['Orphan', 'Background', 'Foreground'] as const;

function readPropagation(value: unknown): { readonly propagationPolicy?: (typeof PROPAGATION)[number] } {
  if (value === undefined || value === null || value === '') return {};
  const known = PROPAGATION.find((word) => word === value);
  if (known !== undefined) return { propagationPolicy: known };
  const supported = 'supported values: "Background", "Foreground", "Orphan"';
  throw invalidOption(
    'DeleteOptions',
    'propagationPolicy',
    `Unsupported value: ${JSON.stringify(value)}: ${supported}`,
  );
}

function readGrace(value: unknown): { readonly gracePeriodSeconds?: number } {
  if (value === undefined || value === null) return {};
  if (typeof value === 'number' && Number.isInteger(value)) return { gracePeriodSeconds: value };
  throw kubeError('BadRequest', `gracePeriodSeconds: found ${JSON.stringify(value)}, allowed is a whole number`);
}

function readPreconditions(value: unknown): Pick<DeleteOptions, 'preconditions'> {
  if (!isObject(value)) return {};
  const { uid, resourceVersion } = value as { uid?: unknown; resourceVersion?: unknown };
  return {
    preconditions: {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    },
  };
}

/** `orphanDependents` is the old name of a propagation policy; it counts only when no policy is given. */
function propagationOf(source: Json): unknown {
  const policy = source['propagationPolicy'];
  if (policy !== undefined && policy !== null) return policy;
  const orphan = source['orphanDependents'];
  return orphan === true ? 'Orphan' : orphan === false ? 'Background' : undefined;
}

/** The DeleteOptions of a request: its body, or its query when there is none. */
export function readDeleteOptions(query: URLSearchParams, body: Json | undefined): DeleteOptions {
  const grace = queryInteger(query, 'gracePeriodSeconds');
  const orphan = query.get('orphanDependents');
  const source: Json = body ?? {
    gracePeriodSeconds: grace,
    propagationPolicy: query.get('propagationPolicy'),
    ...(orphan === null ? {} : { orphanDependents: queryFlag(query, 'orphanDependents') }),
  };
  const inBody: readonly unknown[] = Array.isArray(source['dryRun']) ? source['dryRun'] : [];
  return {
    ...readGrace(source['gracePeriodSeconds']),
    ...readPropagation(propagationOf(source)),
    ...readPreconditions(source['preconditions']),
    ...readDryRun([...inBody, ...query.getAll('dryRun')], 'DeleteOptions'),
  };
}

function flag<K extends string>(query: URLSearchParams, name: K): { readonly [key in K]?: true } {
  return (query.has(name) && queryFlag(query, name) ? { [name]: true } : {}) as { readonly [key in K]?: true };
}

const STREAMS: readonly LogStream[] = ['All', 'Stdout', 'Stderr'];

/** Other than upstream a stream may also be tailed: the lines that count are the stream's. */
function readStream(query: URLSearchParams): { readonly stream?: LogStream } {
  const value = query.get('stream');
  if (value === null || value === '') return {};
  const stream = STREAMS.find((word) => word === value);
  if (stream !== undefined) return { stream };
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: "All", "Stderr", "Stdout"`;
  throw invalidOption('PodLogOptions', 'stream', message);
}

/** The options of `pods/log`. @throws KubeError Invalid for negative numbers and unknown streams. */
export function readLogOptions(query: URLSearchParams): Omit<LogRequest, 'key'> {
  for (const [name, least] of [
    ['tailLines', 0],
    ['sinceSeconds', 1],
    ['limitBytes', 1],
  ] as const) {
    const value = queryInteger(query, name);
    if (value !== undefined && value < least) {
      throw invalidOption('PodLogOptions', name, `Invalid value: ${value}: must be greater than or equal to ${least}`);
    }
  }
  return {
    ...optionalText(query, 'container'),
    ...optionalText(query, 'sinceTime'),
    ...flag(query, 'follow'),
    ...flag(query, 'previous'),
    ...flag(query, 'timestamps'),
    ...optionalInteger(query, 'tailLines'),
    ...optionalInteger(query, 'sinceSeconds'),
    ...optionalInteger(query, 'limitBytes'),
    ...readStream(query),
  };
}
