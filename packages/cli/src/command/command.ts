/** Where a command reads and writes: the process's own streams, or a test's. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly readInput: () => Promise<string>;
  /** Standard input line by line, as it comes; `undefined` for a line that is too long. Absent: `readInput` is used. */
  readonly inputLines?: () => AsyncIterable<string | undefined>;
  readonly readFile: (path: string) => Promise<string>;
  readonly env: { readonly [name: string]: string | undefined };
  /** Output goes to a person's screen. */
  readonly interactive: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a flag takes. `strings` may be repeated and split at commas; `texts` may be repeated and is kept as it is. */
export type FlagType = 'boolean' | 'string' | 'strings' | 'texts' | 'integer' | 'duration';

/** One flag. `placeholder` names its value in help. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly type: FlagType;
  readonly description: string;
  readonly defaultValue?: string;
  readonly placeholder?: string;
  /** An environment variable that stands in when the flag is not given. */
  readonly env?: string;
}

/** The flags of one call, by name. Asking for a flag that the command does not declare is a bug of ours. */
export interface FlagValues {
  readonly boolean: (name: string) => boolean;
  readonly text: (name: string) => string;
  /** All values of a repeatable flag. */
  readonly list: (name: string) => readonly string[];
  readonly integer: (name: string) => number;
  /** Milliseconds. */
  readonly durationMs: (name: string) => number;
  /** True when the flag stood on the command line or in its environment variable. */
  readonly given: (name: string) => boolean;
}

/** One call of a command. */
export interface Invocation {
  readonly args: readonly string[];
  readonly flags: FlagValues;
  readonly terminal: Terminal;
  /** The words that led here, for messages: `argosy cd app`. */
  readonly path: string;
}

/** A command, or a group of commands. `run` gives the exit code. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** What stands behind the name in the usage line: `NAME [flags]`. */
  readonly usage?: string;
  readonly summary: string;
  readonly description?: string;
  readonly example?: string;
  readonly flags?: readonly Flag[];
  /** How many words it takes; anything when absent. */
  readonly args?: { readonly least: number; readonly most: number };
  readonly children?: readonly Command[];
  readonly hidden?: boolean;
  readonly run?: (invocation: Invocation) => Promise<number>;
}

/** The call was not understood: prints the message and the usage, exit code 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command could not do its work: prints `Error: …`, exit code as given. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
