import { parseTime, type Instant } from '@argosy/std';
import { part, parts, textAt, type Draft } from '../draft.ts';
import { ageText, durationText } from './age.ts';
import { at, conditionsOf, numberOf, orNone, textOf } from './cells.ts';

/** Where workloads keep the spec of their pods. */
export const TEMPLATE = ['spec', 'template', 'spec'] as const;

/** How many members the maps at `keys` have together. */
export function sizeOf(object: Draft, ...keys: readonly string[]): number {
  return keys.reduce((sum, key) => sum + Object.keys(part(object, key) ?? {}).length, 0);
}

/** External-IP of a Service. */
export function addressesText(service: Draft): string {
  const type = textOf(service, 'spec', 'type');
  if (type === 'ExternalName') return orNone(textOf(service, 'spec', 'externalName'));
  const ingress = parts(part(part(service, 'status'), 'loadBalancer'), 'ingress');
  const found = ingress.map((item) => textAt(item, 'ip') || textAt(item, 'hostname'));
  const external = at(service, 'spec', 'externalIPs');
  const all = [...found, ...(Array.isArray(external) ? (external as string[]) : [])];
  if (all.length > 0) return all.join(',');
  return type === 'LoadBalancer' ? '<pending>' : '<none>';
}

/** Port(s) of a Service. */
export function servicePorts(service: Draft): string {
  const texts = parts(part(service, 'spec'), 'ports').map((port) => {
    const node = numberOf(port, 'nodePort');
    return `${numberOf(port, 'port')}${node === 0 ? '' : `:${node}`}/${textAt(port, 'protocol')}`;
  });
  return orNone(texts.join(','));
}

/** The first endpoints, and how many more there are. */
export function endpointsText(endpoints: Draft): string {
  const all = parts(endpoints, 'subsets').flatMap((subset) => {
    const addresses = parts(subset, 'addresses').map((item) => textAt(item, 'ip'));
    const ports = parts(subset, 'ports').map((item) => `:${numberOf(item, 'port')}`);
    return addresses.flatMap((address) => (ports.length === 0 ? [address] : ports.map((port) => address + port)));
  });
  const shown = all.slice(0, 3).join(',');
  return all.length > 3 ? `${shown} + ${all.length - 3} more...` : orNone(shown);
}

/** Status of a Job. */
export function jobStatus(job: Draft): string {
  const met = (type: string): boolean =>
    conditionsOf(job).some((item) => item['type'] === type && item['status'] === 'True');
  if (met('Complete')) return 'Complete';
  if (met('Failed')) return 'Failed';
  if (at(job, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(met) ?? 'Running';
}

/** Completions of a Job. */
export function jobCompletions(job: Draft): string {
  const succeeded = numberOf(job, 'status', 'succeeded');
  const completions = at(job, 'spec', 'completions');
  if (typeof completions === 'number') return `${succeeded}/${completions}`;
  const parallelism = numberOf(job, 'spec', 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

/** How long a Job ran or has been running. */
export function jobDuration(job: Draft, now: Instant): string {
  const started = parseTime(textOf(job, 'status', 'startTime'));
  if (started === undefined) return '';
  return durationText((parseTime(textOf(job, 'status', 'completionTime')) ?? now) - started);
}

/** How long ago the time at a path was. */
export function since(...path: readonly string[]): (object: Draft, now: Instant) => string {
  return (object, now) => {
    const time = at(object, ...path);
    return typeof time === 'string' ? ageText(time, now) : '<none>';
  };
}

/** Status of a node. */
export function nodeStatus(node: Draft): string {
  const ready = conditionsOf(node).find((item) => item['type'] === 'Ready');
  const text = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${text},SchedulingDisabled` : text;
}

const ROLE_LABEL = 'node-role.kubernetes.io/';

/** Roles of a node, from its labels. */
export function nodeRoles(node: Draft): string {
  const labels = Object.keys((at(node, 'metadata', 'labels') as Draft | undefined) ?? {});
  return orNone(
    labels
      .filter((label) => label.startsWith(ROLE_LABEL))
      .map((label) => label.slice(ROLE_LABEL.length))
      .sort()
      .join(','),
  );
}

/** The address of a node of one type. */
export function nodeAddress(type: string): (node: Draft) => string {
  return (node) =>
    orNone(
      textAt(
        parts(part(node, 'status'), 'addresses').find((item) => item['type'] === type),
        'address',
      ),
    );
}

/** What an Event is about, as kind/name. */
export function eventObject(event: Draft): string {
  const kind = textOf(event, 'involvedObject', 'kind').toLowerCase();
  const name = textOf(event, 'involvedObject', 'name');
  return name === '' ? kind : `${kind}/${name}`;
}

/** The age of the first of some times of an Event. */
export function eventAge(...fields: readonly string[]): (event: Draft, now: Instant) => string {
  return (event, now) => {
    const time = fields.map((field) => at(event, field)).find((value) => typeof value === 'string');
    return ageText(time, now);
  };
}

/** Who reported an Event. */
export function eventSource(event: Draft): string {
  const host = textOf(event, 'source', 'host');
  const component = textOf(event, 'source', 'component') || textOf(event, 'reportingComponent');
  return [component, host].filter((text) => text !== '').join(', ');
}

const ACCESS: { readonly [mode: string]: string } = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** Access modes in their short form. */
export function accessModes(...path: readonly string[]): (object: Draft) => string {
  return (object) => {
    const modes = at(object, ...path);
    return Array.isArray(modes) ? (modes as string[]).map((mode) => ACCESS[mode] ?? mode).join(',') : '';
  };
}

/** The subjects of a binding that are of one kind. */
export function subjectsOf(kind: string): (binding: Draft) => string {
  return (binding) =>
    parts(binding, 'subjects')
      .filter((subject) => subject['kind'] === kind)
      .map((subject) => (kind === 'ServiceAccount' ? `${textAt(subject, 'namespace')}/` : '') + textAt(subject, 'name'))
      .join(', ');
}

/** Hosts of an Ingress. */
export function hostsText(ingress: Draft): string {
  const hosts = parts(part(ingress, 'spec'), 'rules').map((rule) => textAt(rule, 'host'));
  const known = hosts.filter((host) => host !== '');
  if (known.length === 0) return '*';
  return known.length > 3 ? `${known.slice(0, 3).join(',')} + ${known.length - 3} more...` : known.join(',');
}

/** Addresses of a load balancer. */
export function balancerAddresses(object: Draft): string {
  const ingress = parts(part(part(object, 'status'), 'loadBalancer'), 'ingress');
  return ingress.map((item) => textAt(item, 'ip') || textAt(item, 'hostname')).join(',');
}

function metricTarget(target: Draft | undefined): string {
  const utilization = at(target ?? {}, 'averageUtilization');
  if (typeof utilization === 'number') return `${utilization}%`;
  return textAt(target, 'averageValue') || textAt(target, 'value') || '<auto>';
}

const METRIC_SOURCES = ['resource', 'pods', 'object', 'external', 'containerResource'] as const;

function metricSource(metric: Draft): Draft | undefined {
  return METRIC_SOURCES.map((name) => part(metric, name)).find((source) => source !== undefined);
}

function metricName(source: Draft | undefined): string {
  return textAt(source, 'name') || textAt(part(source, 'metric'), 'name');
}

/** Targets of a HorizontalPodAutoscaler: now and wanted. */
export function scalerTargets(scaler: Draft): string {
  const current = parts(part(scaler, 'status'), 'currentMetrics').map(metricSource);
  const texts = parts(part(scaler, 'spec'), 'metrics').map((metric) => {
    const source = metricSource(metric);
    const name = metricName(source);
    const found = part(
      current.find((item) => metricName(item) === name),
      'current',
    );
    const now = found === undefined ? '<unknown>' : metricTarget(found);
    const prefix = metric['type'] === 'Resource' ? `${name}: ` : '';
    return `${prefix}${now}/${metricTarget(part(source, 'target'))}`;
  });
  return orNone(texts.join(', '));
}

/** The text at a path, or N/A. */
export function orNotAvailable(...path: readonly string[]): (object: Draft) => string {
  return (object) => textOf(object, ...path) || 'N/A';
}

/** A number of the status. */
export const status = (...path: readonly string[]): ((object: Draft) => number) => {
  return (object) => numberOf(object, 'status', ...path);
};
/** The text at a path. */
export const text = (...path: readonly string[]): ((object: Draft) => string) => {
  return (object) => textOf(object, ...path);
};
