import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process is gone, or this system has no /proc.
    return undefined;
  }
}

function commandLine(pid: number): string | undefined {
  const text = readText(`/proc/${pid}/cmdline`);
  if (text !== undefined || process.platform === 'linux') return text;
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8', timeout: 2000 });
  } catch {
    return undefined;
  }
}

/** Clock ticks after boot at which a process began; `undefined` where the system does not tell. */
export function processStartTicks(pid: number): number | undefined {
  const fields = readText(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /, '')
    .split(' ');
  const ticks = Number(fields?.[19]);
  return fields === undefined || Number.isNaN(ticks) ? undefined : ticks;
}

/** The children of a process's main thread. */
export function childPids(pid: number): readonly number[] {
  const text = readText(`/proc/${pid}/task/${pid}/children`)?.trim() ?? '';
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Names the running boot of the machine: pids of another boot mean nothing. */
export function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown';
}

/**
 * True only when `pid` is the keeper of the container with this id: its command line carries the id, and it began when
 * the record says (if the record says). A recycled pid never passes.
 */
export function isKeeper(pid: number, id: string, startTicks: number | undefined): boolean {
  if (commandLine(pid)?.includes(`argosy-container-${id}`) !== true) return false;
  return startTicks === undefined || processStartTicks(pid) === startTicks;
}
