import { cdNames } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';

/** Sync options as written: `Key=value` texts, of an Application or a sync request. */
export type SyncOptions = readonly string[];

function optionsOf(object: KubeObject | undefined): SyncOptions {
  const text = object?.metadata.annotations?.[cdNames.syncOptions] ?? '';
  return text.split(',').map((word) => word.trim());
}

/** True when the list holds exactly this option. */
export function hasOption(options: SyncOptions | undefined, option: string): boolean {
  return options?.includes(option) ?? false;
}

/** True when the object carries exactly this option in its annotation. */
export function hasResourceOption(object: KubeObject | undefined, option: string): boolean {
  return optionsOf(object).includes(option);
}

/** The value of `key=…` in the list; the last one wins. */
export function optionValue(options: SyncOptions | undefined, key: string): string | undefined {
  return options?.findLast((option) => option.startsWith(`${key}=`))?.slice(key.length + 1);
}

/** True when the option is on for the Application or the object; `key=false` on the object turns it off. */
export function isEnabled(options: SyncOptions | undefined, object: KubeObject | undefined, key: string): boolean {
  if (hasResourceOption(object, `${key}=false`)) return false;
  return hasResourceOption(object, `${key}=true`) || optionValue(options, key) === 'true';
}

/** How dependents go when we delete: `PrunePropagationPolicy`, Foreground by default. */
export function propagationPolicyOf(options: SyncOptions | undefined): 'Foreground' | 'Background' | 'Orphan' {
  switch (optionValue(options, 'PrunePropagationPolicy')) {
    case 'background':
      return 'Background';
    case 'orphan':
      return 'Orphan';
    default:
      return 'Foreground';
  }
}

/** True when the object must survive pruning and cascades (`helm.sh/resource-policy: keep`). */
export function isKept(object: KubeObject): boolean {
  return object.metadata.annotations?.[cdNames.helmResourcePolicy] === 'keep';
}
