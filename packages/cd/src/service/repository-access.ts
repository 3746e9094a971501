import { resources } from '@argosy/api';
import { cdNames } from '@argosy/api/cd';
import { findAccess, readRepositorySecret, type RepositoryAccess, type RepositorySecret } from '../repo/index.ts';
import type { ServiceContext } from './context.ts';

/** All repository Secrets and templates, read. */
export async function repositorySecretsOf(context: ServiceContext): Promise<readonly RepositorySecret[]> {
  const informer = context.options.informers.informer(resources.secrets, {
    namespace: context.namespace,
    labelSelector: cdNames.secretType,
  });
  await informer.synced();
  return informer.lister
    .list()
    .map(readRepositorySecret)
    .filter((secret) => secret !== undefined);
}

/** How a repository is read on behalf of a project. */
export async function accessFor(context: ServiceContext, url: string, project: string): Promise<RepositoryAccess> {
  return findAccess(await repositorySecretsOf(context), url, project === '' ? 'default' : project);
}
