import { parseVersion } from '@argosy/lang/semver';
import { HelmError } from './chart.ts';

/** A cluster's version as templates see it. */
export interface KubeVersion {
  /** `v1.32.0` */
  readonly version: string;
  readonly major: string;
  readonly minor: string;
}

/** What helm 3.17 takes a cluster for that it cannot ask. */
export const DEFAULT_KUBE_VERSION: KubeVersion = Object.freeze({ version: 'v1.32.0', major: '1', minor: '32' });

/** Reads `--kube-version`. @throws HelmError in Helm's words. */
export function parseKubeVersion(text: string): KubeVersion {
  const parsed = parseVersion(text);
  if (!parsed.ok) throw new HelmError(`invalid kube version '${text}': Invalid Semantic Version`);
  const { major, minor, patch, prerelease, metadata } = parsed.value;
  const tail = (prerelease === '' ? '' : `-${prerelease}`) + (metadata === '' ? '' : `+${metadata}`);
  return { version: `v${major}.${minor}.${patch}${tail}`, major: String(major), minor: String(minor) };
}

/** Groups and versions that helm 3.17 takes for served when it cannot ask. */
export const DEFAULT_API_VERSIONS: readonly string[] = Object.freeze(
  `v1 admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1
  internal.apiserver.k8s.io/v1alpha1 apps/v1 apps/v1beta1 apps/v1beta2 authentication.k8s.io/v1
  authentication.k8s.io/v1alpha1 authentication.k8s.io/v1beta1 authorization.k8s.io/v1
  authorization.k8s.io/v1beta1 autoscaling/v1 autoscaling/v2 autoscaling/v2beta1 autoscaling/v2beta2 batch/v1
  batch/v1beta1 certificates.k8s.io/v1 certificates.k8s.io/v1beta1 certificates.k8s.io/v1alpha1
  coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1 coordination.k8s.io/v1 discovery.k8s.io/v1
  discovery.k8s.io/v1beta1 events.k8s.io/v1 events.k8s.io/v1beta1 extensions/v1beta1
  flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1beta2
  flowcontrol.apiserver.k8s.io/v1beta3 networking.k8s.io/v1 networking.k8s.io/v1alpha1 networking.k8s.io/v1beta1
  node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1 policy/v1 policy/v1beta1 rbac.authorization.k8s.io/v1
  rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1alpha1 resource.k8s.io/v1beta1
  resource.k8s.io/v1alpha3 scheduling.k8s.io/v1alpha1 scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1
  storage.k8s.io/v1beta1 storage.k8s.io/v1 storage.k8s.io/v1alpha1 storagemigration.k8s.io/v1alpha1
  apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1`.split(/\s+/),
);
