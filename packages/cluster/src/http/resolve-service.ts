import { hasReason, type KubeObject, type ResourceRef } from '@argosy/kube/meta';
import type { ClusterServer } from '@argosy/kube/port';
import { isObject } from '@argosy/std';
import { SERVER_USER } from './authenticate.ts';
import type { ResolveService } from './webhook-caller.ts';

const core = (resource: string): ResourceRef => ({ group: '', version: 'v1', resource });

type Members = { readonly [key: string]: unknown };

const members = (value: unknown): readonly Members[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The first ready address behind a port of the Service. Endpoints name ports as the Service does. */
function addressOf(endpoints: KubeObject, portName: unknown): { host: string; port: number } | undefined {
  for (const subset of members(endpoints['subsets'])) {
    const port = members(subset['ports']).find((item) => (item['name'] ?? '') === (portName ?? ''))?.['port'];
    const host = members(subset['addresses'])[0]?.['ip'];
    if (typeof host === 'string' && typeof port === 'number') return { host, port };
  }
  return undefined;
}

/**
 * Finds a Service of the embedded cluster for a webhook: an address of a ready pod, so that nothing depends on the
 * Service proxy.
 * @throws Error with the reason when there is no such Service, port or ready pod.
 */
export function resolveServiceOf(server: Pick<ClusterServer, 'send'>): ResolveService {
  return async ({ namespace, name, port }) => {
    const key = { namespace, name };
    const get = async (resource: string): Promise<KubeObject | undefined> => {
      try {
        return await server.send(SERVER_USER, { verb: 'get', resource: core(resource), key });
      } catch (error) {
        if (hasReason(error, 'NotFound')) return undefined;
        throw error;
      }
    };
    const service = await get('services');
    if (service === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
    const spec = isObject(service['spec']) ? service['spec'] : {};
    const asked = members(spec['ports']).find((item) => item['port'] === port);
    if (asked === undefined) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
    const endpoints = await get('endpoints');
    const found = endpoints === undefined ? undefined : addressOf(endpoints, asked['name']);
    if (found === undefined) throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
    return found;
  };
}
