import { err, ok, type Result } from '@argosy/std';
import { fieldValue, resourceValue, type ObjectData, type PodFacts, type PodObjects } from './environment.ts';
import {
  rolesOf,
  type Container,
  type DownwardFile,
  type EnvVarSource,
  type KeyToPath,
  type ObjectProjection,
  type Pod,
  type ProjectedSource,
  type Volume,
} from './pod-types.ts';

/** A file of a volume: content known now, or a token to be minted. `mode` is the permission bits. */
export type VolumeFile =
  | { readonly kind: 'content'; readonly path: string; readonly mode: number; readonly content: Buffer }
  | {
      readonly kind: 'token';
      readonly path: string;
      readonly mode: number;
      readonly audiences: readonly string[];
      readonly expirationSeconds: number;
    };

/** What building files needs. */
export interface VolumeInput {
  readonly pod: Pod;
  readonly objects: PodObjects;
  readonly facts: PodFacts;
}

type Files = Result<readonly VolumeFile[], string>;

const LEAST_TOKEN_SECONDS = 600;

/** Paths inside a volume are relative and stay inside. */
export function isInnerPath(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.split('/').includes('..') && !path.startsWith('..');
}

function fromData(
  data: ObjectData | undefined,
  source: { readonly items?: readonly KeyToPath[] | undefined; readonly optional?: boolean | undefined },
  words: { readonly what: string; readonly mode: number },
): Files {
  if (data === undefined) return source.optional === true ? ok([]) : err(`${words.what} not found`);
  const items: readonly KeyToPath[] = source.items ?? [...data.keys()].map((key) => ({ key, path: key }));
  const files: VolumeFile[] = [];
  for (const item of items) {
    const content = data.get(item.key);
    if (!isInnerPath(item.path)) return err(`path "${item.path}" must be relative and must not contain ".."`);
    if (content !== undefined) files.push({ kind: 'content', path: item.path, mode: item.mode ?? words.mode, content });
    else if (source.optional !== true) return err(`${words.what} has no key "${item.key}"`);
  }
  return ok(files);
}

function fromDownward(items: readonly DownwardFile[], input: VolumeInput, mode: number): Files {
  const files: VolumeFile[] = [];
  for (const item of items) {
    if (!isInnerPath(item.path)) return err(`path "${item.path}" must be relative and must not contain ".."`);
    const value = downwardValue(item, input);
    if (!value.ok) return value;
    files.push({ kind: 'content', path: item.path, mode: item.mode ?? mode, content: Buffer.from(value.value) });
  }
  return ok(files);
}

function downwardValue(item: DownwardFile, input: VolumeInput): Result<string, string> {
  if (item.resourceFieldRef !== undefined) {
    return resourceValue(input.pod, item.resourceFieldRef, { container: '', facts: input.facts });
  }
  const path = item.fieldRef?.fieldPath ?? '';
  const value = fieldValue(input.pod, input.facts, path);
  return value === undefined ? err(`unknown fieldPath ${path}`) : ok(value);
}

function fromToken(token: NonNullable<ProjectedSource['serviceAccountToken']>): Files {
  const { path, audience = '' } = token;
  const expirationSeconds = Math.max(LEAST_TOKEN_SECONDS, token.expirationSeconds ?? 3600);
  return ok([{ kind: 'token', path, mode: 0o600, audiences: audience === '' ? [] : [audience], expirationSeconds }]);
}

function fromConfigMap(source: ObjectProjection, input: VolumeInput, mode: number): Files {
  const { name = '' } = source;
  return fromData(input.objects.configMaps.get(name), source, { what: `configmap "${name}"`, mode });
}

function fromSecret(source: ObjectProjection, input: VolumeInput, mode: number): Files {
  const { name = '' } = source;
  return fromData(input.objects.secrets.get(name), source, { what: `secret "${name}"`, mode });
}

function fromProjection(source: ProjectedSource, input: VolumeInput, mode: number): Files {
  if (source.configMap !== undefined) return fromConfigMap(source.configMap, input, mode);
  if (source.secret !== undefined) return fromSecret(source.secret, input, mode);
  if (source.downwardAPI !== undefined) return fromDownward(source.downwardAPI.items ?? [], input, mode);
  if (source.serviceAccountToken !== undefined) return fromToken(source.serviceAccountToken);
  return err('a source of a projected volume is of a kind that this node does not know');
}

function fromProjected(sources: readonly ProjectedSource[], input: VolumeInput, mode: number): Files {
  const files: VolumeFile[] = [];
  for (const source of sources) {
    const part = fromProjection(source, input, mode);
    if (!part.ok) return part;
    files.push(...part.value);
  }
  return ok(files);
}

function secretFiles(secret: NonNullable<Volume['secret']>, input: VolumeInput): Files {
  const { secretName = '', defaultMode = 0o644, ...rest } = secret;
  return fromSecret({ ...rest, name: secretName }, input, defaultMode);
}

/** The files of a volume whose content comes from objects; `undefined` for volumes of other kinds. */
export function volumeFiles(volume: Volume, input: VolumeInput): Files | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) return fromConfigMap(configMap, input, configMap.defaultMode ?? 0o644);
  if (secret !== undefined) return secretFiles(secret, input);
  if (downwardAPI !== undefined) {
    return fromDownward(downwardAPI.items ?? [], input, downwardAPI.defaultMode ?? 0o644);
  }
  if (projected === undefined) return undefined;
  return fromProjected(projected.sources ?? [], input, projected.defaultMode ?? 0o644);
}

interface Names {
  readonly configMaps: (string | undefined)[];
  readonly secrets: (string | undefined)[];
}

function addVolume(volume: Volume, names: Names): void {
  names.configMaps.push(volume.configMap?.name);
  names.secrets.push(volume.secret?.secretName);
  for (const source of volume.projected?.sources ?? []) {
    names.configMaps.push(source.configMap?.name);
    names.secrets.push(source.secret?.name);
  }
}

function addVariable(source: EnvVarSource, names: Names): void {
  names.configMaps.push(source.configMapKeyRef?.name);
  names.secrets.push(source.secretKeyRef?.name);
}

function addContainer(container: Container, names: Names): void {
  for (const source of container.envFrom ?? []) {
    names.configMaps.push(source.configMapRef?.name);
    names.secrets.push(source.secretRef?.name);
  }
  for (const variable of container.env ?? []) addVariable(variable.valueFrom ?? {}, names);
}

const distinct = (names: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(names.filter((name): name is string => name !== undefined && name !== '')),
];

/** The names of ConfigMaps and Secrets that a pod refers to, each once. */
export function referencesOf(pod: Pod): {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
} {
  const names: Names = { configMaps: [], secrets: [] };
  for (const volume of pod.spec.volumes ?? []) addVolume(volume, names);
  for (const { spec } of rolesOf(pod.spec)) addContainer(spec, names);
  names.secrets.push(...(pod.spec.imagePullSecrets ?? []).map((reference) => reference.name));
  return { configMaps: distinct(names.configMaps), secrets: distinct(names.secrets) };
}
