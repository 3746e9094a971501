import { resources } from '@argosy/api';
import { cdNames } from '@argosy/api/cd';
import type { ControllerContext, Informer } from '@argosy/kube/runtime';

/** The informer of repository Secrets and credential templates. */
export function repositorySecrets(context: Pick<ControllerContext, 'informers'>, namespace: string): Informer {
  return context.informers.informer(resources.secrets, { namespace, labelSelector: cdNames.secretType });
}
