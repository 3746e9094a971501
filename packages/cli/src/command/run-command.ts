import { CommandError, UsageError, type Command, type Flag, type Terminal } from './command.ts';
import { helpText, usageText } from './help.ts';
import { flagValues, parseFlags } from './parse-flags.ts';

/** A command found by its words, with the flags that its ancestors lend it. */
interface Found {
  readonly command: Command;
  readonly path: string;
  readonly inherited: readonly Flag[];
  readonly rest: readonly string[];
}

const HELP: Flag = { name: 'help', short: 'h', type: 'boolean', description: 'help' };

function childOf(command: Command, word: string): Command | undefined {
  return command.children?.find((child) => child.name === word || child.aliases?.includes(word) === true);
}

/** True when the word at `index` is the value of the flag before it, so that it cannot be a command's name. */
function isFlagValue(argv: readonly string[], index: number, flags: readonly Flag[]): boolean {
  const before = argv[index - 1] ?? '';
  if (!before.startsWith('-') || before.includes('=')) return false;
  const flag = flags.find((item) => before === `--${item.name}` || before === `-${item.short ?? ''}`);
  return flag !== undefined && flag.type !== 'boolean';
}

/** Follows the words to the innermost command; flags may stand between them. */
function findCommand(root: Command, argv: readonly string[]): Found {
  let found: Found = { command: root, path: root.name, inherited: [], rest: argv };
  let index = 0;
  while (index < found.rest.length) {
    const word = found.rest[index] ?? '';
    const flags = [...found.inherited, ...(found.command.flags ?? [])];
    if (word === '--') break;
    if (word.startsWith('-') || isFlagValue(found.rest, index, flags)) {
      index += 1;
      continue;
    }
    const child = childOf(found.command, word);
    if (child === undefined) break;
    found = {
      command: child,
      path: `${found.path} ${child.name}`,
      inherited: flags,
      rest: [...found.rest.slice(0, index), ...found.rest.slice(index + 1)],
    };
  }
  return found;
}

function checkArgs(found: Found, words: readonly string[]): void {
  const { args } = found.command;
  if (args === undefined) return;
  if (words.length >= args.least && words.length <= args.most) return;
  const range = args.least === args.most ? `${args.least}` : `${args.least} to ${args.most}`;
  throw new UsageError(`accepts ${range} arg(s), received ${words.length}`);
}

async function runFound(found: Found, terminal: Terminal): Promise<number> {
  const { command, path, inherited } = found;
  const flags = [...inherited, ...(command.flags ?? [])];
  const parsed = parseFlags(found.rest, [...flags, HELP]);
  if (parsed.values.has('help')) {
    terminal.out(helpText(command, path, inherited));
    return 0;
  }
  if (command.run === undefined) {
    const unknown = parsed.words[0];
    if (unknown !== undefined) throw new UsageError(`unknown command ${JSON.stringify(unknown)} for "${path}"`);
    terminal.out(helpText(command, path, inherited));
    return 0;
  }
  checkArgs(found, parsed.words);
  return command.run({ args: parsed.words, flags: flagValues(flags, parsed.values, terminal.env), terminal, path });
}

/** Runs a command line and gives the exit code. Nothing is thrown but bugs. */
export async function runCommand(root: Command, argv: readonly string[], terminal: Terminal): Promise<number> {
  const found = findCommand(root, argv);
  try {
    return await runFound(found, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`Error: ${error.message}\n${usageText(found.command, found.path, found.inherited)}\n`);
      return 1;
    }
    if (error instanceof CommandError) {
      terminal.err(`Error: ${error.message}\n`);
      return error.exitCode;
    }
    throw error;
  }
}
