import { cdNames } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';

/** When a hook runs. `Skip` alone keeps an object out of the sync altogether. */
export type HookType = 'PreSync' | 'Sync' | 'PostSync' | 'SyncFail' | 'Skip' | 'PreDelete' | 'PostDelete';

/** When a hook's object is deleted. */
export type HookDeletePolicy = 'BeforeHookCreation' | 'HookSucceeded' | 'HookFailed';

const HOOK_TYPES: readonly string[] = ['PreSync', 'Sync', 'PostSync', 'SyncFail', 'Skip', 'PreDelete', 'PostDelete'];
const DELETE_POLICIES: readonly string[] = ['BeforeHookCreation', 'HookSucceeded', 'HookFailed'];

const HELM_HOOKS: ReadonlyMap<string, HookType> = new Map([
  ['pre-install', 'PreSync'],
  ['pre-upgrade', 'PreSync'],
  ['post-install', 'PostSync'],
  ['post-upgrade', 'PostSync'],
  ['pre-delete', 'PreDelete'],
  ['post-delete', 'PostDelete'],
]);

const HELM_POLICIES: ReadonlyMap<string, HookDeletePolicy> = new Map([
  ['before-hook-creation', 'BeforeHookCreation'],
  ['hook-succeeded', 'HookSucceeded'],
  ['hook-failed', 'HookFailed'],
]);

function words(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

const annotation = (object: KubeObject, name: string): string | undefined => object.metadata.annotations?.[name];

function helmHookTypes(object: KubeObject): readonly HookType[] {
  const types = words(annotation(object, cdNames.helmHook)).map((word) => HELM_HOOKS.get(word));
  return [...new Set(types.filter((type) => type !== undefined))];
}

/** True for an object that is a hook of any kind, so that it takes no part in sync status and health. */
export function isHook(object: KubeObject): boolean {
  const helm = words(annotation(object, cdNames.helmHook));
  if (annotation(object, cdNames.hook) !== undefined) return words(annotation(object, cdNames.hook)).length > 0;
  return helm.length > 0 && !helm.includes('crd-install');
}

/** The hook types of an object; a hook with none that we know never runs. Argo CD's annotation beats Helm's. */
export function hookTypesOf(object: KubeObject): readonly HookType[] {
  if (!isHook(object)) return [];
  const argo = words(annotation(object, cdNames.hook));
  if (argo.length === 0) return helmHookTypes(object);
  return [...new Set(argo.filter((word) => HOOK_TYPES.includes(word)))] as HookType[];
}

/** True when the object shall not be applied at all. */
export function isSkipped(object: KubeObject): boolean {
  const types = hookTypesOf(object);
  return types.length === 1 && types[0] === 'Skip';
}

/** When to delete a hook's object; BeforeHookCreation when nothing is said. */
export function hookDeletePoliciesOf(object: KubeObject): readonly HookDeletePolicy[] {
  const argo = words(annotation(object, cdNames.hookDeletePolicy)).filter((word) => DELETE_POLICIES.includes(word));
  if (argo.length > 0) return argo as HookDeletePolicy[];
  const helm = words(annotation(object, cdNames.helmHookDeletePolicy)).map((word) => HELM_POLICIES.get(word));
  const known = helm.filter((policy) => policy !== undefined);
  return known.length > 0 ? known : ['BeforeHookCreation'];
}
