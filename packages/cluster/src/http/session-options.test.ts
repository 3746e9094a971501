import { describe, expect, it } from 'vitest';
import { portNumber } from './port-pair.ts';
import { endWords, readSessionOptions, readTerminalSize } from './session-options.ts';

describe('readTerminalSize', () => {
  it.each([
    ['{"Width":80,"Height":24}', { width: 80, height: 24 }],
    ['{"Width":80}', undefined],
    ['{"Width":"80","Height":24}', undefined],
    ['null', undefined],
    ['{', undefined],
    [`{"Width":80,"Height":24,"x":"${'x'.repeat(1024)}"}`, undefined],
  ])('%s', (text, size) => {
    expect(readTerminalSize(text)).toEqual(size);
  });
});

describe('readSessionOptions', () => {
  it('reads every member, and tells a terminal on one output', () => {
    const query = new URLSearchParams('command=a&command=b&container=c&stdin=true&stdout=1&stderr=true&tty=true');
    expect(readSessionOptions(query)).toEqual({
      command: ['a', 'b'],
      container: 'c',
      stdin: true,
      stdout: true,
      stderr: false,
      tty: true,
    });
  });
});

describe('endWords', () => {
  it.each([
    { subresource: 'exec', end: { kind: 'exited', exitCode: 0 }, plain: '', status: 'Success' },
    { subresource: 'exec', end: { kind: 'exited', exitCode: 2 }, plain: /exit status 2/, status: 'NonZeroExitCode' },
    { subresource: 'attach', end: { kind: 'exited', exitCode: 2 }, plain: '', status: 'Success' },
    { subresource: 'attach', end: { kind: 'failed', message: 'broken' }, plain: 'broken', status: 'InternalError' },
  ] as const)('of $subresource that $end.kind', ({ subresource, end, plain, status }) => {
    const words = endWords(end, subresource);
    expect(words.plain).toEqual(typeof plain === 'string' ? plain : expect.stringMatching(plain));
    expect(words.status).toContain(`"${status}"`);
  });
});

describe('portNumber', () => {
  it.each([
    ['1', 1],
    ['65535', 65_535],
    ['0', undefined],
    ['65536', undefined],
    ['8e1', undefined],
    ['', undefined],
  ])('%s', (text, port) => {
    expect(portNumber(text)).toBe(port);
  });
});
