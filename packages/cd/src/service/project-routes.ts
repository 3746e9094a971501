import type { AppProject } from '@argosy/api/cd';
import { RestError, type RestRequest, type RestRoute } from '@argosy/api/rest';
import { compareText } from '@argosy/std';
import { json, route, serviceContext, type DeliveryServiceOptions } from './context.ts';

/** Projects: list and get, on upstream's paths. */
export function projectRoutes(options: DeliveryServiceOptions): readonly RestRoute[] {
  const context = serviceContext(options);
  const visible = (request: RestRequest, project: AppProject): boolean =>
    options.policy.enforce(request.identity, 'projects', { action: 'get', object: project.metadata.name });
  return [
    route({
      method: 'GET',
      path: '/api/v1/projects',
      access: { resource: 'projects', action: 'get', object: () => '*' },
      handle: async (request) => {
        await context.projects.synced();
        const name = request.query.get('name') ?? '';
        const items = context.projects.lister
          .list()
          .filter((project) => (name === '' || project.metadata.name === name) && visible(request, project));
        return json({ metadata: {}, items: [...items].sort((a, b) => compareText(a.metadata.name, b.metadata.name)) });
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/projects/{name}',
      access: { resource: 'projects', action: 'get', object: ({ params }) => params['name'] ?? '' },
      handle: async ({ params }) => {
        await context.projects.synced();
        const name = params['name'] ?? '';
        const project = context.projects.lister.get({ namespace: context.namespace, name });
        if (project === undefined)
          throw new RestError('NotFound', `appprojects.argoproj.io ${JSON.stringify(name)} not found`);
        return json(project);
      },
    }),
  ];
}
