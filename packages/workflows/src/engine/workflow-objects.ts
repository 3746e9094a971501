import { workflowLabels } from '@argosy/api/workflows';
import { controllerRef, type KubeObject } from '@argosy/kube/meta';
import { getPath, isObject } from '@argosy/std';

import type { WorkflowEnd } from './finish-workflow.ts';
import type { Pass } from './pass.ts';

type Json = { readonly [key: string]: unknown };

function claimTemplates(pass: Pass): readonly Json[] {
  const given = (pass.compiled.spec as { readonly volumeClaimTemplates?: unknown }).volumeClaimTemplates;
  return Array.isArray(given) ? given.filter(isObject) : [];
}

function templateName(template: Json): string {
  const name = getPath(template, ['metadata', 'name']);
  return typeof name === 'string' ? name : '';
}

/** The volumes that stand for the workflow's claims, under the names of their templates. */
export function claimVolumes(pass: Pass): readonly Json[] {
  return claimTemplates(pass).map((template) => {
    const name = templateName(template);
    return { name, persistentVolumeClaim: { claimName: `${pass.name}-${name}` } };
  });
}

function owned(pass: Pass, object: Json, name: string): KubeObject {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const labels = { ...(isObject(metadata['labels']) ? metadata['labels'] : {}), [workflowLabels.workflow]: pass.name };
  const { namespace } = pass.workflow.metadata;
  const ownerReferences = [controllerRef(pass.workflow)];
  const where = namespace === undefined ? {} : { namespace };
  return { ...object, metadata: { ...metadata, ...where, name, labels, ownerReferences } } as unknown as KubeObject;
}

function claimObjects(pass: Pass): readonly KubeObject[] {
  return claimTemplates(pass).map((template) => {
    const { status: _status, ...given } = template;
    const object = { ...given, apiVersion: 'v1', kind: 'PersistentVolumeClaim' };
    return owned(pass, object, `${pass.name}-${templateName(template)}`);
  });
}

function budgetObjects(pass: Pass): readonly KubeObject[] {
  const given = (pass.compiled.spec as { readonly podDisruptionBudget?: unknown }).podDisruptionBudget;
  if (!isObject(given)) return [];
  const selector = { matchLabels: { [workflowLabels.workflow]: pass.name } };
  const object = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', spec: { selector, ...given } };
  return [owned(pass, object, pass.name)];
}

/** Creates what the workflow needs before its first pod: its volume claims and its disruption budget. */
export function createObjects(pass: Pass): void {
  if ((pass.workflow.status?.phase ?? '') !== '') return;
  for (const object of [...claimObjects(pass), ...budgetObjects(pass)]) {
    pass.actions.push({ kind: 'create-object', object });
  }
}

/** True when claims go with a workflow that ends like this: always, or (the default) when it succeeded. */
function claimsGo(pass: Pass, end: WorkflowEnd): boolean {
  const gc = (pass.compiled.spec as { readonly volumeClaimGC?: unknown }).volumeClaimGC;
  const strategy = isObject(gc) ? gc['strategy'] : undefined;
  return strategy === 'OnWorkflowCompletion' || end.phase === 'Succeeded';
}

/** Deletes what the workflow needed, now that it ends. */
export function deleteObjects(pass: Pass, end: WorkflowEnd): void {
  const gone = [...(claimsGo(pass, end) ? claimObjects(pass) : []), ...budgetObjects(pass)];
  for (const { kind, metadata } of gone)
    pass.actions.push({ kind: 'delete-object', objectKind: kind, name: metadata.name });
}

/** status.persistentVolumeClaims; undefined for a workflow without claims. */
export function claimStatus(pass: Pass, end: WorkflowEnd | undefined): readonly Json[] | undefined {
  const volumes = claimVolumes(pass);
  if (volumes.length === 0) return undefined;
  return end !== undefined && claimsGo(pass, end) ? [] : volumes;
}
