import { readdirSync, readFileSync } from 'node:fs';

/** Processor time and memory of a process and everything below it. */
export interface TreeUsage {
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

interface ProcessLine {
  readonly parent: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** Linux counts processor time in ticks of a hundredth of a second, whatever the kernel's own clock. */
const TICK_MS = 10;
const PAGE_BYTES = 4096;

/** Reads a line of /proc/<pid>/stat; `undefined` when it is not one. Own time includes that of children waited for. */
export function readProcessLine(text: string): ProcessLine | undefined {
  // The name stands in parentheses and may hold anything, parentheses too.
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  const numbers = [1, 11, 12, 13, 14, 21].map((index) => Number(fields[index]));
  if (numbers.some((value) => !Number.isFinite(value))) return undefined;
  const [parent = 0, user = 0, system = 0, childUser = 0, childSystem = 0, pages = 0] = numbers;
  return { parent, cpuMs: (user + system + childUser + childSystem) * TICK_MS, memoryBytes: pages * PAGE_BYTES };
}

function readAll(): ReadonlyMap<number, ProcessLine> {
  const lines = new Map<number, ProcessLine>();
  let names: readonly string[];
  try {
    names = readdirSync('/proc');
  } catch {
    // A system without /proc measures nothing.
    return lines;
  }
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const line = readProcessLine(readFileSync(`/proc/${name}/stat`, 'utf8'));
      if (line !== undefined) lines.set(Number(name), line);
    } catch {
      // The process ended while the list was read.
    }
  }
  return lines;
}

type Lines = ReadonlyMap<number, ProcessLine>;
const NOTHING: ProcessLine = Object.freeze({ parent: 0, cpuMs: 0, memoryBytes: 0 });

function addUp(root: number, lines: Lines, children: ReadonlyMap<number, readonly number[]>): TreeUsage {
  let [cpuMs, memoryBytes] = [0, 0];
  const waiting = [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const line = lines.get(pid) ?? NOTHING;
    cpuMs += line.cpuMs;
    memoryBytes += line.memoryBytes;
    waiting.push(...(children.get(pid) ?? []));
  }
  return { cpuMs, memoryBytes };
}

/** What the trees under `roots` use, from one look at all processes. A root that is gone is left out. */
export function measureTrees(roots: readonly number[]): ReadonlyMap<number, TreeUsage> {
  const lines = readAll();
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of lines) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  const standing = roots.filter((root) => lines.has(root));
  return new Map(standing.map((root) => [root, addUp(root, lines, children)]));
}
