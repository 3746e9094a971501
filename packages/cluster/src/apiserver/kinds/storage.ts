import { compareText, equalJson } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { FieldError } from '@argosy/kube/schema';
import type { StoredObject } from '../../store/index.ts';
import { draftOf, ensurePart, part, setDefault, textAt, type Draft } from '../draft.ts';
import { forbiddenField, IMMUTABLE, invalidField, requiredField } from '../errors.ts';
import type { KindContext, KindRules } from './kind-rules.ts';
import { admitClaimLimits } from './limit-range.ts';

const CLASSES = 'storage.k8s.io/storageclasses';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

function addFinalizer(draft: Draft, name: string): void {
  const meta = ensurePart(draft, 'metadata');
  const list = Array.isArray(meta['finalizers']) ? (meta['finalizers'] as string[]) : [];
  if (!list.includes(name)) meta['finalizers'] = [...list, name];
}

/** Admission DefaultStorageClass: the newest class that is marked as default. */
function defaultClass({ state }: KindContext): string | undefined {
  const marked = state.store
    .list(CLASSES, '')
    .filter((stored) => state.store.tree(stored).metadata.annotations?.[DEFAULT_CLASS] === 'true');
  const bornAt = (stored: StoredObject): string => state.store.tree(stored).metadata.creationTimestamp ?? '';
  return [...marked].sort((a, b) => compareText(bornAt(b), bornAt(a)) || compareText(a.name, b.name))[0]?.name;
}

const CLAIM_WORDS =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

function claimChangeErrors(draft: Draft, live: KubeObject): readonly FieldError[] {
  const strip = (source: Draft | undefined): Draft => {
    const spec = draftOf(source ?? {}, false);
    delete ensurePart(spec, 'resources')['requests'];
    delete spec['volumeAttributesClassName'];
    if (textAt(part(live as unknown as Draft, 'spec'), 'volumeName') === '') delete spec['volumeName'];
    return spec;
  };
  const old = part(live as unknown as Draft, 'spec');
  return equalJson(strip(part(draft, 'spec')), strip(old)) ? [] : [forbiddenField('spec', CLAIM_WORDS)];
}

/** PersistentVolumeClaims. */
export const claimRules: KindRules = {
  defaults: (draft) => setDefault(ensurePart(draft, 'spec'), 'volumeMode', 'Filesystem'),
  prepareCreate: (draft, context) => {
    const spec = ensurePart(draft, 'spec');
    const found = spec['storageClassName'] === undefined ? defaultClass(context) : undefined;
    if (found !== undefined) spec['storageClassName'] = found;
    admitClaimLimits(draft, context);
    addFinalizer(draft, 'kubernetes.io/pvc-protection');
    draft['status'] = { phase: 'Pending' };
  },
  prepareUpdate: (draft, _live, context) => admitClaimLimits(draft, context),
  validate: (draft) => {
    const spec = part(draft, 'spec') ?? {};
    const modes = spec['accessModes'];
    return [
      ...(Array.isArray(modes) && modes.length > 0
        ? []
        : [requiredField('spec.accessModes', 'at least 1 access mode is required')]),
      ...(part(part(spec, 'resources'), 'requests')?.['storage'] === undefined
        ? [requiredField('spec.resources[storage]')]
        : []),
    ];
  },
  validateUpdate: claimChangeErrors,
};

/** PersistentVolumes. */
export const volumeRules: KindRules = {
  defaults: (draft) => {
    const spec = ensurePart(draft, 'spec');
    setDefault(spec, 'persistentVolumeReclaimPolicy', 'Retain');
    setDefault(spec, 'volumeMode', 'Filesystem');
  },
  prepareCreate: (draft) => {
    addFinalizer(draft, 'kubernetes.io/pv-protection');
    draft['status'] = { phase: 'Pending' };
  },
};

const CLASS_FIXED = ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'];

/** StorageClasses. */
export const storageClassRules: KindRules = {
  defaults: (draft) => {
    setDefault(draft, 'reclaimPolicy', 'Delete');
    setDefault(draft, 'volumeBindingMode', 'Immediate');
  },
  validate: (draft) => (textAt(draft, 'provisioner') === '' ? [requiredField('provisioner')] : []),
  validateUpdate: (draft, live) =>
    CLASS_FIXED.filter((field) => !equalJson(draft[field], live[field])).map((field) =>
      field === 'parameters'
        ? forbiddenField(field, 'updates to parameters are forbidden.')
        : invalidField(field, draft[field] ?? null, IMMUTABLE),
    ),
};
