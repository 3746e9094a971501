import { describe, expect, it } from 'vitest';
import { CommandError, runCommand, type Command, type Terminal } from './index.ts';

function terminal(env: Terminal['env'] = {}): Terminal & { readonly printed: { out: string; err: string } } {
  const printed = { out: '', err: '' };
  return {
    printed,
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
    readInput: () => Promise.resolve(''),
    readFile: () => Promise.resolve(''),
    env,
    interactive: false,
    signal: new AbortController().signal,
  };
}

const tree: Command = {
  name: 'prog',
  summary: 'A program.',
  flags: [
    { name: 'level', short: 'l', type: 'integer', description: 'a number', defaultValue: '3', env: 'PROG_LEVEL' },
  ],
  children: [
    {
      name: 'show',
      aliases: ['sh'],
      usage: 'NAME [flags]',
      summary: 'Shows',
      example: 'prog show x',
      flags: [
        { name: 'all', short: 'a', type: 'boolean', description: 'all' },
        { name: 'brief', short: 'b', type: 'boolean', description: 'brief' },
        { name: 'set', short: 's', type: 'texts', description: 'values' },
        { name: 'tag', type: 'strings', description: 'tags' },
        { name: 'for', type: 'duration', description: 'how long' },
      ],
      args: { least: 1, most: 2 },
      run: ({ args, flags, terminal: io }) => {
        if (args[0] === 'fail') throw new CommandError('it broke', 20);
        const seen = [
          args.join('+'),
          flags.boolean('all'),
          flags.boolean('brief'),
          flags.list('set').join('|'),
          flags.list('tag').join('|'),
          flags.integer('level'),
          flags.durationMs('for'),
        ];
        io.out(`${seen.join(' ')}\n`);
        return Promise.resolve(0);
      },
    },
  ],
};

const good: readonly (readonly [string, string, string])[] = [
  ['show x', 'x false false   3 0', 'nothing given'],
  ['show x -ab', 'x true true   3 0', 'combined booleans'],
  ['show --all=false x', 'x false false   3 0', 'a boolean with a value'],
  ['--level 7 show x', 'x false false   7 0', 'a flag of the parent before the command'],
  ['show -l9 x', 'x false false   9 0', 'a short flag with its value attached'],
  ['sh x -s a=1,2 -s=b', 'x false false a=1,2|b  3 0', 'an alias; texts are not split'],
  ['show x --tag a,b --tag c', 'x false false  a|b|c 3 0', 'strings are split'],
  ['show x --for 1m30s', 'x false false   3 90000', 'durations'],
  ['show -- --all', '--all false false   3 0', 'after -- everything is a word'],
];

const bad: readonly (readonly [string, RegExp, string])[] = [
  ['show x --nope', /unknown flag: --nope/, 'unknown long flag'],
  ['show x -z', /unknown shorthand flag: 'z' in -z/, 'unknown short flag'],
  ['show x --set', /flag needs an argument: --set/, 'missing value'],
  ['show x --level many', /invalid argument "many" for "--level" flag: use a whole number/, 'not a number'],
  ['show x --for soon', /use a duration/, 'not a duration'],
  ['show x --all=maybe', /use true or false/, 'not a boolean'],
  ['show', /accepts 1 to 2 arg\(s\), received 0/, 'too few words'],
  ['wander', /unknown command "wander" for "prog"/, 'no such command'],
];

describe('runCommand', () => {
  it.each(good)('%s', async (line, expected, reason) => {
    const io = terminal();
    expect(await runCommand(tree, line.split(' '), io), reason).toBe(0);
    expect(io.printed.out.trim()).toBe(expected.trim());
  });

  it.each(bad)('%s', async (line, expected, reason) => {
    const io = terminal();
    expect(await runCommand(tree, line.split(' '), io), reason).toBe(1);
    expect(io.printed.err).toMatch(expected);
    expect(io.printed.err).toContain('Usage:');
  });

  it('takes a flag from its environment variable', async () => {
    const io = terminal({ PROG_LEVEL: '42' });
    await runCommand(tree, ['show', 'x'], io);
    expect(io.printed.out).toContain(' 42 ');
  });

  it('prints help at every level, with examples', async () => {
    for (const line of ['--help', 'show --help', 'show -h']) {
      const io = terminal();
      expect(await runCommand(tree, line.split(' '), io)).toBe(0);
      expect(io.printed.out).toMatch(
        line.startsWith('show') ? /Examples:\n {2}prog show x/ : /Available Commands:\n {2}show {3}Shows/,
      );
    }
  });

  it('ends with the exit code of the error', async () => {
    const io = terminal();
    expect(await runCommand(tree, ['show', 'fail'], io)).toBe(20);
    expect(io.printed.err).toBe('Error: it broke\n');
  });
});
