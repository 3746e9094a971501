import type { RestRoute } from '@argosy/api/rest';
import { json, route } from './context.ts';

/** Settings that user interfaces and command lines read before anybody is logged in. */
export function settingsRoute(options: { readonly url?: string; readonly namespace?: string } = {}): RestRoute {
  return route({
    method: 'GET',
    path: '/api/v1/settings',
    handle: () =>
      Promise.resolve(
        json({
          ...(options.url === undefined ? {} : { url: options.url }),
          appLabelKey: 'app.kubernetes.io/instance',
          trackingMethod: 'annotation',
          controllerNamespace: options.namespace ?? 'argocd',
          statusBadgeEnabled: false,
          userLoginsDisabled: false,
          passwordPattern: '^.{12,72}$',
          execEnabled: false,
          appsInAnyNamespaceEnabled: false,
          impersonationEnabled: false,
          hydratorEnabled: false,
          syncWithReplaceAllowed: true,
        }),
      ),
  });
}
