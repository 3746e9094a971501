import { must } from '@argosy/std';
import { parseSpanMs } from '@argosy/lang/duration';
import { UsageError, type Flag, type FlagValues } from './command.ts';

/** The words of a call, taken apart. */
export interface ParsedFlags {
  readonly words: readonly string[];
  readonly values: ReadonlyMap<string, readonly string[]>;
}

interface Cursor {
  readonly argv: readonly string[];
  readonly flags: readonly Flag[];
  readonly words: string[];
  readonly values: Map<string, string[]>;
  index: number;
}

function record(cursor: Cursor, flag: Flag, value: string): void {
  const parts = flag.type === 'strings' ? value.split(',') : [value];
  cursor.values.set(flag.name, [...(cursor.values.get(flag.name) ?? []), ...parts]);
}

function nextWord(cursor: Cursor, shown: string): string {
  const value = cursor.argv[cursor.index + 1];
  if (value === undefined) throw new UsageError(`flag needs an argument: ${shown}`);
  cursor.index += 1;
  return value;
}

function takeLong(cursor: Cursor, word: string): void {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const flag = cursor.flags.find((item) => item.name === name);
  if (flag === undefined) throw new UsageError(`unknown flag: --${name}`);
  if (equals >= 0) record(cursor, flag, word.slice(equals + 1));
  else if (flag.type === 'boolean') record(cursor, flag, 'true');
  else record(cursor, flag, nextWord(cursor, `--${name}`));
}

/** `-abc` are three booleans; `-fvalue`, `-f=value` and `-f value` give one value. */
function takeShort(cursor: Cursor, word: string): void {
  for (let at = 1; at < word.length; at += 1) {
    const char = word.charAt(at);
    const flag = cursor.flags.find((item) => item.short === char);
    if (flag === undefined) throw new UsageError(`unknown shorthand flag: '${char}' in ${word}`);
    const rest = word.slice(at + 1);
    if (flag.type === 'boolean' && !rest.startsWith('=')) {
      record(cursor, flag, 'true');
      continue;
    }
    if (rest === '') record(cursor, flag, nextWord(cursor, `'${char}' in ${word}`));
    else record(cursor, flag, rest.startsWith('=') ? rest.slice(1) : rest);
    return;
  }
}

/**
 * Takes a command line apart as pflag does: flags anywhere, `--` ends them, booleans need no value.
 * @throws UsageError with pflag's words.
 */
export function parseFlags(argv: readonly string[], flags: readonly Flag[]): ParsedFlags {
  const cursor: Cursor = { argv, flags, words: [], values: new Map(), index: 0 };
  for (; cursor.index < argv.length; cursor.index += 1) {
    const word = argv[cursor.index] ?? '';
    if (word === '--') {
      cursor.words.push(...argv.slice(cursor.index + 1));
      break;
    }
    if (word.startsWith('--')) takeLong(cursor, word);
    else if (word.startsWith('-') && word.length > 1) takeShort(cursor, word);
    else cursor.words.push(word);
  }
  return { words: cursor.words, values: cursor.values };
}

const TRUE_WORDS = ['true', 'TRUE', 'True', 't', 'T', '1'];
const FALSE_WORDS = ['false', 'FALSE', 'False', 'f', 'F', '0'];

function checkValue(flag: Flag, value: string): void {
  const invalid = (allowed: string): UsageError =>
    new UsageError(`invalid argument ${JSON.stringify(value)} for "--${flag.name}" flag: ${allowed}`);
  if (flag.type === 'boolean' && ![...TRUE_WORDS, ...FALSE_WORDS].includes(value)) throw invalid('use true or false');
  if (flag.type === 'integer' && !/^[-+]?\d+$/.test(value)) throw invalid('use a whole number');
  if (flag.type === 'duration' && parseSpanMs(value) === undefined) throw invalid('use a duration like 30s or 5m');
}

/** The declared flags with what was given, the environment's and the default values, checked. */
export function flagValues(
  flags: readonly Flag[],
  given: ReadonlyMap<string, readonly string[]>,
  env: { readonly [name: string]: string | undefined },
): FlagValues {
  const values = new Map<string, readonly string[]>();
  const known = new Map(flags.map((flag) => [flag.name, flag]));
  for (const flag of flags) {
    const fromEnv = flag.env === undefined ? undefined : env[flag.env];
    const value = given.get(flag.name) ?? (fromEnv === undefined || fromEnv === '' ? undefined : [fromEnv]);
    for (const item of value ?? []) checkValue(flag, item);
    if (value !== undefined) values.set(flag.name, value);
  }
  const list = (name: string): readonly string[] => {
    const flag = must(known.get(name), `flag --${name}`);
    return values.get(name) ?? (flag.defaultValue === undefined ? [] : [flag.defaultValue]);
  };
  const text = (name: string): string => list(name).at(-1) ?? '';
  return {
    list,
    text,
    boolean: (name) => TRUE_WORDS.includes(text(name)),
    integer: (name) => Number(text(name) === '' ? '0' : text(name)),
    durationMs: (name) => parseSpanMs(text(name)) ?? 0,
    given: (name) => values.has(name),
  };
}
