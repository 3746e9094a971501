import { Chunk, assemble } from './assembler.ts';
import { DiagnosticError, diagnostic, placeOf } from '../diagnostic/index.ts';
import { compileCall, compileOperator } from './compile-call.ts';
import {
  compileForeach,
  compileIf,
  compileLogic,
  compileReduce,
  compileTry,
  compileAlternative,
} from './compile-control.ts';
import { compileArray, compileObject, compileText } from './compile-data.ts';
import { compileBind } from './compile-pattern.ts';
import { compileUpdate } from './compile-update.ts';
import { constantKey, constantOf } from './constant.ts';
import * as op from './instructions.ts';
import type { Code, Routine } from './machine.ts';
import { IDENTITY } from './parser.ts';
import { Scope, findVariable } from './scope.ts';
import type { Definition, Program, Query } from './syntax.ts';

type Of<K extends Query['kind']> = Extract<Query, { readonly kind: K }>;

/** Turns a tree into code: a chunk of instructions for each function. */
export class Compiler {
  chunk: Chunk;
  scope: Scope;
  private readonly source: string;
  private readonly chunks: Chunk[] = [];
  /** Builtins written in jq that this program uses. */
  readonly builtins = new Map<string, Routine>();

  constructor(source: string) {
    this.source = source;
    this.chunk = this.newChunk();
    this.scope = new Scope(this.chunk.routine, undefined);
  }

  private newChunk(): Chunk {
    const chunk = new Chunk();
    this.chunks.push(chunk);
    return chunk;
  }

  /** Compiles the whole program. */
  program(program: Program): Code {
    for (const definition of program.definitions) this.define(definition);
    this.query(program.body);
    this.chunk.emit(op.leave);
    return assemble(this.chunks);
  }

  /** An error of the program's author. */
  fault(message: string, offset: number): DiagnosticError {
    return new DiagnosticError(diagnostic(message, placeOf(this.source, offset)));
  }

  /** Compiles a function of its own chunk and scope. */
  routine(parent: Scope | undefined, write: (routine: Routine) => void): Routine {
    const { chunk, scope } = this;
    this.chunk = this.newChunk();
    const { routine } = this.chunk;
    this.scope = new Scope(routine, parent);
    write(routine);
    this.chunk.emit(op.leave);
    this.chunk = chunk;
    this.scope = scope;
    return routine;
  }

  /** Compiles `def`; the function knows itself. */
  define(definition: Definition): void {
    const { scope } = this;
    this.routine(scope, (routine) => {
      scope.define(definition.name, definition.parameters.length, routine);
      this.body(definition);
    });
  }

  /** Compiles a builtin that is written in jq, once a program. */
  builtin(definition: Definition): Routine {
    const key = `${definition.name}/${definition.parameters.length}`;
    const known = this.builtins.get(key);
    if (known !== undefined) return known;
    return this.routine(undefined, (routine) => {
      this.builtins.set(key, routine);
      this.body(definition);
    });
  }

  private body(definition: Definition): void {
    const { parameters, body } = definition;
    if (parameters.length === 0) return this.query(body);
    const input = this.scope.newSlot();
    this.chunk.emit(op.store(input));
    const values = parameters.map((name) => {
      const place = this.scope.newSlot(name.startsWith('$') ? name.slice(1) : name);
      this.chunk.emit(op.store(place));
      return { name, place };
    });
    for (const { name, place } of values.filter((value) => value.name.startsWith('$'))) {
      this.chunk.emit(op.load(input));
      this.chunk.emit(op.enterDetour);
      this.chunk.emit(op.load(place));
      this.chunk.emitCall(op.callClosure);
      this.chunk.emit(op.store(this.scope.declare(name)));
      this.chunk.emit(op.leaveDetour);
    }
    this.chunk.emit(op.load(input));
    return this.query(body);
  }

  /** Compiles a block: what it declares ends with it. */
  block(query: Query): void {
    this.scope.block(() => this.query(query));
  }

  /** Compiles a query: it takes the newest value and leaves its outputs in that place. */
  query(query: Query): void {
    let rest = query;
    while (rest.kind === 'pipe' || rest.kind === 'define') {
      if (rest.kind === 'define') this.define(rest.definition);
      else this.query(rest.left);
      rest = rest.kind === 'define' ? rest.body : rest.right;
    }
    this.simple(rest);
  }

  private simple(query: Exclude<Query, Of<'pipe' | 'define'>>): void {
    switch (query.kind) {
      case 'identity':
        return undefined;
      case 'constant':
        return this.chunk.emit(op.replace(query.value));
      case 'index':
        return this.index(query);
      case 'iterate':
        this.query(query.target);
        return this.chunk.emit(op.iterate);
      case 'optional':
        return this.optional(query);
      case 'variable':
        return this.variable(query);
      case 'group':
        return this.block(query.body);
      case 'comma':
        return this.comma(query);
      case 'label':
        this.chunk.emit(op.openLabel(this.scope.declare(`$%${query.name}`).slot));
        return this.query(query.body);
      case 'break':
        return this.leaveLabel(query);
      default:
        return this.composite(query);
    }
  }

  private composite(query: Query): void {
    switch (query.kind) {
      case 'recurse':
        return compileCall(this, { kind: 'call', name: 'recurse', args: [], offset: 0 });
      case 'call':
        return compileCall(this, query);
      case 'bind':
        return compileBind(this, query);
      case 'binary':
      case 'sign':
      case 'format':
        return compileOperator(this, query);
      case 'update':
        return compileUpdate(this, query);
      case 'alternative':
        return compileAlternative(this, query);
      case 'and':
      case 'or':
        return compileLogic(this, query);
      default:
        return this.structured(query);
    }
  }

  private structured(query: Query): void {
    switch (query.kind) {
      case 'object':
        return compileObject(this, query);
      case 'array':
        return compileArray(this, query);
      case 'text':
        return compileText(this, query);
      case 'if':
        return compileIf(this, query);
      case 'try':
        return compileTry(this, query);
      case 'reduce':
        return compileReduce(this, query);
      case 'foreach':
        return compileForeach(this, query);
      default:
        return undefined;
    }
  }

  private index(query: Of<'index'>): void {
    const key = constantKey(query.index);
    if (key === undefined) return compileOperator(this, query);
    this.query(query.target);
    return this.chunk.emit(op.index(key, false));
  }

  private optional(query: Of<'optional'>): void {
    const { target } = query;
    // compat(lang-0405): in `.a[f]?` only the last step is tried, and `f` sees what stands before it.
    if (target.kind === 'index' || target.kind === 'iterate') {
      this.query(target.target);
      return compileTry(this, { kind: 'try', body: { ...target, target: IDENTITY }, recovery: undefined });
    }
    return compileTry(this, { kind: 'try', body: target, recovery: undefined });
  }

  private variable(query: Of<'variable'>): void {
    const place = findVariable(this.scope, query.name);
    if (place !== undefined) return this.chunk.emit(op.loadOver(place));
    if (query.name === '$ENV') return this.chunk.emit(op.replace({}));
    throw this.fault(`variable not defined: ${query.name}`, query.offset);
  }

  private comma(query: Of<'comma'>): void {
    const other = this.chunk.label();
    const end = this.chunk.label();
    this.chunk.emit(op.fork(other));
    this.query(query.left);
    this.chunk.emitJump(end);
    this.chunk.place(other);
    this.query(query.right);
    this.chunk.place(end);
  }

  private leaveLabel(query: Of<'break'>): void {
    const place = findVariable(this.scope, `$%${query.name}`);
    if (place === undefined) throw this.fault(`label not defined: ${query.name}`, query.offset);
    this.chunk.emit(op.loadOver(place));
    this.chunk.emit(op.breakOut(query.name));
  }

  /** Compiles an argument of a builtin: its outputs come on top of the stack, its input is in `input`. */
  argument(query: Query, input: op.Place): void {
    const constant = constantOf(query);
    if (constant !== undefined) return this.chunk.emit(op.push(constant));
    this.chunk.emit(op.load(input));
    return this.block(query);
  }
}
