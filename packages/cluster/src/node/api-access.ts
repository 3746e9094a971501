import type { Container, Pod, Volume } from './pod-types.ts';
import { API_ACCESS_PATH } from './pod-volumes.ts';

const VOLUME = 'kube-api-access';

function withMount(container: Container): Container {
  const mounts = container.volumeMounts ?? [];
  if (mounts.some((mount) => mount.mountPath === API_ACCESS_PATH)) return container;
  return { ...container, volumeMounts: [...mounts, { name: VOLUME, mountPath: API_ACCESS_PATH, readOnly: true }] };
}

function accessVolume(): Volume {
  const authority = {
    configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }], optional: true },
  };
  return {
    name: VOLUME,
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
        authority,
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  };
}

function hasAccess(pod: Pod): boolean {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return all.some((container) => container.volumeMounts?.some((mount) => mount.mountPath === API_ACCESS_PATH) === true);
}

/**
 * The pod as the node runs it: with a token, the cluster's certificate authority and the namespace at the usual path,
 * when admission has not put them there already and the pod has not opted out.
 */
export function withApiAccess(pod: Pod, options: { readonly canMint: boolean }): Pod {
  if (!options.canMint || pod.spec.automountServiceAccountToken === false || hasAccess(pod)) return pod;
  const { spec } = pod;
  return {
    ...pod,
    spec: {
      ...spec,
      volumes: [...(spec.volumes ?? []), accessVolume()],
      containers: spec.containers.map(withMount),
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(withMount) }),
    },
  };
}
