import { accessSync, constants, statSync } from 'node:fs';
import { posix } from 'node:path';
import type { ContainerOrder, RuntimeMount } from './contract.ts';

/** Where the agent itself looks for the programs of this machine that it runs, such as mkfifo, bwrap and nsenter. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** True when the machine has a program in its usual folders. */
export function hasSystemProgram(name: string): boolean {
  return SYSTEM_PATH.split(':').some((folder) => look(posix.join(folder, name), []) === 'program');
}

/** Where a path inside a container lies on the host; `undefined` when only the container itself has it. */
function hostPathOf(path: string, mounts: readonly RuntimeMount[]): string {
  let best: RuntimeMount | undefined;
  for (const mount of mounts) {
    const isInside = path === mount.mountPath || path.startsWith(`${mount.mountPath}/`);
    if (isInside && (best === undefined || mount.mountPath.length > best.mountPath.length)) best = mount;
  }
  return best === undefined ? path : posix.join(best.hostPath, path.slice(best.mountPath.length));
}

type Found = 'program' | 'missing' | 'not-executable';

function look(path: string, mounts: readonly RuntimeMount[]): Found {
  const hostPath = hostPathOf(path, mounts);
  try {
    if (!statSync(hostPath).isFile()) return 'not-executable';
    accessSync(hostPath, constants.X_OK);
    return 'program';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'not-executable' : 'missing';
  }
}

/** The sentence for StartError when the program of a container does not exist or cannot be run; `undefined` when it can. */
export function programFault(order: ContainerOrder, path: string): string | undefined {
  const [program = ''] = order.command;
  if (program.includes('/')) {
    const found = look(posix.resolve(order.workingDir ?? '/', program), order.mounts);
    if (found === 'program') return undefined;
    const words = found === 'missing' ? 'no such file or directory' : 'permission denied';
    return `failed to start container "${order.container}": exec: "${program}": ${words}`;
  }
  const isFound = path
    .split(':')
    .some((folder) => folder !== '' && look(posix.join(folder, program), order.mounts) === 'program');
  if (isFound) return undefined;
  return `failed to start container "${order.container}": exec: "${program}": executable file not found in $PATH`;
}
