import { accessSync, constants } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '@argosy/cli';
import { fnv32a } from '@argosy/std';

/** The rooms of a data directory. */
export interface DataDirectory {
  readonly root: string;
  /** The control plane's log. */
  readonly cluster: string;
  /** The certificate authority and its keys. */
  readonly pki: string;
  /** The node agent's state, logs and volumes. */
  readonly node: string;
  /** Folders of PersistentVolumeClaims. */
  readonly volumes: string;
  /** Artifacts of workflows. */
  readonly artifacts: string;
  /** Bare clones of repositories. */
  readonly repositories: string;
  readonly demoRepository: string;
  readonly kubeconfig: string;
  readonly adminPasswordFile: string;
  readonly caFile: string;
  readonly auditFile: string;
  /** Who did what through the Kubernetes API. */
  readonly kubeAuditFile: string;
  /** Loopback ranges of pods and Services: each data directory has its own, so that two of them can run side by side. */
  readonly podRange: string;
  readonly serviceRange: string;
}

/** The first and the number of second octets that ranges are chosen from: 127.20 to 127.119. */
const FIRST_OCTET = 20;
const OCTET_COUNT = 100;

/** What a failed file operation means, in words that name the place. */
export function explainFileError(error: unknown, path: string): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  const words: { readonly [code: string]: string } = {
    EACCES: 'is not writable by this user',
    EPERM: 'is not writable by this user',
    EROFS: 'lies on a read-only file system',
    ENOSPC: 'lies on a full disk',
    EDQUOT: 'is over its disk quota',
    ENOTDIR: 'runs through something that is not a directory',
    EEXIST: 'exists and is not a directory',
  };
  const known = code === undefined ? undefined : words[code];
  return `the data directory ${path} ${known ?? `cannot be used: ${error instanceof Error ? error.message : String(error)}`}`;
}

/**
 * Creates the directory, readable by its owner only, and proves that it can be written.
 * @throws CommandError with one sentence that names the directory and the trouble.
 */
export async function openDataDirectory(root: string): Promise<DataDirectory> {
  const octet = FIRST_OCTET + (fnv32a(root) % OCTET_COUNT);
  const rooms: DataDirectory = {
    root,
    podRange: `127.${octet}.0.0/17`,
    serviceRange: `127.${octet}.128.0/17`,
    cluster: join(root, 'cluster'),
    pki: join(root, 'pki'),
    node: join(root, 'node'),
    volumes: join(root, 'volumes'),
    artifacts: join(root, 'artifacts'),
    repositories: join(root, 'repositories'),
    demoRepository: join(root, 'demo'),
    kubeconfig: join(root, 'kubeconfig'),
    adminPasswordFile: join(root, 'admin-password'),
    caFile: join(root, 'ca.crt'),
    auditFile: join(root, 'audit', 'audit.log'),
    kubeAuditFile: join(root, 'audit', 'kubernetes.log'),
  };
  try {
    for (const path of [
      root,
      rooms.cluster,
      rooms.pki,
      rooms.node,
      rooms.volumes,
      rooms.repositories,
      join(root, 'audit'),
    ]) {
      await mkdir(path, { recursive: true, mode: 0o700 });
    }
    await chmod(root, 0o700);
    accessSync(root, constants.W_OK);
    await writePrivateFile(join(root, '.writable'), 'yes\n');
    await rm(join(root, '.writable'));
  } catch (error) {
    throw new CommandError(explainFileError(error, root));
  }
  return rooms;
}

/** Replaces a file in one step, readable by its owner only. An unchanged file is left alone. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const old = await readFile(path, 'utf8').catch(() => undefined);
  if (old === text) return;
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
}
