import { cpus, freemem, totalmem } from 'node:os';
import { after, milliseconds, type Clock, type Instant, type Timer } from '@argosy/std';
import type { NodeUsage } from '../apiserver/index.ts';
import { instanceKey, type InstanceUsage } from './contract.ts';

/** How often containers are measured: the window of what metrics.k8s.io tells. */
export const USAGE_WINDOW_MS = 15_000;

interface Sample {
  readonly at: Instant;
  readonly instances: ReadonlyMap<string, InstanceUsage>;
  readonly machineCpuMs: number;
}

/** Measures a node's containers until stopped. */
export interface UsageSampler {
  /** The average of the last window; `undefined` until there have been two measurements. */
  usage(): NodeUsage | undefined;
  stop(): void;
}

/** Processor time of the whole machine since it started. */
function machineCpuMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

function compare(nodeName: string, before: Sample, now: Sample): NodeUsage {
  const windowMs = Math.max(1, now.at - before.at);
  const rate = (cpuMs: number): number => Math.max(0, (cpuMs / windowMs) * 1e9);
  const containers = [...now.instances].flatMap(([key, { ref, cpuMs, memoryBytes }]) => {
    const earlier = before.instances.get(key);
    if (earlier === undefined) return [];
    const { podUid, container } = ref;
    return [{ podUid, container, cpuNano: rate(cpuMs - earlier.cpuMs), memoryBytes }];
  });
  return {
    nodeName,
    measuredAt: now.at,
    windowMs,
    cpuNano: rate(now.machineCpuMs - before.machineCpuMs),
    memoryBytes: totalmem() - freemem(),
    containers,
  };
}

/** Begins to measure: now, and at each end of a window. */
export function startUsageSampler(
  options: { readonly clock: Clock; readonly nodeName: string; readonly windowMs?: number },
  measure: () => readonly InstanceUsage[],
): UsageSampler {
  const { clock, nodeName, windowMs = USAGE_WINDOW_MS } = options;
  let timer: Timer | undefined;
  let before: Sample | undefined;
  let latest: NodeUsage | undefined;

  function sample(): void {
    // The moment is taken first: what is read later would count time that is not in the window.
    const at = clock.now();
    const instances = new Map(measure().map((usage) => [instanceKey(usage.ref), usage]));
    const now: Sample = { at, instances, machineCpuMs: machineCpuMs() };
    if (before !== undefined) latest = compare(nodeName, before, now);
    before = now;
    timer = clock.schedule(after(clock.now(), milliseconds(windowMs)), sample);
  }
  sample();
  return { usage: () => latest, stop: () => timer?.cancel() };
}
