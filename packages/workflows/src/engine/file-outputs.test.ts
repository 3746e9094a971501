import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { parseFileOutputs, readFileOutputs, wrapCommand, wrapperEnvironment } from './file-outputs.ts';

const directory = mkdtempSync(join(tmpdir(), 'argosy-outputs-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const parameter = (name: string, path: string, fallback?: string) => ({
  name,
  valueFrom: { path, ...(fallback === undefined ? {} : { default: fallback }) },
});

function run(script: string, files: readonly { name: string; valueFrom: { path: string } }[]) {
  const [program = '', ...args] = wrapCommand(['sh', '-c', script]);
  const target = join(directory, 'message');
  const variables = Object.fromEntries(wrapperEnvironment(files).map((item) => [item.name, item.value]));
  const env = { PATH: process.env['PATH'] ?? '', ...variables, ARGO_OUTPUT_FILE: target };
  const stdout = execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return { stdout, message: readFileSync(target, 'utf8') };
}

describe('file outputs', () => {
  it('brings what a program wrote back, byte for byte', () => {
    const files = [
      parameter('a', join(directory, 'a b')),
      parameter('b', join(directory, 'b')),
      parameter('c', join(directory, 'c'), 'fallback'),
    ];
    const script = `printf 'line\\nöß\\n' > '${directory}/a b'; : > ${directory}/b; echo out`;
    const { stdout, message } = run(script, files);
    expect(stdout).toBe('out\n');
    expect(readFileOutputs(files, message)).toEqual({
      ok: true,
      value: [
        { ...files[0], value: 'line\nöß' },
        { ...files[1], value: '' },
        { ...files[2], value: 'fallback' },
      ],
    });
  });

  it('passes the exit code through', () => {
    expect(() => run('exit 7', [parameter('a', '/nowhere')])).toThrowError(expect.objectContaining({ status: 7 }));
  });

  it.each([
    ['', 'a message that is missing'],
    ['argo-outputs/1\n0 9000\nxx', 'a message that was cut'],
    ['argo-outputs/1\n1 2\nxx', 'an index out of order'],
    ['something else\n', 'a message of somebody else'],
  ])('refuses %j: %s', (message) => {
    const result = parseFileOutputs(message, 1);
    expect(result.ok ? '' : result.error).toContain('at most 4096 bytes');
  });

  it('names a file that was not written', () => {
    expect(readFileOutputs([parameter('a', '/tmp/a')], 'argo-outputs/1\n0 -\n')).toEqual({
      ok: false,
      error: 'outputs.parameters.a: /tmp/a was not written and there is no default',
    });
  });
});
