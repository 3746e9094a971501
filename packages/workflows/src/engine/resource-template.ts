import type { Template } from '@argosy/api/workflows';
import { getPath, isObject } from '@argosy/std';

import { conditionProblem } from './resource-conditions.ts';
import { unsupportedText } from './unsupported-fields.ts';

/** What a resource template may do, in upstream's order; the list is told when another word is found. */
export const RESOURCE_ACTIONS = ['get', 'create', 'apply', 'delete', 'replace', 'patch'] as const;

/** One of `RESOURCE_ACTIONS`. */
export type ResourceAction = (typeof RESOURCE_ACTIONS)[number];

/** How the manifest of `patch` is read. Upstream's `json` needs kubectl's flags and is refused. */
export type MergeStrategy = 'strategic' | 'merge';

const MERGE_STRATEGIES: readonly string[] = ['strategic', 'merge'];

/** Longest manifest, in characters. */
export const MAX_MANIFEST_LENGTH = 256 * 1024;

/** `resource` of a template, read. */
export interface ResourceFields {
  readonly action: string;
  readonly manifest: string;
  readonly mergeStrategy: string;
  readonly setOwnerReference: boolean;
  readonly successCondition: string;
  readonly failureCondition: string;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Reads `resource` of a template; what is missing is empty. */
export function resourceFields(template: Template): ResourceFields {
  const given: { readonly [key: string]: unknown } = isObject(template.resource) ? template.resource : {};
  return {
    action: text(given['action']),
    manifest: text(given['manifest']),
    mergeStrategy: text(given['mergeStrategy']) || 'strategic',
    setOwnerReference: given['setOwnerReference'] === true,
    successCondition: text(given['successCondition']),
    failureCondition: text(given['failureCondition']),
  };
}

/** True for one of `RESOURCE_ACTIONS`. */
export function isResourceAction(action: string): action is ResourceAction {
  return (RESOURCE_ACTIONS as readonly string[]).includes(action);
}

type Tell = (field: string, message: string) => void;

/** Parts of upstream's kubectl that have no meaning here. */
const UNSUPPORTED = ['resource.flags', 'resource.manifestFrom'];

function checkUnsupported(template: Template, tell: Tell): void {
  for (const field of UNSUPPORTED) {
    const value = getPath(template, field.split('.'));
    if (value !== undefined && value !== null) tell(field, unsupportedText(field));
  }
}

function checkManifest(fields: ResourceFields, tell: Tell): void {
  const { length } = fields.manifest;
  if (length === 0) tell('resource.manifest', 'either resource.manifest or resource.manifestFrom must be specified');
  if (length > MAX_MANIFEST_LENGTH) {
    tell('resource.manifest', `resource.manifest has ${length} characters: at most ${MAX_MANIFEST_LENGTH} are allowed`);
  }
}

function checkConditions(fields: ResourceFields, tell: Tell): void {
  for (const field of ['successCondition', 'failureCondition'] as const) {
    if (fields[field] === '') continue;
    const isDeletion = fields.action === 'delete';
    const problem = isDeletion ? 'must not be set for action delete' : conditionProblem(fields[field]);
    if (problem !== undefined) tell(`resource.${field}`, `resource.${field} ${problem}`);
  }
}

/** What is wrong with `resource` of a template; messages lack the template's name. */
export function checkResource(template: Template, tell: Tell): void {
  checkUnsupported(template, tell);
  const fields = resourceFields(template);
  const { action, mergeStrategy } = fields;
  if (!isResourceAction(action)) {
    tell('resource.action', `resource.action must be either ${RESOURCE_ACTIONS.join(', ')}: found '${action}'`);
  }
  if (!MERGE_STRATEGIES.includes(mergeStrategy)) {
    const found = `found '${mergeStrategy}', allowed are ${MERGE_STRATEGIES.join(' and ')}`;
    tell('resource.mergeStrategy', `resource.mergeStrategy: ${found}`);
  }
  checkManifest(fields, tell);
  checkConditions(fields, tell);
  if (action === 'delete' && (template.outputs?.parameters ?? []).length > 0) {
    tell('outputs.parameters', 'outputs.parameters must not be set for resource action delete');
  }
}
