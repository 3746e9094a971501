import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expandVariables } from './environment.ts';
import { enterCommand, rightsFrom } from './enter-sandbox.ts';
import { createPodAddresses } from './pod-addresses.ts';
import { publishFiles } from './pod-volumes.ts';
import { isKeeper } from './process-identity.ts';
import { qosClassOf } from './qos.ts';
import { divideQuantity, quantityToCount } from './quantity.ts';
import { StartSlots } from './start-slots.ts';
import { statusPatch } from './status-patch.ts';
import { terminalFault } from './terminal.ts';
import { isInnerPath } from './volume-files.ts';

describe('quantities', () => {
  it.each([
    { text: '1', want: 1 },
    { text: '64Mi', want: 67_108_864 },
    { text: '1.5k', want: 1500 },
    { text: '100m', want: 1 },
    { text: '2e3', want: 2000 },
    { text: '12Kib', want: undefined },
    { text: '', want: undefined },
  ])('$text is $want whole units', ({ text, want }) => {
    expect(quantityToCount(text)).toBe(want);
  });

  it('divides and rounds up', () => {
    expect(divideQuantity('250m', '1')).toEqual({ ok: true, value: '1' });
    expect(divideQuantity('250m', '1m')).toEqual({ ok: true, value: '250' });
    expect(divideQuantity('x', '1')).toEqual({ ok: false, error: 'quantity "x" cannot be read' });
  });
});

describe('expandVariables', () => {
  const known = new Map([['A', '1']]);
  it.each([
    { text: '$(A)', want: '1', reason: 'known' },
    { text: '$(B)', want: '$(B)', reason: 'unknown stays' },
    { text: '$$(A)', want: '$(A)', reason: 'escaped' },
    { text: '$$$(A)', want: '$1', reason: 'escape, then a reference' },
    { text: '$A ${A}', want: '$A ${A}', reason: 'shell syntax is not ours' },
  ])('$text → $want ($reason)', ({ text, want }) => {
    expect(expandVariables(text, known)).toBe(want);
  });
});

describe('pod addresses', () => {
  it('are unique, kept for the same pod, reused after release, and run out with a sentence', () => {
    const addresses = createPodAddresses('127.65.0.0/30');
    const first = addresses.take('a');
    expect(addresses.take('a')).toBe(first);
    const second = addresses.take('b');
    expect(new Set([first, second])).toEqual(new Set(['127.65.0.1', '127.65.0.2']));
    expect(() => addresses.take('c')).toThrow('every address of 127.65.0.0/30 is held by a pod');
    addresses.release('a');
    expect(addresses.take('c', first)).toBe(first);
  });

  it('refuse a range that cannot be read', () => {
    expect(() => createPodAddresses('127.65.0.0')).toThrow('expected an IPv4 range like 127.65.0.0/16');
  });
});

describe('statusPatch', () => {
  it('names only what changed, removes what is gone, and says nothing when nothing changed', () => {
    const before = {
      phase: 'Running',
      reason: 'Old',
      conditions: [
        { type: 'Ready', status: 'False', reason: 'X' },
        { type: 'Mine', status: 'True' },
      ],
    } as const;
    expect(statusPatch(before, before)).toBeUndefined();
    const next = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } as const;
    expect(statusPatch(before, next)).toEqual({
      reason: null,
      conditions: [{ type: 'Ready', status: 'True', reason: null, message: null }],
    });
  });
});

describe('qosClassOf', () => {
  it.each([
    { resources: {}, want: 'BestEffort' },
    { resources: { requests: { cpu: '1' } }, want: 'Burstable' },
    { resources: { limits: { cpu: '1', memory: '1Gi' } }, want: 'Guaranteed' },
    { resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1' } }, want: 'Burstable' },
  ])('$want', ({ resources, want }) => {
    expect(qosClassOf({ containers: [{ name: 'a', resources }] })).toBe(want);
  });
});

describe('publishFiles', () => {
  it('swaps all files at once and leaves no old ones', () => {
    const dir = mkdtempSync(join(tmpdir(), 'argosy-files-'));
    try {
      publishFiles(dir, [{ path: 'a/b', mode: 0o600, content: Buffer.from('one') }]);
      expect(readFileSync(join(dir, 'a/b'), 'utf8')).toBe('one');
      publishFiles(dir, [{ path: 'a/b', mode: 0o600, content: Buffer.from('two') }]);
      expect(readFileSync(join(dir, 'a/b'), 'utf8')).toBe('two');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it.each(['/x', '../x', 'a/../../x', ''])('paths like "%s" are not inside a volume', (path) => {
    expect(isInnerPath(path)).toBe(false);
  });
});

describe('isKeeper', () => {
  it('never takes a foreign process for ours', () => {
    expect(isKeeper(process.pid, 'no-such-container', undefined)).toBe(false);
    expect(isKeeper(process.ppid, 'no-such-container', undefined)).toBe(false);
  });
});

describe('StartSlots', () => {
  it('never runs more than its limit and lets everybody through in order', async () => {
    const slots = new StartSlots(2);
    const order: number[] = [];
    let most = 0;
    const gates: (() => void)[] = [];
    const all = [0, 1, 2, 3].map((index) =>
      slots.run(async () => {
        order.push(index);
        most = Math.max(most, slots.taken);
        await new Promise<void>((resolve) => gates.push(resolve));
      }),
    );
    await expect.poll(() => gates.length).toBe(2);
    gates.shift()?.();
    await expect.poll(() => order.length).toBe(3);
    gates.shift()?.();
    await expect.poll(() => order.length).toBe(4);
    for (const gate of gates) gate();
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(most).toBe(2);
    expect(slots.taken).toBe(0);
  });
});

describe('a command that joins a container', () => {
  const status =
    'Uid:\t1000\t1000\t1000\t1000\nGid:\t7\t7\t7\t7\nCapPrm:\t0000000000000403\nCapBnd:\t0000000000000401\n';

  it('takes over user and capabilities of its main process', () => {
    expect(rightsFrom(status, '         0          0 4294967295\n', true)).toEqual({
      users: 'shared',
      uid: 1000,
      gid: 7,
      capabilities: [0, 10],
    });
    expect(rightsFrom(status, '      1000          0          1\n', false).users).toBe('own');
    expect(rightsFrom(status, '         0       1000          1\n', false).users).toBe('own-root');
  });

  it('does not join the mounts of a container before it has dropped its rights', () => {
    const words = enterCommand(process.pid, rightsFrom(status, '0 0 1', true), ['true']);
    const chroot = words.indexOf('chroot');
    expect(words.slice(0, chroot)).not.toContain('-m');
    expect(words.slice(0, chroot)).toContain('--no-new-privs');
    expect(words.slice(chroot)).toContain('--userspec=1000:7');
  });
});

describe('terminals', () => {
  it('are refused in words where they cannot be', () => {
    expect(terminalFault('darwin')).toBe('terminals (tty) are offered on Linux only, this machine runs darwin');
    expect(terminalFault('linux')).toBeUndefined();
  });
});
