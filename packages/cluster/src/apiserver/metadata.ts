import type { Random } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { FieldError } from '@argosy/kube/schema';
import { ensurePart, part, parts, textAt, type Draft } from './draft.ts';
import { forbiddenField, IMMUTABLE, invalidField, requiredField, tooLongField } from './errors.ts';
import { labelErrors, nameProblems, qualifiedNameProblems } from './names.ts';
import type { ServedResource } from './resource.ts';

/** Largest sum of annotation keys and values, in bytes. */
export const MAX_ANNOTATION_BYTES = 262_144;
/** Longest base that `generateName` keeps before its five random characters. */
export const MAX_GENERATE_BASE_LENGTH = 58;

const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** `base` cut to its limit plus five characters. */
export function generatedName(base: string, random: Random): string {
  let suffix = '';
  for (let index = 0; index < 5; index += 1) suffix += NAME_ALPHABET.charAt(random.below(NAME_ALPHABET.length));
  return base.slice(0, MAX_GENERATE_BASE_LENGTH) + suffix;
}

const SERVER_FIELDS = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'resourceVersion',
  'generation',
] as const;

/** Fills what the server owns in a new object's metadata. The name must be settled. */
export function stampNew(
  draft: Draft,
  resource: ServedResource,
  given: { readonly time: string; readonly uid: string; readonly namespace: string },
): void {
  const meta = ensurePart(draft, 'metadata');
  for (const field of SERVER_FIELDS) delete meta[field];
  if (resource.namespaced) meta['namespace'] = given.namespace;
  else delete meta['namespace'];
  meta['uid'] = given.uid;
  meta['creationTimestamp'] = given.time;
  if (resource.traits.generation) meta['generation'] = 1;
  if (Array.isArray(meta['finalizers']) && meta['finalizers'].length === 0) delete meta['finalizers'];
}

const KEPT_FIELDS = [
  'name',
  'namespace',
  'generateName',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'generation',
  'resourceVersion',
] as const;

/** Puts back what an update can never change, and settles managedFields (absent keeps them, empty resets them). */
export function restoreMetadata(draft: Draft, live: KubeObject): void {
  const meta = ensurePart(draft, 'metadata');
  const old = live.metadata as unknown as Draft;
  for (const field of KEPT_FIELDS) {
    if (old[field] === undefined) delete meta[field];
    else meta[field] = old[field];
  }
  const managed = meta['managedFields'];
  if (managed === undefined) {
    if (old['managedFields'] !== undefined) meta['managedFields'] = old['managedFields'];
  } else if (Array.isArray(managed) && managed.every((entry) => JSON.stringify(entry) === '{}')) {
    delete meta['managedFields'];
  }
  for (const field of ['finalizers', 'ownerReferences']) {
    const list = meta[field];
    if (Array.isArray(list) && list.length === 0) delete meta[field];
  }
}

function annotationErrors(meta: Draft): readonly FieldError[] {
  const annotations = meta['annotations'];
  if (annotations === undefined) return [];
  const path = 'metadata.annotations';
  if (typeof annotations !== 'object' || annotations === null || Array.isArray(annotations)) {
    return [invalidField(path, annotations, 'must be a map of strings')];
  }
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations as { [key: string]: unknown })) {
    errors.push(...qualifiedNameProblems(key.toLowerCase()).map((problem) => invalidField(path, key, problem)));
    if (typeof value !== 'string') errors.push(invalidField(path, value, 'must be a string'));
    else bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_ANNOTATION_BYTES) errors.push(tooLongField(path, MAX_ANNOTATION_BYTES));
  return errors;
}

const OWNER_FIELDS = ['apiVersion', 'kind', 'name', 'uid'] as const;

function ownerErrors(meta: Draft): readonly FieldError[] {
  const path = 'metadata.ownerReferences';
  const errors: FieldError[] = [];
  const owners = parts(meta, 'ownerReferences');
  owners.forEach((owner, index) => {
    for (const field of OWNER_FIELDS) {
      if (textAt(owner, field) === '') {
        errors.push(invalidField(`${path}[${index}].${field}`, owner[field] ?? '', `${field} must not be empty`));
      }
    }
  });
  if (owners.filter((owner) => owner['controller'] === true).length > 1) {
    errors.push(
      invalidField(path, owners, 'Only one reference can have Controller set to true. Found "true" in references'),
    );
  }
  return errors;
}

const PLAIN_FINALIZERS = ['orphan', 'foregroundDeletion', 'kubernetes'];

function finalizersOf(meta: Draft | undefined): readonly string[] {
  const list = meta?.['finalizers'];
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}

function finalizerErrors(meta: Draft, resource: ServedResource): readonly FieldError[] {
  const path = 'metadata.finalizers';
  const names = finalizersOf(meta);
  // Only the kinds of the older API server refuse short names; definitions and their instances take them.
  const strict = !resource.custom && resource.group !== 'apiextensions.k8s.io';
  const errors: FieldError[] = [];
  for (const name of names) {
    errors.push(...qualifiedNameProblems(name).map((problem) => invalidField(path, name, problem)));
    if (strict && !name.includes('/') && !PLAIN_FINALIZERS.includes(name)) {
      errors.push(invalidField(path, name, 'name is neither a standard finalizer name nor is it fully qualified'));
    }
  }
  if (names.includes('orphan') && names.includes('foregroundDeletion')) {
    errors.push(invalidField(path, names, 'finalizer orphan and finalizer foregroundDeletion can not be both set'));
  }
  return errors;
}

function nameErrors(meta: Draft, resource: ServedResource): readonly FieldError[] {
  const name = textAt(meta, 'name');
  if (name === '') return [requiredField('metadata.name', 'name or generateName is required')];
  const problems = nameProblems(name, resource.traits.nameRule);
  const base = textAt(meta, 'generateName');
  const baseProblems = base === '' ? [] : nameProblems(base, resource.traits.nameRule, true);
  return [
    ...baseProblems.map((problem) => invalidField('metadata.generateName', base, problem)),
    ...problems.map((problem) => invalidField('metadata.name', name, problem)),
  ];
}

/** Everything that can be wrong with an object's metadata, whatever its kind. */
export function metadataErrors(draft: Draft, resource: ServedResource): readonly FieldError[] {
  const meta = part(draft, 'metadata') ?? {};
  return [
    ...nameErrors(meta, resource),
    ...labelErrors(meta['labels'], 'metadata.labels'),
    ...annotationErrors(meta),
    ...ownerErrors(meta),
    ...finalizerErrors(meta, resource),
  ];
}

/** What an update may not do to metadata: add finalizers while the object is being deleted. */
export function metadataUpdateErrors(draft: Draft, live: KubeObject): readonly FieldError[] {
  if (live.metadata.deletionTimestamp === undefined) return [];
  const old = live.metadata.finalizers ?? [];
  const added = finalizersOf(part(draft, 'metadata')).filter((name) => !old.includes(name));
  if (added.length === 0) return [];
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added
    .map((name) => JSON.stringify(name))
    .join(', ')}}`;
  return [forbiddenField('metadata.finalizers', why)];
}

/** What the body of an update may not say about identity. Compares with the live object before it is restored. */
export function identityErrors(draft: Draft, live: KubeObject): readonly FieldError[] {
  const meta = part(draft, 'metadata') ?? {};
  const errors: FieldError[] = [];
  for (const field of ['name', 'namespace', 'uid'] as const) {
    const value = textAt(meta, field);
    const old = live.metadata[field] ?? '';
    if (value !== '' && value !== old) errors.push(invalidField(`metadata.${field}`, value, IMMUTABLE));
  }
  return errors;
}
