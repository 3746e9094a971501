import { readdirSync, readFileSync } from 'node:fs';
import { after, milliseconds, type Clock, type Timer } from '@argosy/std';

/** How often processes with a memory limit are looked at. */
const LOOK_EVERY_MS = 250;
/** Processes of one container that are counted; a container with more has left its limits long ago. */
const MOST_PROCESSES = 4096;

/** A container whose memory is watched. */
export interface WatchedMemory {
  /** `undefined` without a limit, or when it does not run. */
  readonly memoryLimitBytes: number | undefined;
  /** The processes whose descendants are the container. */
  readonly memoryRoots: readonly number[];
  /** Ends the container as the kernel would that runs out of memory. */
  endOutOfMemory(): void;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended in this moment: it holds nothing any more.
    return '';
  }
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** The children of all threads of a process. */
function childrenOf(pid: number): readonly number[] {
  return tasksOf(pid).flatMap((task) => {
    const text = readText(`/proc/${pid}/task/${task}/children`).trim();
    return text === '' ? [] : text.split(' ').map(Number);
  });
}

/** Everything below some processes, not they themselves. */
function descendantsOf(roots: readonly number[]): readonly number[] {
  const found: number[] = [];
  const open = [...roots];
  for (let pid = open.pop(); pid !== undefined && found.length < MOST_PROCESSES; pid = open.pop()) {
    const children = childrenOf(pid);
    found.push(...children);
    open.push(...children);
  }
  return found;
}

function kibibytes(text: string, field: string): number {
  const [, value = '0'] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text) ?? [];
  return Number(value);
}

/** What the descendants of some processes hold: each its own part of what is shared, where the first count is too high. */
export function memoryOf(roots: readonly number[], limitBytes: number): number {
  const pids = descendantsOf(roots);
  const sum = (file: string, field: string): number =>
    pids.reduce((total, pid) => total + kibibytes(readText(`/proc/${pid}/${file}`), field) * 1024, 0);
  const resident = sum('status', 'VmRSS');
  return resident <= limitBytes ? resident : sum('smaps_rollup', 'Pss');
}

/**
 * Ends containers that hold more memory than they may, where there is no kernel to do it: looked at every quarter of a
 * second, so a limit can be passed for that long.
 */
export class MemoryWatch {
  readonly #clock: Clock;
  readonly #list: () => Iterable<WatchedMemory>;
  #timer: Timer | undefined;

  constructor(clock: Clock, list: () => Iterable<WatchedMemory>) {
    this.#clock = clock;
    this.#list = list;
  }

  /** Looks from now on, as long as there is a container with a limit. */
  wake(): void {
    if (this.#timer !== undefined) return;
    const limited = [...this.#list()].some((each) => each.memoryLimitBytes !== undefined);
    if (!limited) return;
    const at = after(this.#clock.now(), milliseconds(LOOK_EVERY_MS));
    this.#timer = this.#clock.schedule(at, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    for (const each of this.#list()) {
      const limit = each.memoryLimitBytes;
      if (limit !== undefined && memoryOf(each.memoryRoots, limit) > limit) each.endOutOfMemory();
    }
    this.wake();
  }
}
