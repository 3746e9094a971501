import { isObject } from '@argosy/std';
import { ensurePart, part, parts, setDefault, textAt, type Draft } from '../draft.ts';

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** `Always` for `latest` and for no tag, else `IfNotPresent`; a digest counts as a tag. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const name = image.slice(image.lastIndexOf('/') + 1);
  const colon = name.indexOf(':');
  return colon < 0 || name.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultHttpGet(action: Draft | undefined): void {
  if (action === undefined) return;
  setDefault(action, 'path', '/');
  setDefault(action, 'scheme', 'HTTP');
}

function defaultProbe(probe: Draft): void {
  setDefault(probe, 'timeoutSeconds', 1);
  setDefault(probe, 'periodSeconds', 10);
  setDefault(probe, 'successThreshold', 1);
  setDefault(probe, 'failureThreshold', 3);
  defaultHttpGet(part(probe, 'httpGet'));
  const grpc = part(probe, 'grpc');
  if (grpc !== undefined) setDefault(grpc, 'service', '');
}

function defaultContainer(container: Draft): void {
  setDefault(container, 'imagePullPolicy', defaultPullPolicy(textAt(container, 'image')));
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'resources', {});
  for (const port of parts(container, 'ports')) setDefault(port, 'protocol', 'TCP');
  for (const name of PROBES) {
    const probe = part(container, name);
    if (probe !== undefined) defaultProbe(probe);
  }
  for (const hook of ['postStart', 'preStop']) {
    defaultHttpGet(part(part(part(container, 'lifecycle'), hook), 'httpGet'));
  }
  for (const variable of parts(container, 'env')) {
    const field = part(part(variable, 'valueFrom'), 'fieldRef');
    if (field !== undefined) setDefault(field, 'apiVersion', 'v1');
  }
}

const MODE_VOLUMES = ['configMap', 'secret', 'projected', 'downwardAPI'] as const;
const DEFAULT_MODE = 0o644;

function defaultDownward(source: Draft | undefined): void {
  for (const item of parts(source, 'items')) {
    const field = part(item, 'fieldRef');
    if (field !== undefined) setDefault(field, 'apiVersion', 'v1');
  }
}

function defaultVolume(volume: Draft): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume['emptyDir'] = {};
  for (const name of MODE_VOLUMES) {
    const source = part(volume, name);
    if (source !== undefined) setDefault(source, 'defaultMode', DEFAULT_MODE);
  }
  const host = part(volume, 'hostPath');
  if (host !== undefined) setDefault(host, 'type', '');
  defaultDownward(part(volume, 'downwardAPI'));
  for (const source of parts(part(volume, 'projected'), 'sources')) {
    const token = part(source, 'serviceAccountToken');
    if (token !== undefined) setDefault(token, 'expirationSeconds', 3600);
    defaultDownward(part(source, 'downwardAPI'));
  }
}

/** All containers of a pod spec: init, plain, ephemeral. */
export function allContainers(spec: Draft | undefined): readonly Draft[] {
  return [...parts(spec, 'initContainers'), ...parts(spec, 'containers'), ...parts(spec, 'ephemeralContainers')];
}

/** Defaults of a pod spec wherever it stands. */
export function defaultPodSpec(spec: Draft): void {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  const account = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount');
  if (account !== '') {
    spec['serviceAccountName'] = account;
    spec['serviceAccount'] = account;
  }
  for (const container of allContainers(spec)) defaultContainer(container);
  for (const volume of parts(spec, 'volumes')) defaultVolume(volume);
}

/** Requests that are not given equal the limits; pods only, not templates. */
function defaultRequests(container: Draft): void {
  const resources = part(container, 'resources');
  const limits = part(resources, 'limits');
  if (resources === undefined || limits === undefined) return;
  const requests = ensurePart(resources, 'requests');
  for (const [name, quantity] of Object.entries(limits)) setDefault(requests, name, quantity);
}

/** Defaults of a Pod itself, beyond those that its template would get. */
export function defaultPod(draft: Draft): void {
  const spec = ensurePart(draft, 'spec');
  defaultPodSpec(spec);
  setDefault(spec, 'enableServiceLinks', true);
  for (const container of allContainers(spec)) {
    defaultRequests(container);
    if (spec['hostNetwork'] !== true) continue;
    for (const port of parts(container, 'ports')) setDefault(port, 'hostPort', port['containerPort']);
  }
}

/** Defaults of the template of a workload at `spec.template`. */
export function defaultTemplate(draft: Draft): void {
  const template = part(part(draft, 'spec'), 'template');
  if (template === undefined) return;
  if (isObject(template['metadata']) && (template['metadata'] as Draft)['creationTimestamp'] === null) {
    delete (template['metadata'] as Draft)['creationTimestamp'];
  }
  defaultPodSpec(ensurePart(template, 'spec'));
}
