import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Artifact } from '@argosy/api/workflows';
import { getPath } from '@argosy/std';

import {
  archiveOf,
  DEFAULT_KEY_FORMAT,
  locationKind,
  type ArtifactFacts,
  type ArtifactLoad,
  type ArtifactSave,
} from '../engine/index.ts';
import type { ArtifactDriver, DriverIo, OpenArtifact } from './artifact-driver.ts';
import { ArtifactFault, ArtifactMeter, DEFAULT_ARTIFACT_LIMITS, type ArtifactLimits } from './artifact-fault.ts';
import { createFolderDriver, keyPath } from './folder-driver.ts';
import { httpDriver } from './http-driver.ts';
import { packTar } from './pack-tar.ts';
import { rawDriver } from './raw-driver.ts';
import { isTarball, unpackTar } from './unpack-tar.ts';

/** A pod by name. */
export interface PodPlace {
  readonly namespace: string;
  readonly name: string;
}

/** How artifacts are kept on this machine. */
export interface ArtifactStoreOptions {
  /** A folder of its own; made with mode 0700. */
  readonly directory: string;
  /** How keys begin that artifacts do not name themselves. @default '{{workflow.name}}/{{pod.name}}' */
  readonly keyFormat?: string;
  /** Keep the log of every pod. @default false */
  readonly archiveLogs?: boolean;
  readonly limits?: Partial<ArtifactLimits>;
}

/** A stored artifact that somebody wants to read. */
export interface WantedArtifact {
  readonly namespace: string;
  readonly artifact: Artifact;
  /** The place of a file below a stored folder. @default the artifact itself */
  readonly inner?: string;
}

/** What is stored of a pod that ended. */
export interface SaveOrder {
  readonly saves: readonly ArtifactSave[];
  /** A program that failed need not have written its artifacts. */
  readonly hasFailed: boolean;
  /** Opens the log of `main`. */
  readonly openLog: () => AsyncIterable<Uint8Array>;
}

/** Lays input artifacts out for pods of this machine, stores what they leave, and hands it out again. */
export interface ArtifactStore {
  /** What workflows are planned with. */
  readonly facts: ArtifactFacts;
  /** The folder that the pod's volume shows. */
  podFolder(pod: PodPlace): string;
  /**
   * Lays out what a pod is given; what lies there already is left as it is.
   * @throws ArtifactFault naming the artifact.
   */
  stage(pod: PodPlace, loads: readonly ArtifactLoad[], signal: AbortSignal): Promise<void>;
  /**
   * Stores what a pod left, and says where. Everything is tried; what went wrong is told together.
   * @throws ArtifactFault naming the artifacts.
   */
  save(pod: PodPlace, order: SaveOrder, signal: AbortSignal): Promise<readonly Artifact[]>;
  /** Removes what was laid out for a pod. */
  release(pod: PodPlace): Promise<void>;
  /**
   * Opens a stored artifact.
   * @throws ArtifactFault, with `isMissing` when nothing is stored there.
   */
  open(wanted: WantedArtifact, signal: AbortSignal): Promise<OpenArtifact>;
}

/** File that says that everything a pod is given lies there. */
const STAGED = 'staged';

function describe(error: unknown): string {
  if (error instanceof ArtifactFault) return error.message;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  // Messages of the system name folders of this machine, and those of clients name URLs: neither is for a status.
  return code ?? 'it could not be read or stored';
}

async function setModes(path: string, item: Artifact): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  const isTop = item.mode !== undefined;
  const mode = isTop ? (item.mode ?? 0) & 0o777 : found.mode | (found.isDirectory() ? 0o777 : 0o666);
  const isDirectory = found.isDirectory();
  if (isDirectory) {
    const { mode: _mode, ...open } = item;
    for (const name of await readdir(path)) await setModes(join(path, name), item.recurseMode === true ? item : open);
  }
  await chmod(path, mode);
}

/** An archive with one entry at the top stands for that entry. */
async function unwrap(folder: string, target: string): Promise<void> {
  const [first, ...others] = await readdir(folder);
  if (first === undefined || others.length > 0) await rename(folder, target);
  else {
    await rename(join(folder, first), target);
    await rm(folder, { recursive: true, force: true });
  }
}

class MachineStore implements ArtifactStore {
  readonly facts: ArtifactFacts;
  readonly #options: ArtifactStoreOptions;
  readonly #limits: ArtifactLimits;
  readonly #repository: ArtifactDriver;

  constructor(options: ArtifactStoreOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_ARTIFACT_LIMITS, ...options.limits };
    this.#repository = createFolderDriver(join(options.directory, 'repository'));
    this.facts = {
      keyFormat: options.keyFormat ?? DEFAULT_KEY_FORMAT,
      archiveLogs: options.archiveLogs ?? false,
    };
  }

  podFolder({ namespace, name }: PodPlace): string {
    return join(this.#options.directory, 'pods', keyPath(namespace), keyPath(name));
  }

  #io(namespace: string, signal: AbortSignal): DriverIo {
    return { namespace, limits: this.#limits, signal };
  }

  #driverOf(artifact: Artifact): ArtifactDriver {
    const kind = locationKind(artifact);
    if (kind === 'raw') return rawDriver;
    if (kind === 'http') return httpDriver;
    const [endpoint, bucket] = [getPath(artifact.s3, ['endpoint']), getPath(artifact.s3, ['bucket'])];
    if (kind === 's3' && (endpoint ?? bucket ?? '') === '') return this.#repository;
    const what =
      kind === 's3' ? 's3 with an endpoint or a bucket of its own' : (kind ?? 'an artifact without location');
    throw new ArtifactFault(`${what} is not supported yet: use a key in the default repository, http or raw`);
  }

  async stage(pod: PodPlace, loads: readonly ArtifactLoad[], signal: AbortSignal): Promise<void> {
    const folder = this.podFolder(pod);
    if ((await lstat(join(folder, STAGED)).catch(() => undefined)) !== undefined) return;
    await rm(folder, { recursive: true, force: true });
    for (const name of ['in', 'out']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
    await chmod(join(folder, 'out'), 0o777);
    for (const { artifact, place } of loads) {
      try {
        await this.#load(artifact, join(folder, place), this.#io(pod.namespace, signal));
      } catch (error) {
        throw new ArtifactFault(`artifact ${artifact.name} failed to load: ${describe(error)}`);
      }
    }
    await writeFile(join(folder, STAGED), '', { mode: 0o600 });
  }

  async #load(artifact: Artifact, target: string, io: DriverIo): Promise<void> {
    const part = `${target}.tmp`;
    await this.#driverOf(artifact).load(artifact, part, io);
    const archive = archiveOf(artifact);
    const isFile = (await lstat(part)).isFile();
    if (isFile && archive !== 'none' && (archive === 'tar' || (await isTarball(part)))) {
      await unpackTar(part, `${target}.new`, this.#limits);
      await rm(part);
      await unwrap(`${target}.new`, target);
    } else await rename(part, target);
    await setModes(target, artifact);
  }

  async save(pod: PodPlace, order: SaveOrder, signal: AbortSignal): Promise<readonly Artifact[]> {
    const io = this.#io(pod.namespace, signal);
    const stored: Artifact[] = [];
    const problems: string[] = [];
    for (const save of order.saves) {
      try {
        if (await this.#save(pod, save, { order, io })) stored.push(save.artifact);
      } catch (error) {
        problems.push(`artifact ${save.artifact.name}: ${describe(error)}`);
      }
    }
    if (problems.length > 0) throw new ArtifactFault(problems.join('; '));
    return stored;
  }

  /** False when there is nothing to store and nothing is missed. */
  async #save(pod: PodPlace, save: ArtifactSave, how: { order: SaveOrder; io: DriverIo }): Promise<boolean> {
    const { artifact, place } = save;
    if (place === undefined) {
      await this.#withPart((part) => this.#saveLog(artifact, part, how));
      return true;
    }
    const source = join(this.podFolder(pod), place);
    const trouble = await readFile(`${source}.problem`, 'utf8').catch(() => '');
    if (trouble !== '') throw new ArtifactFault(`it could not be copied: ${trouble.slice(0, 500).trim()}`);
    if ((await lstat(source).catch(() => undefined)) === undefined) {
      if (artifact.optional === true || how.order.hasFailed) return false;
      throw new ArtifactFault(`${artifact.path ?? ''} was not written`);
    }
    await this.#withPart((part) => this.#savePacked(artifact, { source, part }, how.io));
    return true;
  }

  async #withPart(work: (part: string) => Promise<void>): Promise<void> {
    const folder = join(this.#options.directory, 'unfinished');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const part = join(folder, randomUUID());
    try {
      await work(part);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }

  async #saveLog(artifact: Artifact, part: string, how: { order: SaveOrder; io: DriverIo }): Promise<void> {
    const meter = new ArtifactMeter(this.#limits);
    const metered = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of how.order.openLog()) {
        meter.addBytes(chunk.length);
        yield chunk;
      }
    };
    await pipeline(Readable.from(metered()), createWriteStream(part, { flags: 'wx', mode: 0o600 }));
    await this.#put(artifact, part, how.io);
  }

  async #savePacked(artifact: Artifact, at: { source: string; part: string }, io: DriverIo): Promise<void> {
    if (archiveOf(artifact) === 'none') return this.#put(artifact, at.source, io);
    const name = (artifact.path ?? '').replace(/\/+$/, '').split('/').at(-1) ?? artifact.name;
    const given = Number(getPath(artifact.archive, ['tar', 'compressionLevel']) ?? -1);
    const level = Number.isInteger(given) && given >= -1 && given <= 9 ? given : -1;
    await packTar(at.source, at.part, { name, level, limits: this.#limits });
    return this.#put(artifact, at.part, io);
  }

  async #put(artifact: Artifact, source: string, io: DriverIo): Promise<void> {
    const driver = this.#driverOf(artifact);
    if (driver.save === undefined) throw new ArtifactFault(`${locationKind(artifact) ?? ''} cannot store artifacts`);
    await driver.save(artifact, source, io);
  }

  async release(pod: PodPlace): Promise<void> {
    await rm(this.podFolder(pod), { recursive: true, force: true });
  }

  async open({ namespace, artifact, inner = '' }: WantedArtifact, signal: AbortSignal): Promise<OpenArtifact> {
    const driver = this.#driverOf(artifact);
    if (driver.open === undefined)
      throw new ArtifactFault(`${locationKind(artifact) ?? ''} artifacts cannot be downloaded`);
    return driver.open(artifact, inner, this.#io(namespace, signal));
  }
}

/** The store of artifacts of one machine. Its folder is readable by its owner only. */
export async function openArtifactStore(options: ArtifactStoreOptions): Promise<ArtifactStore> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  // What an earlier run left half done.
  await rm(join(options.directory, 'unfinished'), { recursive: true, force: true });
  return new MachineStore(options);
}
