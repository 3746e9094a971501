import { startDnsServer, startServiceProxy, type DnsServer, type ServiceProxy } from '@argosy/cluster/node';
import type { ControlPlane } from '@argosy/cluster/apiserver';
import { startGateway, type RunningGateway } from '@argosy/cluster/gateway';
import { resources } from '@argosy/api';
import { hasReason, type KubeObject } from '@argosy/kube/meta';
import type { ControllerContext } from '@argosy/kube/runtime';
import { getPath } from '@argosy/std';
import { administrator } from './identities.ts';

/** The Service that holds the name server's address, as clusters call it. */
const DNS_KEY = Object.freeze({ namespace: 'kube-system', name: 'kube-dns' });

const DNS_SERVICE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...DNS_KEY, labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/name': 'CoreDNS' } },
  spec: {
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  },
};

/** The address that the Service has got, whoever created it. */
async function dnsAddress(plane: ControlPlane): Promise<string> {
  const { namespace } = DNS_KEY;
  try {
    await plane.send(administrator, { verb: 'create', resource: resources.services, namespace, object: DNS_SERVICE });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
  const service = await plane.send(administrator, { verb: 'get', resource: resources.services, key: DNS_KEY });
  const address = getPath(service, ['spec', 'clusterIP']);
  return typeof address === 'string' ? address : '';
}

/**
 * Starts the cluster's name server on the address of its Service. `undefined` when this user may not open port 53
 * there: pods then look names up as this machine does, which is said once.
 */
export async function startNames(plane: ControlPlane, context: ControllerContext): Promise<DnsServer | undefined> {
  const address = await dnsAddress(plane);
  try {
    return await startDnsServer(context, { address });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.logger.info('names of the cluster are not served to pods', { address, error: message });
    return undefined;
  }
}

/** Starts what offers Services; the name server's own address is left to it. */
export function startServices(context: ControllerContext): Promise<ServiceProxy> {
  return startServiceProxy(context, { skips: [`${DNS_KEY.namespace}/${DNS_KEY.name}`] });
}

/** The classes that Ingresses and Gateways of the embedded gateway name. */
export function gatewayClassObjects(): readonly KubeObject[] {
  const controller = 'argosy.io/gateway';
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'argosy', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
      spec: { controller },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'argosy' },
      spec: { controllerName: controller },
    },
  ];
}

/** Opens the gateway; a port that is taken costs the gateway only, and is said once. */
export async function openGateway(
  context: ControllerContext,
  ports: { readonly httpPort: number; readonly httpsPort: number },
): Promise<RunningGateway | undefined> {
  try {
    return await startGateway(context, ports);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.logger.warn('the gateway for Ingresses and HTTPRoutes is not offered', {
      error: message,
      flags: '--gateway-port, --gateway-tls-port',
    });
    return undefined;
  }
}
