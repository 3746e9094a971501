import { err, ok, type Result } from '@argosy/std';
import { DiagnosticError, diagnostic, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import { compileSource } from './compile-statement.ts';
import { openLibraries } from './libraries.ts';
import { plainText } from './operations.ts';
import { parseLua } from './parser.ts';
import { LUA_LIMITS, LuaError, NOTHING, Run, type LuaEnv, type LuaLimits } from './run.ts';
import { encodeBytes, decodeBytes } from './text.ts';
import { LuaTable, type LuaFunction, type LuaValue } from './value.ts';

/** The longest source, in UTF-16 code units. */
export const LUA_LIMIT_SOURCE_CHARACTERS = 512 * 1024;

/** How a chunk is run. */
export interface LuaRunOptions {
  /** Global variables; values from JSON come from `fromJson`. */
  readonly globals?: { readonly [name: string]: LuaValue };
  readonly env: LuaEnv;
  /** Departures from `LUA_LIMITS`. */
  readonly limits?: Partial<LuaLimits>;
  /**
   * Whether scripts see `string` and `math` (Argo CD's `useOpenLibs`).
   * @default true
   */
  readonly openLibraries?: boolean;
  /** Takes a line that the script prints; without it they are dropped. */
  readonly print?: (line: string) => void;
}

/** A compiled source; runs share nothing. */
export interface LuaChunk {
  /** Runs the chunk; gives what it returned. */
  run(options: LuaRunOptions): Result<readonly LuaValue[], Diagnostic>;
}

/**
 * Compiles a Lua source. Errors name the place; `chunkName` replaces `<string>` in messages.
 * Shape: Lua 5.1 text with `goto` in, a chunk to run many times out.
 */
export function compileLua(source: string, chunkName = '<string>'): Result<LuaChunk, Diagnostic> {
  if (source.length > LUA_LIMIT_SOURCE_CHARACTERS) {
    return err(limitReached('characters of a source', LUA_LIMIT_SOURCE_CHARACTERS));
  }
  return guarded(chunkName, () => {
    const main = compileSource(parseLua(encodeBytes(source)));
    return { run: (options) => runChunk(main, chunkName, options) };
  });
}

function runChunk(
  main: LuaFunction,
  chunkName: string,
  options: LuaRunOptions,
): Result<readonly LuaValue[], Diagnostic> {
  const { env, print } = options;
  const run = new Run({
    limits: { ...LUA_LIMITS, ...options.limits },
    env,
    globals: new LuaTable(),
    ...(print === undefined ? {} : { print: (line: string) => print(decodeBytes(line)) }),
  });
  return guarded(chunkName, () => {
    openLibraries(run, options.openLibraries ?? true);
    for (const [name, value] of Object.entries(options.globals ?? {})) run.globals.set(encodeBytes(name), value);
    try {
      return main.call(run, NOTHING);
    } catch (error) {
      throw error instanceof LuaError ? uncaught(run, error) : error;
    }
  });
}

function uncaught(run: Run, error: LuaError): DiagnosticError {
  const message = decodeBytes(plainText(run, error.value));
  return new DiagnosticError(diagnostic(message, error.line > 0 ? { line: error.line, column: 1 } : {}));
}

/** Turns what an engine throws into a diagnostic; anything but a diagnostic or an exhausted stack is our own fault. */
function guarded<T>(chunkName: string, work: () => T): Result<T, Diagnostic> {
  try {
    return ok(work());
  } catch (error) {
    if (error instanceof DiagnosticError) return err(renamed(error.diagnostic, chunkName));
    if (error instanceof RangeError) return err({ ...diagnostic('the stack is exhausted'), limit: 'stack' });
    throw error;
  }
}

function renamed(item: Diagnostic, chunkName: string): Diagnostic {
  if (chunkName === '<string>' || !item.message.startsWith('<string>')) return item;
  return { ...item, message: chunkName + item.message.slice('<string>'.length) };
}
