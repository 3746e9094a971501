import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { measureTrees, readProcessLine } from './process-usage.ts';

describe('readProcessLine', () => {
  it('reads a line whatever the name of the program', () => {
    const rest = 'S 1 5 5 0 -1 4194560 10 0 0 0 120 30 5 5 20 0 1 0 100 10000 256 0';
    expect(readProcessLine(`7 (a) b (c) ${rest}`)).toEqual({ parent: 1, cpuMs: 1600, memoryBytes: 256 * 4096 });
    expect(readProcessLine('nothing')).toBeUndefined();
  });
});

describe.runIf(process.platform === 'linux')('measureTrees', () => {
  it('adds up a process and its children, and leaves out what is gone', async () => {
    const child = spawn('/bin/sh', ['-c', 'sleep 30 & wait'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    await expect.poll(() => (measureTrees([pid]).get(pid)?.memoryBytes ?? 0) > 0).toBe(true);
    const own = measureTrees([process.pid]).get(process.pid);
    expect(own?.cpuMs).toBeGreaterThan(0);
    expect(own?.memoryBytes).toBeGreaterThan(measureTrees([pid]).get(pid)?.memoryBytes ?? Infinity);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(measureTrees([pid]).has(pid)).toBe(false);
  });
});
