import { setCondition, type Condition, type KubeObject } from '@argosy/kube/meta';
import { structuralErrors, type FieldError } from '@argosy/kube/schema';
import { CLEANUP_FINALIZER } from '../custom-resources.ts';
import { ensurePart, part, parts, setDefault, textAt, type Draft } from '../draft.ts';
import { duplicateField, forbiddenField, IMMUTABLE, invalidField, requiredField, unsupportedField } from '../errors.ts';
import { labelProblems, nameProblems, subdomainProblems } from '../names.ts';
import { clientConfigErrors } from './admission-configuration.ts';
import type { KindContext, KindRules } from './kind-rules.ts';

function defaultNames(draft: Draft): void {
  const spec = ensurePart(draft, 'spec');
  const names = ensurePart(spec, 'names');
  const kind = textAt(names, 'kind');
  if (kind !== '') {
    setDefault(names, 'singular', kind.toLowerCase());
    setDefault(names, 'listKind', `${kind}List`);
  }
  setDefault(spec, 'conversion', { strategy: 'None' });
  const service = part(part(part(part(spec, 'conversion'), 'webhook'), 'clientConfig'), 'service');
  if (service !== undefined) setDefault(service, 'port', 443);
  for (const version of parts(spec, 'versions')) {
    for (const column of parts(version, 'additionalPrinterColumns')) {
      if (column['priority'] === 0) delete column['priority'];
    }
  }
}

function takenBy(context: KindContext, spec: Draft, own: string): string | undefined {
  const names = part(spec, 'names');
  const group = textAt(spec, 'group');
  for (const other of context.state.registry.all()) {
    if (other.group !== group || other.definition?.name === own) continue;
    if (other.resource === textAt(names, 'plural')) return `"${other.resource}" is already in use`;
    if (other.kind === textAt(names, 'kind')) return `"${other.kind}" is already in use`;
    if (other.listKind === textAt(names, 'listKind')) return `"${other.listKind}" is already in use`;
  }
  return undefined;
}

function storedVersions(status: Draft, spec: Draft): readonly string[] {
  const known = Array.isArray(status['storedVersions']) ? (status['storedVersions'] as string[]) : [];
  const storage = textAt(
    parts(spec, 'versions').find((version) => version['storage'] === true),
    'name',
  );
  return storage === '' || known.includes(storage) ? known : [...known, storage];
}

/** Names are accepted and the definition established in the write that brings it, so clients never wait. */
function establish(draft: Draft, context: KindContext): void {
  const spec = ensurePart(draft, 'spec');
  const status = ensurePart(draft, 'status');
  const conflict = takenBy(context, spec, textAt(part(draft, 'metadata'), 'name'));
  const accepted: Condition =
    conflict === undefined
      ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False', reason: 'NameConflict', message: conflict };
  const established: Condition =
    conflict === undefined
      ? {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        }
      : { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
  const old = Array.isArray(status['conditions']) ? (status['conditions'] as Condition[]) : [];
  const { now } = context.env;
  status['conditions'] = setCondition(setCondition(old, accepted, now), established, now);
  status['acceptedNames'] = conflict === undefined ? spec['names'] : { kind: '', plural: '' };
  status['storedVersions'] = storedVersions(status, spec);
}

function namesErrors(spec: Draft, name: string): readonly FieldError[] {
  const names = part(spec, 'names') ?? {};
  const plural = textAt(names, 'plural');
  const group = textAt(spec, 'group');
  const errors: FieldError[] = [];
  if (plural === '') errors.push(requiredField('spec.names.plural'));
  if (textAt(names, 'kind') === '') errors.push(requiredField('spec.names.kind'));
  if (group === '') errors.push(requiredField('spec.group'));
  else if (!group.includes('.')) {
    errors.push(invalidField('spec.group', group, 'should be a domain with at least one dot'));
  } else errors.push(...subdomainProblems(group).map((problem) => invalidField('spec.group', group, problem)));
  if (plural !== '' && name !== `${plural}.${group}`) {
    errors.push(invalidField('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  }
  for (const field of ['plural', 'singular'] as const) {
    const text = textAt(names, field);
    if (text === '') continue;
    errors.push(...nameProblems(text, 'label1035').map((why) => invalidField(`spec.names.${field}`, text, why)));
  }
  return errors;
}

function versionErrors(version: Draft, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const name = textAt(version, 'name');
  if (name === '') errors.push(requiredField(`${field}.name`));
  else errors.push(...labelProblems(name).map((problem) => invalidField(`${field}.name`, name, problem)));
  for (const flag of ['served', 'storage'] as const) {
    if (typeof version[flag] !== 'boolean') errors.push(requiredField(`${field}.${flag}`));
  }
  const schema = part(version, 'schema')?.['openAPIV3Schema'];
  const at = `${field}.schema.openAPIV3Schema`;
  if (schema === undefined) errors.push(requiredField(at, 'schemas are required'));
  else errors.push(...structuralErrors(schema, at));
  return errors;
}

function versionsErrors(spec: Draft): readonly FieldError[] {
  const versions = parts(spec, 'versions');
  const errors = versions.flatMap((version, index) => versionErrors(version, `spec.versions[${index}]`));
  const names = versions.map((version) => textAt(version, 'name'));
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) errors.push(duplicateField(`spec.versions[${index}].name`, name));
  });
  if (versions.filter((version) => version['storage'] === true).length !== 1) {
    errors.push(invalidField('spec.versions', names, 'must have exactly one version marked as storage version'));
  }
  return errors;
}

function conversionErrors(spec: Draft): readonly FieldError[] {
  const conversion = part(spec, 'conversion');
  const strategy = textAt(conversion, 'strategy');
  const webhook = part(conversion, 'webhook');
  const field = 'spec.conversion.webhook';
  if (strategy === 'None') {
    return webhook === undefined
      ? []
      : [forbiddenField(field, 'should not be set when strategy is not set to Webhook')];
  }
  if (strategy !== 'Webhook') return [unsupportedField('spec.conversion.strategy', strategy, ['None', 'Webhook'])];
  if (webhook === undefined) return [requiredField(field, 'required when strategy is set to Webhook')];
  const versions = webhook['conversionReviewVersions'];
  const known = Array.isArray(versions) && versions.includes('v1');
  return [
    ...clientConfigErrors(part(webhook, 'clientConfig'), `${field}.clientConfig`),
    ...(known
      ? []
      : [invalidField(`${field}.conversionReviewVersions`, versions ?? [], 'must include at least one of v1')]),
  ];
}

function definitionErrors(draft: Draft): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const name = textAt(part(draft, 'metadata'), 'name');
  const scope = spec['scope'];
  const scopes = ['Cluster', 'Namespaced'];
  const scopeErrors =
    scope === undefined
      ? [requiredField('spec.scope')]
      : scopes.includes(scope as string)
        ? []
        : [unsupportedField('spec.scope', scope, scopes)];
  return [...namesErrors(spec, name), ...scopeErrors, ...versionsErrors(spec), ...conversionErrors(spec)];
}

function definitionChangeErrors(draft: Draft, live: KubeObject): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const old = part(live as unknown as Draft, 'spec') ?? {};
  const errors: FieldError[] = [];
  for (const field of ['group', 'scope'] as const) {
    if (spec[field] !== old[field]) errors.push(invalidField(`spec.${field}`, spec[field], IMMUTABLE));
  }
  for (const field of ['plural', 'kind'] as const) {
    const value = textAt(part(spec, 'names'), field);
    if (value !== textAt(part(old, 'names'), field)) {
      errors.push(invalidField(`spec.names.${field}`, value, IMMUTABLE));
    }
  }
  const versions = parts(spec, 'versions').map((version) => textAt(version, 'name'));
  const stored = part(live as unknown as Draft, 'status')?.['storedVersions'];
  (Array.isArray(stored) ? (stored as string[]) : []).forEach((version, index) => {
    if (versions.includes(version)) return;
    const why = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
    errors.push(invalidField(`status.storedVersions[${index}]`, version, why));
  });
  return errors;
}

/** CustomResourceDefinitions: names, versions, conditions, and the finalizer that waits for the instances. */
export const definitionRules: KindRules = {
  defaults: defaultNames,
  prepareCreate: (draft, context) => {
    const meta = ensurePart(draft, 'metadata');
    const finalizers = Array.isArray(meta['finalizers']) ? (meta['finalizers'] as string[]) : [];
    if (!finalizers.includes(CLEANUP_FINALIZER)) meta['finalizers'] = [...finalizers, CLEANUP_FINALIZER];
    establish(draft, context);
  },
  prepareUpdate: (draft, live, context) => {
    if (live.metadata.deletionTimestamp === undefined) establish(draft, context);
  },
  validate: definitionErrors,
  validateUpdate: definitionChangeErrors,
};

/** The Terminating condition of a definition that is being deleted. */
export function terminatingCondition(): Condition {
  return {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionInProgress',
    message: 'CustomResource deletion is in progress',
  };
}
