import { resources } from '@argosy/api';
import type { AppProject } from '@argosy/api/cd';
import type { ControllerContext } from '@argosy/kube/runtime';
import { isSourcePermitted } from '../engine/index.ts';
import { openCharts, readRepositorySecret, type ChartSource } from '../repo/index.ts';
import { repositorySecrets } from './repository-secrets.ts';

/** Charts and artifacts, with the credentials and the projects that the cluster knows. */
export function openClusterCharts(
  context: Pick<ControllerContext, 'informers' | 'clock'>,
  namespace = 'argocd',
): ChartSource {
  const projects = context.informers.informer<AppProject>(resources.appProjects, { namespace });
  const secrets = repositorySecrets(context, namespace);
  return openCharts({
    clock: context.clock,
    secrets: async () => {
      await secrets.synced();
      return secrets.lister
        .list()
        .map(readRepositorySecret)
        .filter((secret) => secret !== undefined);
    },
    permits: async (project, url) => {
      await projects.synced();
      const found = projects.lister.get({ namespace, name: project });
      return found !== undefined && isSourcePermitted(found.spec, url);
    },
  });
}
