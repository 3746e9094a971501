import { compareText, err, ok, type Result } from '@argosy/std';
import type { Container, EnvFromSource, EnvVar, Pod, ResourceFieldRef } from './pod-types.ts';
import { rolesOf } from './pod-types.ts';
import { divideQuantity } from './quantity.ts';

/** Data of a ConfigMap or Secret by key. */
export type ObjectData = ReadonlyMap<string, Buffer>;

/** The objects a pod refers to, read at one moment. A missing one is absent from its map. */
export interface PodObjects {
  readonly configMaps: ReadonlyMap<string, ObjectData>;
  readonly secrets: ReadonlyMap<string, ObjectData>;
  /** Services of the pod's namespace, for the old-style variables. */
  readonly services: readonly ServiceAddress[];
}

/** A Service as environment variables tell it. */
export interface ServiceAddress {
  readonly name: string;
  readonly clusterIp: string;
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
}

/** What the pod can say of itself beside its object. */
export interface PodFacts {
  readonly podIp: string;
  readonly hostIp: string;
  /** Node allocatable, for resourceFieldRef without a limit. */
  readonly allocatable: { readonly [resource: string]: string };
  /** Where pods reach the API server. */
  readonly apiServer?: { readonly host: string; readonly port: number };
}

const REFERENCE = /\$\$|\$\(([A-Za-z_.][-A-Za-z0-9_.]*)\)/g;
const ENV_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** Replaces `$(NAME)` by known variables; unknown references stay as written and `$$` stands for one dollar sign. */
export function expandVariables(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(REFERENCE, (whole: string, name: string | undefined) => {
    if (name === undefined) return '$';
    return known.get(name) ?? whole;
  });
}

function metadataField(pod: Pod, path: string): string | undefined {
  const { metadata } = pod;
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed !== null) {
    const map = (keyed[1] === 'labels' ? metadata.labels : metadata.annotations) ?? {};
    const key = keyed[2] ?? '';
    return Object.hasOwn(map, key) ? map[key] : '';
  }
  const quoted = (map: { readonly [key: string]: string } | undefined): string =>
    Object.keys(map ?? {})
      .sort(compareText)
      .map((key) => `${key}=${JSON.stringify(map?.[key] ?? '')}`)
      .join('\n');
  const table = new Map<string, string>([
    ['metadata.name', metadata.name],
    ['metadata.namespace', metadata.namespace ?? ''],
    ['metadata.uid', metadata.uid ?? ''],
    ['metadata.labels', quoted(metadata.labels)],
    ['metadata.annotations', quoted(metadata.annotations)],
  ]);
  return table.get(path);
}

/** The value of a fieldRef; `undefined` for a path that pods do not offer. */
export function fieldValue(pod: Pod, facts: PodFacts, path: string): string | undefined {
  const table = new Map<string, string>([
    ['spec.nodeName', pod.spec.nodeName ?? ''],
    ['spec.serviceAccountName', pod.spec.serviceAccountName ?? 'default'],
    ['status.podIP', facts.podIp],
    ['status.podIPs', facts.podIp],
    ['status.hostIP', facts.hostIp],
    ['status.hostIPs', facts.hostIp],
  ]);
  return table.get(path) ?? metadataField(pod, path);
}

type Quantities = { readonly [resource: string]: string | number };

function quantityOf(container: Container, path: string, facts: PodFacts): Result<string, string> {
  const [, side, resource = ''] = /^(limits|requests)\.(.+)$/.exec(path) ?? [];
  if (side === undefined) return err(`resourceFieldRef.resource is "${path}"; it must be limits.x or requests.x`);
  const isLimit = side === 'limits';
  const asked: Quantities = container.resources?.[isLimit ? 'limits' : 'requests'] ?? {};
  const fallback: Quantities = isLimit ? facts.allocatable : {};
  return ok(String(asked[resource] ?? fallback[resource] ?? '0'));
}

/** The value of a resourceFieldRef; a missing limit stands for what the node has. */
export function resourceValue(
  pod: Pod,
  reference: ResourceFieldRef,
  context: { readonly container: string; readonly facts: PodFacts },
): Result<string, string> {
  const name = reference.containerName ?? context.container;
  const container = rolesOf(pod.spec).find((item) => item.spec.name === name)?.spec;
  if (container === undefined) return err(`resourceFieldRef names container "${name}", which the pod does not have`);
  const quantity = quantityOf(container, reference.resource, context.facts);
  return quantity.ok ? divideQuantity(quantity.value, reference.divisor ?? '1') : quantity;
}

function keyValue(
  objects: ReadonlyMap<string, ObjectData>,
  reference: { readonly name: string; readonly key: string; readonly optional?: boolean },
  words: { readonly kind: 'configmap' | 'secret'; readonly namespace: string },
): Result<string | undefined, string> {
  const data = objects.get(reference.name);
  if (data === undefined) {
    return reference.optional === true ? ok(undefined) : err(`${words.kind} "${reference.name}" not found`);
  }
  const value = data.get(reference.key);
  if (value !== undefined) return ok(value.toString('utf8'));
  const kind = words.kind === 'configmap' ? 'ConfigMap' : 'Secret';
  if (reference.optional === true) return ok(undefined);
  return err(`couldn't find key ${reference.key} in ${kind} ${words.namespace}/${reference.name}`);
}

/** What building an environment needs. */
export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly objects: PodObjects;
  readonly facts: PodFacts;
}

function sourceValue(input: EnvironmentInput, variable: EnvVar): Result<string | undefined, string> {
  const { pod, objects, facts } = input;
  const source = variable.valueFrom ?? {};
  const namespace = pod.metadata.namespace ?? '';
  if (source.fieldRef !== undefined) {
    const value = fieldValue(pod, facts, source.fieldRef.fieldPath);
    return value === undefined
      ? err(`env ${variable.name}: unknown fieldPath ${source.fieldRef.fieldPath}`)
      : ok(value);
  }
  if (source.resourceFieldRef !== undefined) {
    return resourceValue(pod, source.resourceFieldRef, { container: input.container.name, facts });
  }
  if (source.configMapKeyRef !== undefined) {
    return keyValue(objects.configMaps, source.configMapKeyRef, { kind: 'configmap', namespace });
  }
  if (source.secretKeyRef !== undefined) {
    return keyValue(objects.secrets, source.secretKeyRef, { kind: 'secret', namespace });
  }
  return ok('');
}

/** An environment, and the names that could not become variables. */
export interface Environment {
  readonly variables: ReadonlyMap<string, string>;
  /** Sentences about keys that cannot be names of variables. */
  readonly skipped: readonly string[];
}

function addSource(input: EnvironmentInput, source: EnvFromSource, target: EnvironmentDraft): string | undefined {
  const reference = source.configMapRef ?? source.secretRef;
  if (reference === undefined) return undefined;
  const kind = source.configMapRef === undefined ? 'secret' : 'configmap';
  const objects = kind === 'secret' ? input.objects.secrets : input.objects.configMaps;
  const data = objects.get(reference.name);
  if (data === undefined) return reference.optional === true ? undefined : `${kind} "${reference.name}" not found`;
  const place = `${kind} ${input.pod.metadata.namespace ?? ''}/${reference.name}`;
  addKeys(data, { prefix: source.prefix ?? '', place }, target);
  return undefined;
}

/** Adds what can be variables, and a sentence about the rest. */
function addKeys(
  data: ObjectData,
  source: { readonly prefix: string; readonly place: string },
  target: EnvironmentDraft,
): void {
  const invalid: string[] = [];
  for (const [key, value] of data) {
    const name = `${source.prefix}${key}`;
    if (ENV_NAME.test(name)) target.variables.set(name, value.toString('utf8'));
    else invalid.push(name);
  }
  if (invalid.length === 0) return;
  const words = 'were skipped since they are considered invalid environment variable names.';
  target.skipped.push(`Keys [${invalid.join(', ')}] from the EnvFrom ${source.place} ${words}`);
}

interface EnvironmentDraft {
  readonly variables: Map<string, string>;
  readonly skipped: string[];
}

function serviceVariables(input: EnvironmentInput): Map<string, string> {
  const variables = new Map<string, string>();
  if (input.pod.spec.enableServiceLinks !== false) {
    for (const service of input.objects.services) addService(variables, service);
  }
  const api = input.facts.apiServer;
  if (api === undefined) return variables;
  return new Map([
    ...variables,
    ['KUBERNETES_SERVICE_HOST', api.host],
    ['KUBERNETES_SERVICE_PORT', String(api.port)],
    ['KUBERNETES_SERVICE_PORT_HTTPS', String(api.port)],
  ]);
}

function addService(variables: Map<string, string>, service: ServiceAddress): void {
  const [first] = service.ports;
  if (first === undefined || service.clusterIp === '' || service.clusterIp === 'None') return;
  const prefix = service.name.toUpperCase().replaceAll('-', '_');
  variables.set(`${prefix}_SERVICE_HOST`, service.clusterIp);
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
  variables.set(`${prefix}_PORT`, `${(first.protocol ?? 'TCP').toLowerCase()}://${service.clusterIp}:${first.port}`);
  for (const port of service.ports) {
    const protocol = port.protocol ?? 'TCP';
    const base = `${prefix}_PORT_${port.port}_${protocol}`;
    variables.set(base, `${protocol.toLowerCase()}://${service.clusterIp}:${port.port}`);
    variables.set(`${base}_PROTO`, protocol.toLowerCase());
    variables.set(`${base}_PORT`, String(port.port));
    variables.set(`${base}_ADDR`, service.clusterIp);
    if (port.name !== undefined && port.name !== '') {
      variables.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port));
    }
  }
}

/**
 * The environment of a container: Service variables, then envFrom, then env in its order, each over the one before.
 * The error is the sentence for CreateContainerConfigError.
 */
export function buildEnvironment(input: EnvironmentInput): Result<Environment, string> {
  const variables = serviceVariables(input);
  const skipped: string[] = [];
  for (const source of input.container.envFrom ?? []) {
    const fault = addSource(input, source, { variables, skipped });
    if (fault !== undefined) return err(fault);
  }
  for (const variable of input.container.env ?? []) {
    if (variable.valueFrom === undefined) {
      variables.set(variable.name, expandVariables(variable.value ?? '', variables));
      continue;
    }
    const value = sourceValue(input, variable);
    if (!value.ok) return value;
    if (value.value !== undefined) variables.set(variable.name, value.value);
  }
  return ok({ variables, skipped });
}
