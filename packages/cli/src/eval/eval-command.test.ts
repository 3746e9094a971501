import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { inputLines, runCommand, type Terminal } from '../command/index.ts';
import { evalCommand } from './index.ts';

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function* chunked(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  // Three bytes at a time: characters and lines are cut anywhere.
  for (let at = 0; at < bytes.length; at += 3) yield await Promise.resolve(bytes.subarray(at, at + 3));
}

async function run(
  argv: readonly string[],
  input = '',
  files: { readonly [path: string]: string } = {},
): Promise<Printed> {
  const printed = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
    readInput: () => Promise.resolve(input),
    inputLines: () => inputLines(chunked(input)),
    readFile: (path) =>
      files[path] === undefined ? Promise.reject(new Error('ENOENT')) : Promise.resolve(files[path]),
    env: {},
    interactive: false,
    signal: new AbortController().signal,
  };
  const code = await runCommand(evalCommand, argv, terminal);
  return { code, ...printed };
}

const batch = async (...lines: readonly string[]): Promise<readonly string[]> => {
  const { code, out } = await run(['--batch'], lines.join('\n'));
  expect(code).toBe(0);
  return out.trimEnd().split('\n');
};

describe('argosy eval', () => {
  it('prints a value as JSON', async () => {
    expect(await run(['--lang', 'cel', '[1, {"a": 2.5}]'])).toEqual({
      code: 0,
      out: '[\n  1,\n  {\n    "a": 2.5\n  }\n]\n',
      err: '',
    });
  });

  it('reads variables from standard input and files, in JSON without rounding or in YAML', async () => {
    expect((await run(['-l', 'cel', '--vars', '-', 'a + 1'], '{"a": 9007199254740993}')).out).toBe(
      '9007199254740994\n',
    );
    expect(
      (await run(['-l', 'cel', '--vars', 'v.yaml', '-f', 's.cel'], '', { 'v.yaml': 'a: 2', 's.cel': 'a * 2' })).out,
    ).toBe('4\n');
  });

  it('shows where an error is', async () => {
    const { code, err } = await run(['--lang', 'cel', '1 +\n  nope']);
    expect(code).toBe(1);
    expect(err).toBe("Error: undeclared reference to 'nope' (in container '') (2:3)\n |   nope\n |   ^\n");
  });

  it.each([
    [['--lang', 'basic', '1'], /--lang: found "basic", allowed are cel, cron, expr/],
    [['1'], /--lang: found ""/],
    [['--lang', 'cel'], /no source/],
    [['--lang', 'cel', '-f', 'x', '1'], /either as an argument or with --file/],
    [['--lang', 'cel', '-f', 'gone'], /cannot read gone: ENOENT/],
    [['--lang', 'cel', '-f', '-', '--vars', '-'], /cannot both be standard input/],
    [['--batch', '--lang', 'cel'], /drop --lang/],
    [['--batch', '1'], /sources from standard input/],
  ])('%j is refused', async (argv, message) => {
    const { code, err } = await run(argv);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });

  it('answers a batch line by line, in order', async () => {
    const answers = await batch(
      '{"id":1,"lang":"cel","source":"a + 1","vars":{"a":9007199254740993}}',
      '{"id":"é","lang":"semver","source":">1","vars":{"versions":["1.0.0","2.0.0"]}}',
      '',
      '{"id":3,"lang":"cel","source":"1 +\\n x"}',
      '{"id":12345678901234567890,"lang":"cel","source":"[0.0/0.0, 1.0/0.0]"}',
      '{"lang":"cel","source":"true"}',
    );
    expect(answers).toEqual([
      '{"id":1,"value":9007199254740994}',
      '{"id":"é","value":["2.0.0"]}',
      `{"id":3,"error":{"message":"undeclared reference to 'x' (in container '')","line":2,"column":2}}`,
      '{"id":12345678901234567890,"value":["NaN","Infinity"]}',
      '{"id":null,"value":true}',
    ]);
  });

  it('gives templates cryptography, the clock and randomness', async () => {
    const source = '{{ (genCAWithKey "ca" 2 (genPrivateKey "ecdsa")).Cert }}';
    const one = await run(['--lang', 'gotemplate', source]);
    const line = JSON.stringify({ id: 1, lang: 'gotemplate', source });
    const lines = await batch(line, line);
    const certs = [one.out, ...lines.map((answer) => JSON.stringify((JSON.parse(answer) as { value: string }).value))];
    const read = certs.map((text) => new X509Certificate(JSON.parse(text) as string));
    for (const { subject, ca, validFrom } of read) {
      expect([subject, ca]).toEqual(['CN=ca', true]);
      expect(Math.abs(Date.parse(validFrom) - Date.now())).toBeLessThan(60_000);
    }
    expect(new Set(read.map(({ serialNumber }) => serialNumber)).size).toBe(3);
    const [first, second] = [1, 2].map(() => run(['--lang', 'gotemplate', '{{ randAlphaNum 20 }}']));
    expect((await first)?.out).not.toBe((await second)?.out);
  });

  it('answers what is no request with an error and goes on', async () => {
    const answers = await batch(
      'nonsense',
      '[]',
      '{"id":1}',
      '{"id":2,"lang":"cel"}',
      '{"id":{},"lang":"cel","source":"1"}',
      '{"id":4,"lang":"basic","source":""}',
      '{"id":5,"lang":"cel","source":"1"}',
    );
    const parsed = answers.map(
      (line) => JSON.parse(line) as { id: unknown; error?: { message: string; line: number } },
    );
    expect(parsed.map(({ id }) => id)).toEqual([null, null, 1, 2, null, 4, 5]);
    expect(parsed.map(({ error }) => error?.message.split(':')[0])).toEqual([
      'malformed line',
      'malformed line',
      'lang must be a text',
      'source must be a text',
      'id must be a text, a number, a boolean or null',
      'unknown language "basic", allowed are cel, cron, expr, glob, gotemplate, jq, jsonnet, jsonpath, lua, semver, tags, when, yaml'.split(
        ':',
      )[0],
      undefined,
    ]);
    expect(parsed[0]?.error?.line).toBe(1);
  });

  it('has help with examples', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('eval --batch');
    expect(out).toContain('Examples:');
  });
});

describe('inputLines', () => {
  const linesOf = async (text: string, limit?: number): Promise<readonly (string | undefined)[]> => {
    const lines: (string | undefined)[] = [];
    for await (const line of inputLines(chunked(text), limit)) lines.push(line);
    return lines;
  };

  it.each([
    ['a\nb', ['a', 'b'], 'the last line needs no break'],
    ['a\r\n\nb\n', ['a', '', 'b'], 'carriage returns and empty lines'],
    ['', [], 'nothing'],
    ['é🙂\n', ['é🙂'], 'characters cut between chunks'],
  ])('%j', async (text, lines, reason) => {
    expect(await linesOf(text), reason).toEqual(lines);
  });

  it('skips a line over the limit without keeping it', async () => {
    expect(await linesOf(`short\n${'x'.repeat(1000)}\nnext`, 100)).toEqual(['short', undefined, 'next']);
  });
});
