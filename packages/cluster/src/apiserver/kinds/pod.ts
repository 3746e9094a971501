import { equalJson } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { FieldError } from '@argosy/kube/schema';
import { draftOf, ensurePart, numberAt, part, parts, textAt, type Draft } from '../draft.ts';
import { forbidden, forbiddenField, invalid, invalidField } from '../errors.ts';
import { generatedName } from '../metadata.ts';
import { allContainers, defaultPod } from './pod-defaults.ts';
import { qosClass } from '../qos.ts';
import { ephemeralContainerErrors, podSpecErrors } from './pod-validation.ts';
import type { KindContext, KindRules } from './kind-rules.ts';
import { admitPodLimits } from './limit-range.ts';

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_SECONDS = 3607;
const TOKEN_VOLUME = 'kube-api-access-';
const POD = { group: '', resource: 'pods' };

function tokenVolume(name: string): Draft {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}

function mountToken(spec: Draft, context: KindContext): void {
  // A pod that a webhook changed comes here again: what was added then takes the volume that is there.
  const volumes = parts(spec, 'volumes');
  const present = volumes.map((volume) => textAt(volume, 'name')).find((known) => known.startsWith(TOKEN_VOLUME));
  const name = present ?? generatedName(TOKEN_VOLUME, context.env.random);
  let mounted = false;
  for (const container of allContainers(spec)) {
    const mounts = parts(container, 'volumeMounts');
    if (mounts.some((mount) => mount['mountPath'] === TOKEN_PATH)) continue;
    container['volumeMounts'] = [...mounts, { name, readOnly: true, mountPath: TOKEN_PATH }];
    mounted = true;
  }
  if (mounted && present === undefined) spec['volumes'] = [...volumes, tokenVolume(name)];
}

/** What a pod takes over from its ServiceAccount: the token mount and the pull secrets. */
function takeFromAccount(spec: Draft, account: KubeObject, context: KindContext): void {
  const automount = spec['automountServiceAccountToken'] ?? account['automountServiceAccountToken'] ?? true;
  if (automount === true) mountToken(spec, context);
  const secrets = account['imagePullSecrets'];
  if (parts(spec, 'imagePullSecrets').length === 0 && Array.isArray(secrets) && secrets.length > 0) {
    spec['imagePullSecrets'] = draftOf(secrets, true);
  }
}

/** Admission ServiceAccount: the account must exist; its token is mounted unless somebody said no. */
function admitServiceAccount(draft: Draft, context: KindContext): void {
  const meta = part(draft, 'metadata');
  // A mirror of a static pod belongs to its node and has no account.
  if (part(meta, 'annotations')?.['kubernetes.io/config.mirror'] !== undefined) return;
  const spec = ensurePart(draft, 'spec');
  const namespace = textAt(meta, 'namespace');
  const name = textAt(spec, 'serviceAccountName') || 'default';
  spec['serviceAccountName'] = name;
  spec['serviceAccount'] = name;
  const { store } = context.state;
  const stored = store.get('/serviceaccounts', namespace, name);
  if (stored === undefined) {
    const why = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
    throw forbidden(POD, textAt(meta, 'name'), why);
  }
  takeFromAccount(spec, store.tree(stored), context);
}

const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Admission DefaultTolerationSeconds: five minutes on a node that is not ready or not reachable. */
function admitTolerations(spec: Draft): void {
  const tolerations = parts(spec, 'tolerations');
  const covers = (toleration: Draft, key: string): boolean => {
    const effect = textAt(toleration, 'effect');
    const own = textAt(toleration, 'key');
    return (own === key || own === '') && (effect === '' || effect === 'NoExecute');
  };
  const missing = TAINTS.filter((key) => !tolerations.some((toleration) => covers(toleration, key)));
  if (missing.length === 0) return;
  const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  spec['tolerations'] = [...tolerations, ...added];
}

/** The class of a pod: the one that it names, else the lowest that is marked as default. */
function priorityClassOf(draft: Draft, asked: string, context: KindContext): Draft | undefined {
  const { store } = context.state;
  const classes = 'scheduling.k8s.io/priorityclasses';
  if (asked !== '') {
    const stored = store.get(classes, '', asked);
    if (stored !== undefined) return store.tree(stored) as unknown as Draft;
    throw forbidden(POD, textAt(part(draft, 'metadata'), 'name'), `no PriorityClass with name ${asked} was found`);
  }
  const marked = store.list(classes, '').map((stored) => store.tree(stored) as unknown as Draft);
  const defaults = marked.filter((item) => item['globalDefault'] === true);
  return defaults.sort((a, b) => (numberAt(a, 'value') ?? 0) - (numberAt(b, 'value') ?? 0))[0];
}

/** Admission Priority: the class gives the number; a number of one's own must be that very one. */
function admitPriority(draft: Draft, context: KindContext): void {
  const spec = ensurePart(draft, 'spec');
  const found = priorityClassOf(draft, textAt(spec, 'priorityClassName'), context);
  const priority = numberAt(found, 'value') ?? 0;
  const given = numberAt(spec, 'priority');
  if (given !== undefined && given !== priority) {
    const why =
      `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller ` +
      `computed ${priority} from the given PriorityClass name`;
    throw forbidden(POD, textAt(part(draft, 'metadata'), 'name'), why);
  }
  if (found !== undefined) spec['priorityClassName'] = textAt(part(found, 'metadata'), 'name');
  spec['priority'] = priority;
  const policy = textAt(found, 'preemptionPolicy') || 'PreemptLowerPriority';
  const asked = textAt(spec, 'preemptionPolicy');
  if (asked !== '' && asked !== policy) {
    const why =
      `the string value of PreemptionPolicy (${asked}) must not be provided in pod spec; priority admission ` +
      `controller computed ${policy} from the given PriorityClass name`;
    throw forbidden(POD, textAt(part(draft, 'metadata'), 'name'), why);
  }
  spec['preemptionPolicy'] = policy;
}

function prepareCreate(draft: Draft, context: KindContext): void {
  const spec = ensurePart(draft, 'spec');
  if (parts(spec, 'ephemeralContainers').length > 0) {
    const error = forbiddenField('spec.ephemeralContainers', 'cannot be set on create');
    throw invalid({ group: '', kind: 'Pod' }, textAt(part(draft, 'metadata'), 'name'), [error]);
  }
  admitServiceAccount(draft, context);
  admitPodLimits(draft, context);
  admitTolerations(spec);
  admitPriority(draft, context);
  draft['status'] = { phase: 'Pending', qosClass: qosClass(spec) };
}

/** The spec with everything that an update may change taken from `from`. */
function withMutableParts(spec: Draft, from: Draft): Draft {
  const merged = draftOf(spec, false);
  for (const list of ['containers', 'initContainers'] as const) {
    const images = parts(from, list);
    parts(merged, list).forEach((container, index) => {
      const image = images[index]?.['image'];
      if (image !== undefined) container['image'] = image;
    });
  }
  for (const field of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates'] as const) {
    if (from[field] === undefined) delete merged[field];
    else merged[field] = from[field];
  }
  if (from['terminationGracePeriodSeconds'] === 1 && (numberAt(spec, 'terminationGracePeriodSeconds') ?? 0) < 0) {
    merged['terminationGracePeriodSeconds'] = 1;
  }
  return merged;
}

const UPDATE_WORDS =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function validateUpdate(draft: Draft, live: KubeObject): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const old = part(live as unknown as Draft, 'spec') ?? {};
  const errors: FieldError[] = [];
  if (!equalJson(spec, withMutableParts(old, spec))) errors.push(forbiddenField('spec', UPDATE_WORDS));
  const tolerations = parts(spec, 'tolerations');
  const dropped = parts(old, 'tolerations').some((was) => !tolerations.some((now) => equalJson(was, now)));
  if (dropped)
    errors.push(
      forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
    );
  const deadline = numberAt(spec, 'activeDeadlineSeconds');
  const before = numberAt(old, 'activeDeadlineSeconds');
  if (before !== undefined && (deadline === undefined || deadline > before)) {
    const why = `must be less than or equal to previous value`;
    errors.push(invalidField('spec.activeDeadlineSeconds', deadline ?? null, why));
  }
  return errors;
}

/** The spec without what a resize may change. */
function withoutResources(spec: Draft): Draft {
  const copy = draftOf(spec, false);
  for (const container of [...parts(copy, 'containers'), ...parts(copy, 'initContainers')])
    delete container['resources'];
  return copy;
}

function ephemeralErrors(spec: Draft, old: Draft): readonly FieldError[] {
  const field = 'spec.ephemeralContainers';
  const list = parts(spec, 'ephemeralContainers');
  const isKept = (was: Draft): boolean => list.some((now) => equalJson(now, was));
  const changed = parts(old, 'ephemeralContainers').filter((was) => !isKept(was));
  return [
    ...changed.map((was) =>
      forbiddenField(field, `existing ephemeral container ${textAt(was, 'name')} may not be changed`),
    ),
    ...ephemeralContainerErrors(spec, field),
  ];
}

function validateSubresource(draft: Draft, live: KubeObject, subresource: string): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const old = part(live as unknown as Draft, 'spec') ?? {};
  if (subresource === 'ephemeralcontainers') return ephemeralErrors(spec, old);
  if (subresource !== 'resize' || equalJson(withoutResources(spec), withoutResources(old))) return [];
  return [forbiddenField('spec', 'only resources of containers may be changed by a resize')];
}

/** Pods: defaults, admission, first status, what an update may touch. */
export const podRules: KindRules = {
  defaults: defaultPod,
  prepareCreate,
  validate: (draft) => podSpecErrors(part(draft, 'spec') ?? {}, 'spec'),
  validateUpdate,
  validateSubresource,
};
