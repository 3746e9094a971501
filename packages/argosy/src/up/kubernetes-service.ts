import type { ControlPlane } from '@argosy/cluster/apiserver';
import { resources } from '@argosy/api';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import { administrator } from './identities.ts';

const NAME = 'kubernetes';
const NAMESPACE = 'default';
const PORT = Object.freeze({ name: 'https', protocol: 'TCP' });
const METADATA = Object.freeze({ name: NAME, namespace: NAMESPACE });

function objectsFor(kubePort: number): readonly { readonly resource: ResourceRef; readonly object: KubeObject }[] {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...METADATA, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { type: 'ClusterIP', ports: [{ ...PORT, port: 443, targetPort: kubePort }] },
  };
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...METADATA, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ ...PORT, port: kubePort }] }],
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...METADATA, labels: { 'kubernetes.io/service-name': NAME } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    ports: [{ ...PORT, port: kubePort }],
  };
  return [
    { resource: resources.services, object: service },
    { resource: resources.endpoints, object: endpoints },
    { resource: resources.endpointSlices, object: slice },
  ];
}

/**
 * Says in the cluster where its API is: the Service `kubernetes` of the namespace `default`, with Endpoints and a slice
 * that name the port of this start. As upstream's kube-apiserver, with the address of this machine.
 */
export async function publishKubernetesService(plane: ControlPlane, kubePort: number): Promise<void> {
  const key = { namespace: NAMESPACE, name: NAME };
  for (const { resource, object } of objectsFor(kubePort)) {
    await plane.send(administrator, {
      verb: 'patch',
      resource,
      key,
      patchType: 'apply',
      patch: object,
      fieldManager: 'argosy-apiserver',
      force: true,
    });
  }
}
