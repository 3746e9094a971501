import type { NodeStatus, Parameter, Template } from '@argosy/api/workflows';
import { controllerRef, type KubeObject } from '@argosy/kube/meta';
import { parseYamlDocuments } from '@argosy/lang/yaml';
import { after, err, fnv32a, isObject, milliseconds, ok, parseTime, type Result } from '@argosy/std';

import { definedMembers } from './defined-members.ts';
import { changeNode, endNode } from './nodes.ts';
import { isStopped, waitUntil, type Pass } from './pass.ts';
import { stopMessage } from './pod-nodes.ts';
import { ownDeadlineSeconds, resolveTemplate, type TemplateOrder } from './pod-spec.ts';
import {
  isResourceAction,
  resourceFields,
  type MergeStrategy,
  type ResourceAction,
  type ResourceFields,
} from './resource-template.ts';
import type { ResourceConditions } from './resource-conditions.ts';

/** Annotation of an object that a resource template created: which run of which node did. */
export const CREATED_BY_ANNOTATION = 'argosy.dev/created-by-node';

/** What is to be done to one object. May be repeated: whoever repeats a `create` finds its own object. */
export interface ResourceOrder {
  readonly nodeId: string;
  readonly action: ResourceAction;
  readonly mergeStrategy: MergeStrategy;
  /** The object, or what identifies it; `patch` and `apply` send it as it is. */
  readonly object: KubeObject;
  /** Value of `CREATED_BY_ANNOTATION`. */
  readonly createdBy: string;
  /** The ServiceAccount whose rights count. */
  readonly serviceAccount: string;
  readonly conditions: ResourceConditions;
  readonly outputs: readonly Parameter[];
}

function parseManifest(manifest: string): Result<{ readonly [key: string]: unknown }, string> {
  const parsed = parseYamlDocuments(manifest);
  if (!parsed.ok) return err(`resource.manifest cannot be read: ${parsed.error.message}`);
  const documents = parsed.value.map((document) => document.value).filter((value) => value !== null);
  if (documents.length !== 1) {
    return err(`resource.manifest holds ${documents.length} objects: exactly one is allowed`);
  }
  const [object] = documents;
  return isObject(object) ? ok(object) : err('resource.manifest must be an object');
}

/** The name: one that is to be generated follows from the node's run, so that a repetition makes no second object. */
function nameOf(metadata: { readonly [key: string]: unknown }, createdBy: string): string {
  const { name, generateName } = metadata;
  if (typeof name === 'string' && name !== '') return name;
  if (typeof generateName !== 'string' || generateName === '') return '';
  return `${generateName}${fnv32a(createdBy).toString(36).padStart(5, '0').slice(0, 7)}`;
}

function objectOf(pass: Pass, fields: ResourceFields, createdBy: string): Result<KubeObject, string> {
  const parsed = parseManifest(fields.manifest);
  if (!parsed.ok) return parsed;
  const { apiVersion, kind, metadata: given, ...rest } = parsed.value;
  const metadata = isObject(given) ? given : {};
  const { generateName: _generated, ...kept } = metadata;
  const name = nameOf(metadata, createdBy);
  if (typeof kind !== 'string' || kind === '' || name === '') {
    return err('Kind and name are both required but at least one of them is missing from the manifest');
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') return err('resource.manifest has no apiVersion');
  const others: readonly unknown[] = Array.isArray(metadata['ownerReferences']) ? metadata['ownerReferences'] : [];
  const owners = fields.setOwnerReference ? { ownerReferences: [...others, controllerRef(pass.workflow)] } : {};
  return ok({ ...rest, apiVersion, kind, metadata: { ...kept, ...owners, name } as KubeObject['metadata'] });
}

function serviceAccountOf(pass: Pass, template: Template): string {
  const names = [template.serviceAccountName, pass.compiled.spec.serviceAccountName, 'default'];
  return names.find((name) => name !== undefined && name !== '') ?? 'default';
}

function orderOf(pass: Pass, node: NodeStatus, template: Template): Result<ResourceOrder, string> {
  const fields = resourceFields(template);
  const createdBy = `${pass.workflow.metadata.uid ?? ''}/${node.id}/${node.startedAt ?? ''}`;
  const object = objectOf(pass, fields, createdBy);
  if (!object.ok) return object;
  if (!isResourceAction(fields.action)) return err(`resource.action '${fields.action}' is unknown`);
  return ok({
    nodeId: node.id,
    action: fields.action,
    mergeStrategy: fields.mergeStrategy === 'merge' ? 'merge' : 'strategic',
    object: object.value,
    createdBy,
    serviceAccount: serviceAccountOf(pass, template),
    conditions: { success: fields.successCondition, failure: fields.failureCondition },
    outputs: template.outputs?.parameters ?? [],
  });
}

/** True when the node is out of time; otherwise remembers when it will be. */
function isLate(pass: Pass, node: NodeStatus, limitSeconds: number | undefined): boolean {
  if (limitSeconds === undefined) return false;
  const until = after(parseTime(node.startedAt ?? '') ?? pass.env.now, milliseconds(limitSeconds * 1000));
  if (until > pass.env.now) waitUntil(pass, node.id, until);
  return until <= pass.env.now;
}

function perform(pass: Pass, node: NodeStatus, run: TemplateOrder): void {
  const template = resolveTemplate(pass, run);
  if (!template.ok) return void endNode(pass, node, { phase: 'Error', message: template.error });
  const limit = ownDeadlineSeconds(template.value);
  if (!limit.ok) return void endNode(pass, node, { phase: 'Error', message: limit.error });
  if (isLate(pass, node, limit.value)) {
    const message = 'Pod was active on the node longer than the specified deadline';
    return void endNode(pass, node, { phase: 'Failed', message });
  }
  const order = orderOf(pass, node, template.value);
  if (!order.ok) return void endNode(pass, node, { phase: 'Failed', message: order.error });
  pass.actions.push({ kind: 'perform-resource', order: order.value });
  if (node.phase !== 'Running') changeNode(pass, node, { phase: 'Running' });
  return undefined;
}

/**
 * Brings the node of a resource template up to date. The order is given out in a round after the one that made the
 * node, and again whenever nobody knows what came of it: its run is recorded by then, so a repetition is recognized.
 */
export function followResource(pass: Pass, node: NodeStatus, run: () => TemplateOrder): void {
  pass.waits.delete(node.id);
  const outcome = pass.observed.outcomes[node.id];
  if (isStopped(pass, node.name)) endNode(pass, node, { phase: 'Failed', message: stopMessage(pass) });
  else if (outcome === undefined) perform(pass, node, run());
  else if (outcome.error !== undefined) endNode(pass, node, { phase: 'Failed', message: outcome.error });
  else endNode(pass, node, { phase: 'Succeeded', ...definedMembers({ outputs: outcome.outputs }) });
}
