import type { Application, AppProjectSpec } from '@argosy/api/cd';

/** What each field of a project promises; a project that relies on a promise we do not keep permits nothing. */
const UNSERVED_PROJECT_FIELDS: readonly (readonly [field: keyof AppProjectSpec, promise: string])[] = [
  ['signatureKeys', 'unsigned commits would be delivered'],
  ['sourceIntegrity', 'unverified commits would be delivered'],
  ['permitOnlyProjectScopedClusters', 'other clusters would be permitted'],
];

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
}

const told = (field: string, why: string): string =>
  `${field} is not supported by this version and is never ignored: ${why}`;

/**
 * Restrictions of a project that this version cannot keep. Ignoring one would permit what its author forbade, so its
 * Applications are refused instead.
 */
export function findUnservedRestrictions(name: string, spec: AppProjectSpec): readonly string[] {
  return UNSERVED_PROJECT_FIELDS.filter(([field]) => isSet(spec[field])).map(([field, promise]) =>
    told(`spec.${field} of project '${name}'`, promise),
  );
}

/** Fields of an Application that this version cannot honour and whose absence would change what is delivered. */
export function findUnservedFields(spec: Application['spec']): readonly string[] {
  return spec.sourceHydrator === undefined ? [] : [told('spec.sourceHydrator', 'nothing would be hydrated')];
}
