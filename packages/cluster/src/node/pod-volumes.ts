import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { ClaimPlace } from './claim-paths.ts';
import { ContainerRefusal, type MintToken, type RuntimeMount } from './contract.ts';
import { expandVariables } from './environment.ts';
import type { Container, Pod, Volume } from './pod-types.ts';
import { isInnerPath, volumeFiles, type VolumeFile, type VolumeInput } from './volume-files.ts';

/** Where volumes come from on this node. */
export interface VolumeSources {
  /** The pod's own folder. */
  readonly podDir: string;
  /** Folders of this machine that hostPath may name; none by default. */
  readonly hostPathRoots: readonly string[];
  readonly mintToken?: MintToken;
  /** Containers may run as users that this agent cannot map to its own: their tokens must be readable to them. */
  readonly hasForeignUsers?: boolean;
  /** The folder that an inline volume of a driver shows to a pod; undefined when there is no such driver. */
  readonly inlineFolder?: InlineFolder;
  /** Finds the folder behind a bound claim. */
  readonly findClaim: (namespace: string, claim: string) => Promise<ClaimPlace>;
}

/** Where an inline volume's folder is. Nothing that a pod's author writes has a say in it, except the pod's name. */
export type InlineFolder = (
  driver: string,
  pod: { readonly namespace: string; readonly name: string },
) => string | undefined;

/** A volume that stands. */
export interface PreparedVolume {
  readonly hostPath: string;
  readonly readOnly: boolean;
}

/** All volumes of a pod, and when the first token in them must be renewed (seconds from now). */
export interface PreparedVolumes {
  readonly volumes: ReadonlyMap<string, PreparedVolume>;
  readonly renewAfterSeconds?: number;
}

/** A volume cannot be set up; the message is for the event FailedMount. */
export class VolumeFault extends Error {
  override readonly name = 'VolumeFault';
}

function fault(volume: Volume, words: string): VolumeFault {
  return new VolumeFault(`MountVolume.SetUp failed for volume "${volume.name}" : ${words}`);
}

function firstPart(path: string): string {
  return path.split('/')[0] ?? path;
}

function pointAt(target: string, path: string): void {
  const part = `${path}.new`;
  rmSync(part, { force: true });
  symlinkSync(target, part);
  renameSync(part, path);
}

/**
 * Makes a folder show exactly `files`, all of them at once: they are written beside, then the link `..data` moves.
 * Readers see the old set or the new set, never a mixture.
 */
export function publishFiles(
  dir: string,
  files: readonly { readonly path: string; readonly mode: number; readonly content: Buffer }[],
): void {
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const digest = createHash('sha256');
  for (const file of files) digest.update(`${file.path}\0${file.mode}\0${file.content.length}\0`).update(file.content);
  const name = `..${digest.digest('hex').slice(0, 16)}`;
  const link = join(dir, '..data');
  const before = existsSync(link) || isLink(link) ? readlinkSync(link) : undefined;
  if (before === name) return;
  rmSync(join(dir, name), { recursive: true, force: true });
  mkdirSync(join(dir, name), { mode: 0o755 });
  for (const file of files) {
    const path = join(dir, name, file.path);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, file.content, { mode: file.mode });
  }
  pointAt(name, link);
  for (const top of new Set(files.map((file) => firstPart(file.path)))) pointAt(join('..data', top), join(dir, top));
  if (before !== undefined) rmSync(join(dir, before), { recursive: true, force: true });
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

async function materialize(
  file: VolumeFile,
  pod: Pod,
  sources: VolumeSources,
): Promise<{ path: string; mode: number; content: Buffer }> {
  const { path } = file;
  const { mintToken } = sources;
  if (file.kind === 'content') return { path, mode: file.mode, content: file.content };
  // The folder above is private to the agent: only the pod's own containers see the file.
  const mode = sources.hasForeignUsers === true ? 0o644 : file.mode;
  if (mintToken === undefined) throw new VolumeFault('this node cannot issue service account tokens');
  const account = { namespace: pod.metadata.namespace ?? '', name: pod.spec.serviceAccountName ?? 'default' };
  const { audiences, expirationSeconds } = file;
  return { path, mode, content: Buffer.from(await mintToken(account, pod, { audiences, expirationSeconds })) };
}

/** Makes a host path that may be made, or says that it is missing. */
function ensureHostPath(volume: Volume, path: string, type: string): void {
  if (existsSync(path)) return;
  if (type === 'DirectoryOrCreate') mkdirSync(path, { recursive: true, mode: 0o755 });
  else if (type === 'FileOrCreate') writeFileSync(path, '', { mode: 0o644 });
  else throw fault(volume, `hostPath ${path} does not exist`);
}

function hostPath(volume: Volume, sources: VolumeSources): PreparedVolume {
  const { path, type = '' } = volume.hostPath ?? { path: '' };
  return allowedPath(volume, { path, type }, sources);
}

/** A path of this machine, if it lies in a folder that is allowed, also after links are followed. */
function allowedPath(
  volume: Volume,
  wanted: { readonly path: string; readonly type: string },
  sources: VolumeSources,
): PreparedVolume {
  const { path, type } = wanted;
  const isAllowed = (real: string): boolean =>
    sources.hostPathRoots.some((root) => real === root || real.startsWith(`${root}${sep}`));
  const roots = sources.hostPathRoots.length === 0 ? 'none' : sources.hostPathRoots.join(', ');
  const denied = fault(volume, `hostPath ${path} is not allowed on this machine; allowed folders: ${roots}`);
  if (path.split('/').includes('..') || !isAllowed(path)) throw denied;
  ensureHostPath(volume, path, type);
  const real = realpathSync(path);
  if (!isAllowed(real)) throw denied;
  return { hostPath: real, readOnly: false };
}

function inlineVolume(volume: Volume, pod: Pod, sources: VolumeSources): PreparedVolume {
  const { driver = '', readOnly = false } = volume.csi ?? {};
  const { namespace = '', name } = pod.metadata;
  const path = sources.inlineFolder?.(driver, { namespace, name });
  if (path === undefined) throw fault(volume, `this node has no driver "${driver}"`);
  if (!existsSync(path)) throw fault(volume, `driver "${driver}" has nothing for this pod`);
  return { hostPath: path, readOnly };
}

async function claimVolume(volume: Volume, pod: Pod, sources: VolumeSources): Promise<PreparedVolume> {
  const { claimName = '', readOnly = false } = volume.persistentVolumeClaim ?? {};
  const place = await sources.findClaim(pod.metadata.namespace ?? '', claimName);
  if ('fault' in place) throw fault(volume, place.fault);
  const { path, isOwn } = place;
  if (!isOwn) return { ...allowedPath(volume, { path, type: 'DirectoryOrCreate' }, sources), readOnly };
  return { hostPath: openFolder(path, pod.spec.securityContext?.fsGroup), readOnly };
}

const OPEN_MODE = 0o777;
const GROUP_MODE = 0o2775;

/** Makes a folder that any user of the pod may write to: for everybody, or with fsGroup for that group. */
function openFolder(path: string, fsGroup: number | undefined): string {
  const isNew = !existsSync(path);
  mkdirSync(path, { recursive: true });
  if (isNew) chmodSync(path, OPEN_MODE);
  if (fsGroup !== undefined) giveToGroup(path, fsGroup);
  return path;
}

/** Gives a folder and all in it to a group, once: a folder that is the group's already is left alone. */
function giveToGroup(path: string, gid: number): void {
  const entry = lstatSync(path);
  if (entry.gid === gid && (entry.mode & GROUP_MODE) === GROUP_MODE) return;
  if (process.getuid?.() !== 0 && process.getgroups?.().includes(gid) !== true) return;
  lchownSync(path, entry.uid, gid);
  if (entry.isSymbolicLink()) return;
  if (!entry.isDirectory()) {
    chmodSync(path, entry.mode | 0o060);
    return;
  }
  for (const name of readdirSync(path)) giveToGroup(join(path, name), gid);
  chmodSync(path, (entry.mode & 0o777) | GROUP_MODE);
}

const MEMORY_ROOT = '/dev/shm';

/** Removes everything that a pod has on this machine. */
export function removePodFolders(podDir: string): void {
  rmSync(podDir, { recursive: true, force: true });
  const memory = memoryVolumes(podDir);
  if (memory !== undefined) rmSync(memory, { recursive: true, force: true });
}

/** The folder of a pod's memory volumes; `undefined` on machines without one. */
function memoryVolumes(podDir: string): string | undefined {
  return existsSync(MEMORY_ROOT) ? join(MEMORY_ROOT, `argosy-${digestOf(podDir)}`) : undefined;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

function memoryFolder(sources: VolumeSources, name: string): string | undefined {
  const root = memoryVolumes(sources.podDir);
  if (root === undefined) return undefined;
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return join(root, name);
}

type PreparedOne = PreparedVolume & { readonly renewAfterSeconds?: number };

function emptyVolume(volume: Volume, input: VolumeInput, sources: VolumeSources): PreparedVolume {
  const onDisk = volumeFolder(volume, sources);
  const place = volume.emptyDir?.medium === 'Memory' ? (memoryFolder(sources, volume.name) ?? onDisk) : onDisk;
  return { hostPath: openFolder(place, input.pod.spec.securityContext?.fsGroup), readOnly: false };
}

function volumeFolder(volume: Volume, sources: VolumeSources): string {
  return join(sources.podDir, 'volumes', volume.name);
}

async function fileVolume(volume: Volume, input: VolumeInput, sources: VolumeSources): Promise<PreparedOne> {
  const files = volumeFiles(volume, input);
  if (files === undefined) {
    const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'nothing';
    throw fault(volume, `volumes of kind "${kind}" are not offered by this node`);
  }
  if (!files.ok) throw fault(volume, files.error);
  const dir = volumeFolder(volume, sources);
  const fsGroup = input.pod.spec.securityContext?.fsGroup;
  publishFiles(dir, await Promise.all(files.value.map((file) => materialize(file, input.pod, sources))));
  if (fsGroup !== undefined) giveToGroup(dir, fsGroup);
  const spans = files.value.flatMap((file) => (file.kind === 'token' ? [file.expirationSeconds * 0.8] : []));
  return {
    hostPath: dir,
    readOnly: true,
    ...(spans.length === 0 ? {} : { renewAfterSeconds: Math.min(...spans, 86_400) }),
  };
}

async function prepareOne(volume: Volume, input: VolumeInput, sources: VolumeSources): Promise<PreparedOne> {
  if (volume.hostPath !== undefined) return hostPath(volume, sources);
  if (volume.persistentVolumeClaim !== undefined) return claimVolume(volume, input.pod, sources);
  if (volume.csi !== undefined) return inlineVolume(volume, input.pod, sources);
  if (volume.emptyDir !== undefined) return emptyVolume(volume, input, sources);
  return fileVolume(volume, input, sources);
}

/**
 * Lays all volumes of a pod out on disk; may be repeated, and then brings changed content up to date.
 * @throws VolumeFault with the sentence for FailedMount.
 */
export async function prepareVolumes(input: VolumeInput, sources: VolumeSources): Promise<PreparedVolumes> {
  const volumes = new Map<string, PreparedVolume>();
  const spans: number[] = [];
  for (const volume of input.pod.spec.volumes ?? []) {
    const { renewAfterSeconds, ...prepared } = await prepareOne(volume, input, sources);
    volumes.set(volume.name, prepared);
    if (renewAfterSeconds !== undefined) spans.push(renewAfterSeconds);
  }
  return { volumes, ...(spans.length === 0 ? {} : { renewAfterSeconds: Math.min(...spans) }) };
}

function subPathOf(mount: NonNullable<Container['volumeMounts']>[number], env: ReadonlyMap<string, string>): string {
  if (mount.subPathExpr !== undefined && mount.subPathExpr !== '') return expandVariables(mount.subPathExpr, env);
  return mount.subPath ?? '';
}

/** A path inside a volume, which must not lead out of it by links. */
function innerPath(volume: PreparedVolume, subPath: string): string {
  const path = join(volume.hostPath, subPath);
  if (!existsSync(path)) openFolder(path, undefined);
  const real = realpathSync(path);
  const root = realpathSync(volume.hostPath);
  if (real !== root && !real.startsWith(`${root}${sep}`)) {
    throw new ContainerRefusal('CreateContainerConfigError', `subPath "${subPath}" leads out of its volume`);
  }
  return real;
}

/**
 * The mounts of one container.
 * @throws ContainerRefusal naming the volume or path that is wrong.
 */
export function mountsOf(
  container: Container,
  volumes: ReadonlyMap<string, PreparedVolume>,
  env: ReadonlyMap<string, string>,
): readonly RuntimeMount[] {
  return (container.volumeMounts ?? []).map((mount) => {
    const volume = volumes.get(mount.name);
    if (volume === undefined) {
      throw new ContainerRefusal(
        'CreateContainerConfigError',
        `volumeMount names volume "${mount.name}", which the pod does not have`,
      );
    }
    const subPath = subPathOf(mount, env);
    if (subPath !== '' && !isInnerPath(subPath)) {
      throw new ContainerRefusal(
        'CreateContainerConfigError',
        `subPath "${subPath}" must be relative and must not contain ".."`,
      );
    }
    return {
      mountPath: mount.mountPath,
      hostPath: subPath === '' ? volume.hostPath : innerPath(volume, subPath),
      readOnly: mount.readOnly === true || volume.readOnly,
      isOptional: mount.mountPath === API_ACCESS_PATH,
    };
  });
}

/** Where every Kubernetes client looks for its token. */
export const API_ACCESS_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
