import { err, ok, type JsonValue, type Result } from '@argosy/std';
import { DiagnosticError, limitReached, type Deadline, type Diagnostic } from '../diagnostic/index.ts';
import { compileRoot } from './compile.ts';
import { fromJson } from './from-json.ts';
import { importPath } from './import-path.ts';
import { standardLibrary } from './library.ts';
import { DEFAULT_JSONNET_LIMITS, type JsonnetLimits } from './limits.ts';
import { toJson } from './manifest.ts';
import { plus } from './operators.ts';
import { parseJsonnet } from './parser.ts';
import { Runtime, type ImportRequest } from './runtime.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import { Frame, JsonnetFunction, type Code, type Lazy, Thunk, type Value } from './value.ts';

/** Where a program's text comes from and what it may import. */
export interface CompileOptions {
  /** The name of the source: relative imports start in its folder, and errors name it. */
  readonly fileName?: string;
  /** Files by path: all that `import`, `importstr` and `importbin` can reach. */
  readonly files?: ReadonlyMap<string, string | Uint8Array>;
  /** Folders searched after the importing file's own; the last one first, as go-jsonnet does. */
  readonly libraryPaths?: readonly string[];
  readonly limits?: Partial<JsonnetLimits>;
}

/** An external variable or top-level argument: a value, or code that gives one. */
export type JsonnetVariable = { readonly value: JsonValue } | { readonly code: string };

/** What one run gets. */
export interface RunOptions {
  readonly extVars?: Readonly<Record<string, JsonnetVariable>>;
  /** Arguments by name for a program that is a function. */
  readonly topLevelArguments?: Readonly<Record<string, JsonnetVariable>>;
  readonly limits?: Partial<JsonnetLimits>;
  /** Receives what `std.trace` would print, a line a call. */
  readonly trace?: (line: string) => void;
  /** Asked now and then whether time is over. */
  readonly deadline?: Deadline;
}

/** A program that can be run many times; what it imports is compiled once. */
export interface JsonnetProgram {
  /** The value of the program as JSON, or the first error. */
  run(options?: RunOptions): Result<JsonValue, Diagnostic>;
}

/** Runs the work and turns what engines throw into a diagnostic. */
function guarded<T>(work: () => T, limits: JsonnetLimits): Result<T, Diagnostic> {
  try {
    return ok(work());
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    // While compiling: the source nests in a way that the parser does not count.
    if (error instanceof RangeError) return err(limitReached('jsonnet stack frames', limits.stackFrames));
    throw error;
  }
}

/** Says where the program was when the host's stack ran out: wide frames inside of one another end it early. */
function placed<T>(runtime: Runtime, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? runtime.stackOverflow() : error;
  }
}

/** The sources of a program, each compiled when first used. */
class Sources {
  readonly #compiled = new Map<string, Code>();
  readonly #files: ReadonlyMap<string, string | Uint8Array>;
  readonly #libraryPaths: readonly string[];
  readonly #limits: JsonnetLimits;

  constructor(options: CompileOptions, limits: JsonnetLimits) {
    this.#files = options.files ?? new Map();
    this.#libraryPaths = options.libraryPaths ?? [];
    this.#limits = limits;
  }

  compile(name: string, text: string): Code {
    const { sourceCharacters, nesting } = this.#limits;
    if (text.length > sourceCharacters) {
      throw new DiagnosticError(limitReached('jsonnet source characters', sourceCharacters));
    }
    return compileRoot(parseJsonnet({ name, text }, nesting), ['std']);
  }

  /** Code of an imported file. */
  imported(path: string): Code {
    const known = this.#compiled.get(path);
    if (known !== undefined) return known;
    if (this.#compiled.size >= this.#limits.imports) {
      throw new DiagnosticError(limitReached('jsonnet imports', this.#limits.imports));
    }
    const content = this.#files.get(path) ?? '';
    const code = this.compile(path, typeof content === 'string' ? content : decodeUtf8([...content]));
    this.#compiled.set(path, code);
    return code;
  }

  /** Where an import is found; `undefined` when it is not. */
  find(request: ImportRequest): string | undefined {
    return importPath(request.path, request.span.file.name, {
      has: (path) => this.#files.has(path),
      libraryPaths: this.#libraryPaths,
    });
  }

  content(path: string): string | Uint8Array {
    return this.#files.get(path) ?? '';
  }
}

function rootFrame(name: string): Frame {
  return new Frame([standardLibrary(name)], undefined);
}

/** One run: the values of imported files and external variables are worked out once in it. */
class Run {
  readonly runtime: Runtime;
  readonly #sources: Sources;
  readonly #imports = new Map<string, Lazy>();
  readonly #variables = new Map<string, Lazy>();

  constructor(sources: Sources, options: RunOptions, limits: JsonnetLimits) {
    this.#sources = sources;
    this.runtime = new Runtime(
      limits,
      {
        externalVariable: (name) => this.#variables.get(name),
        trace: (line) => options.trace?.(line),
        importFile: (request) => this.#import(request),
        deadline: options.deadline,
      },
      plus,
    );
    for (const [name, variable] of Object.entries(options.extVars ?? {})) {
      this.#variables.set(name, this.variable(`<extvar:${name}>`, variable));
    }
  }

  /** The lazy value of a variable given from outside. */
  variable(label: string, variable: JsonnetVariable): Lazy {
    if (!('code' in variable)) return fromJson(variable.value);
    return new Thunk(this.#sources.compile(label, variable.code), rootFrame(label), `thunk <${label}>`);
  }

  #import(request: ImportRequest): Value {
    const path = this.#sources.find(request);
    if (path === undefined) {
      const message = `couldn't open import "${request.path}": no match locally or in the Jsonnet library paths`;
      throw this.runtime.error(message, request.span);
    }
    if (request.form !== 'import') return this.#importBytes(path, request.form);
    const known = this.#imports.get(path);
    if (known !== undefined) return this.runtime.force(known);
    const fresh = new Thunk(this.#sources.imported(path), rootFrame(path), `import <${path}>`);
    this.#imports.set(path, fresh);
    return this.runtime.force(fresh);
  }

  #importBytes(path: string, form: 'importstr' | 'importbin'): Value {
    const content = this.#sources.content(path);
    if (form === 'importstr') {
      return this.runtime.text(typeof content === 'string' ? content : decodeUtf8([...content]));
    }
    return this.runtime.list(typeof content === 'string' ? encodeUtf8(content) : [...content]);
  }
}

/** A program that is a function is called with the top-level arguments; others ignore them, as upstream. */
function applyTopLevel(value: Value, run: Run, options: RunOptions): Value {
  if (!(value instanceof JsonnetFunction)) return value;
  const named = new Map<string, Lazy>();
  for (const [name, variable] of Object.entries(options.topLevelArguments ?? {})) {
    named.set(name, run.variable(`<top-level-arg:${name}>`, variable));
  }
  return run.runtime.call(value, run.runtime.bind(value, [], named));
}

/**
 * Compiles a program. Shapes: source text in, a program that runs many times out.
 * Fails with one diagnostic whose message starts with `file:line:column`.
 */
export function compileJsonnet(source: string, options: CompileOptions = {}): Result<JsonnetProgram, Diagnostic> {
  const limits: JsonnetLimits = { ...DEFAULT_JSONNET_LIMITS, ...options.limits };
  const name = options.fileName ?? '<cmdline>';
  const compiled = guarded(() => {
    const sources = new Sources(options, limits);
    return { sources, code: sources.compile(name, source) };
  }, limits);
  if (!compiled.ok) return compiled;
  const { sources, code } = compiled.value;
  return ok({
    run: (runOptions = {}) => {
      const runLimits: JsonnetLimits = { ...limits, ...runOptions.limits };
      return guarded(() => {
        const run = new Run(sources, runOptions, runLimits);
        return placed(run.runtime, () => {
          const value = applyTopLevel(code(rootFrame(name), run.runtime), run, runOptions);
          run.runtime.startManifestation();
          return toJson(value, run.runtime);
        });
      }, runLimits);
    },
  });
}
