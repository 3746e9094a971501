import { kubeError } from '@argosy/kube/meta';

/** How an answer is written, and what it is turned into before. */
export interface Negotiated {
  readonly format: 'json' | 'yaml';
  readonly transform: 'none' | 'table' | 'metadata' | 'metadata-list' | 'discovery';
}

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const PLAIN: Negotiated = { format: 'json', transform: 'none' };

/** Longest Accept header that is read; clients send some hundred bytes. */
const ACCEPT_LIMIT = 4096;

function readClause(text: string): Clause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals > 0) parameters.set(part.slice(0, equals).toLowerCase(), part.slice(equals + 1));
  }
  const quality = Number(parameters.get('q') ?? '1');
  return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 1 };
}

function transformOf(parameters: ReadonlyMap<string, string>): Negotiated['transform'] | undefined {
  const as = parameters.get('as');
  if (as === undefined) return 'none';
  const api = `${parameters.get('g') ?? ''}/${parameters.get('v') ?? ''}`;
  if (as === 'APIGroupDiscoveryList') return api === 'apidiscovery.k8s.io/v2' ? 'discovery' : undefined;
  if (api !== 'meta.k8s.io/v1') return undefined;
  const known: { readonly [as: string]: Negotiated['transform'] } = {
    Table: 'table',
    PartialObjectMetadata: 'metadata',
    PartialObjectMetadataList: 'metadata-list',
  };
  return Object.hasOwn(known, as) ? known[as] : undefined;
}

function formatOf(type: string): Negotiated['format'] | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}

function acceptClause(clause: Clause, transforms: readonly Negotiated['transform'][]): Negotiated | undefined {
  const format = formatOf(clause.type);
  const transform = transformOf(clause.parameters);
  if (format === undefined || transform === undefined || clause.quality <= 0) return undefined;
  return transforms.includes(transform) ? { format, transform } : undefined;
}

/**
 * Chooses how to answer: the first clause of `Accept` that is offered, by quality and then order. `transforms` says what
 * this answer can be turned into; plain JSON and YAML are always offered.
 * @throws KubeError NotAcceptable when nothing fits.
 */
export function negotiate(
  accept: string | undefined,
  transforms: readonly Negotiated['transform'][] = ['none', 'table', 'metadata', 'metadata-list'],
): Negotiated {
  if (accept === undefined || accept.trim() === '' || accept === 'application/json') return PLAIN;
  if (accept.length > ACCEPT_LIMIT) {
    throw kubeError('BadRequest', `the Accept header has ${accept.length} bytes, allowed are ${ACCEPT_LIMIT}`);
  }
  const clauses = accept.split(',').map((text) => readClause(text));
  clauses.sort((a, b) => b.quality - a.quality);
  for (const clause of clauses) {
    const found = acceptClause(clause, transforms);
    if (found !== undefined) return found;
  }
  const offered = 'application/json, application/yaml';
  throw kubeError('NotAcceptable', `only the following media types are accepted: ${offered}`);
}

/** The `Content-Type` of a negotiated answer. */
export function contentTypeOf(negotiated: Negotiated): string {
  if (negotiated.format === 'yaml') return 'application/yaml';
  if (negotiated.transform === 'discovery') {
    return 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  }
  return 'application/json';
}
