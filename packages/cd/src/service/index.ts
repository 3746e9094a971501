/** The HTTP face of delivery, on upstream's paths. The server mounts these routes and enforces their access. */
import type { RestRoute } from '@argosy/api/rest';
import { applicationRoutes } from './application-routes.ts';
import type { DeliveryServiceOptions } from './context.ts';
import { projectRoutes } from './project-routes.ts';
import { repositoryRoutes } from './repository-routes.ts';
import { settingsRoute } from './settings-route.ts';
import { webhookRoute } from './webhook-route.ts';

export { applicationRoutes } from './application-routes.ts';
export type { AccessPolicy, DeliveryServiceOptions } from './context.ts';
export { projectRoutes } from './project-routes.ts';
export { repositoryRoutes } from './repository-routes.ts';
export { settingsRoute } from './settings-route.ts';
export { webhookRoute, type WebhookOptions } from './webhook-route.ts';

/** Every route of continuous delivery. */
export function deliveryRoutes(options: DeliveryServiceOptions & { readonly url?: string }): readonly RestRoute[] {
  return [
    ...applicationRoutes(options),
    ...projectRoutes(options),
    ...repositoryRoutes(options),
    settingsRoute(options),
    webhookRoute(options),
  ];
}
