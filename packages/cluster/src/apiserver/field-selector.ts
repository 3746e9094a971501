import { kubeError } from '@argosy/kube/meta';
import { getPath } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { SelectableFields, StoredObject } from '../store/index.ts';
import type { ServedResource } from './resource.ts';

/** One demand of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly negated: boolean;
  readonly value: string;
}

/** Field labels of built-in kinds: label → member path and the text that stands for an absent value. */
const FIELDS: { readonly [storage: string]: readonly string[] } = {
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  '/events': [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  '/secrets': ['type'],
  '/namespaces': ['status.phase'],
  '/nodes': ['spec.unschedulable'],
  '/replicationcontrollers': ['status.replicas'],
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
  'certificates.k8s.io/certificatesigningrequests': ['spec.signerName'],
  '/services': ['spec.clusterIP', 'spec.type'],
};

/** Where a label's value stands when the label is not its path. */
const PATHS: { readonly [label: string]: readonly string[] } = {
  source: ['source', 'component'],
  'status.successful': ['status', 'succeeded'],
};

/** Text of an absent value, where it is not the empty text. */
const ABSENT: { readonly [label: string]: string } = {
  'spec.hostNetwork': 'false',
  'spec.unschedulable': 'false',
  'status.replicas': '0',
  'status.successful': '0',
};

/** regarding.* of events.k8s.io selects on the same stored fields. */
const EVENT_ALIASES = /^regarding\./;

function valueText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The selectable fields of an object, by label, as the index keeps them. */
export function indexFields(
  storage: string,
  object: KubeObject,
  custom: readonly (readonly string[])[],
): SelectableFields {
  const fields: { [label: string]: string } = {};
  for (const label of FIELDS[storage] ?? []) {
    const value = valueText(getPath(object, PATHS[label] ?? label.split('.')));
    fields[label] = value ?? ABSENT[label] ?? '';
  }
  for (const path of custom) fields[path.join('.')] = valueText(getPath(object, path)) ?? '';
  return fields;
}

function labelsOf(resource: ServedResource): readonly string[] {
  const custom = (resource.definition?.selectableFields ?? []).map((path) => path.join('.'));
  return ['metadata.name', 'metadata.namespace', ...(FIELDS[resource.storage] ?? []), ...custom];
}

/** Splits at `,` outside escapes; the escapes stay for `unescape`. */
function splitTerms(text: string): string[] {
  return text.split(/(?<!\\),/).filter((term) => term !== '');
}

function unescapeValue(text: string): string {
  return text.replaceAll(/\\([\\,=])/g, '$1');
}

function parseTerm(term: string, resource: ServedResource): FieldRequirement {
  const match = /^([^=!]*)(==|!=|=)([^]*)$/.exec(term);
  if (match === null) throw kubeError('BadRequest', `invalid selector: ${JSON.stringify(term)}; can't understand it`);
  const label = (match[1] ?? '').trim();
  const field = resource.storage === '/events' ? label.replace(EVENT_ALIASES, 'involvedObject.') : label;
  if (!labelsOf(resource).includes(field)) {
    throw kubeError('BadRequest', `field label not supported: ${label}`);
  }
  return { field, negated: match[2] === '!=', value: unescapeValue((match[3] ?? '').trim()) };
}

/**
 * Reads a field selector for a resource: `a=b,c!=d`.
 * @throws KubeError BadRequest naming a label that the kind does not have.
 */
export function parseFieldSelector(text: string, resource: ServedResource): readonly FieldRequirement[] {
  return splitTerms(text).map((term) => parseTerm(term, resource));
}

/** The name that a selector pins with `metadata.name=…`, if it does. */
export function selectedName(requirements: readonly FieldRequirement[]): string | undefined {
  return requirements.find((item) => item.field === 'metadata.name' && !item.negated)?.value;
}

/** True when the stored object meets every requirement. */
export function matchesFields(requirements: readonly FieldRequirement[], stored: StoredObject): boolean {
  return requirements.every(({ field, negated, value }) => {
    if (field === 'metadata.name') return (stored.name === value) !== negated;
    if (field === 'metadata.namespace') return (stored.namespace === value) !== negated;
    const found = Object.hasOwn(stored.fields, field) ? stored.fields[field] : '';
    return (found === value) !== negated;
  });
}
