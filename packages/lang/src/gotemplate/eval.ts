import { createRandom, type Random } from '@argosy/std';
import { diagnostic, DiagnosticError, limitReached, placeOf } from '../diagnostic/index.ts';
import {
  byteLength,
  entriesOf,
  GoInteger,
  GoMap,
  GoNamed,
  GoObject,
  GoStruct,
  GoTime,
  isTruthy,
  quoteGo,
  typeOf,
  type GoType,
  type GoValue,
} from '../gofmt/index.ts';
import {
  ANY,
  assignTo,
  canBeNil,
  GoFunction,
  nilOf,
  parameterType,
  REFLECT_VALUE,
  runFunction,
  type FunctionContext,
  type FunctionTable,
  type TemplateEnv,
} from './function.ts';
import {
  showNode,
  type AnyNode,
  type ChainNode,
  type CommandNode,
  type FieldNode,
  type IdentifierNode,
  type NumberNode,
  type Operand,
  type PipeNode,
  type Tree,
  type VariableNode,
} from './nodes.ts';
import type { ExecutionLimits, Meter } from './meter.ts';
import { TIME_METHODS } from './time-methods.ts';

/** What a missing map key is: nothing (`<no value>`), nothing by another name, or an error. */
export type MissingKey = 'default' | 'zero' | 'error';

/** What an execution runs on. */
export interface Program {
  readonly trees: ReadonlyMap<string, Tree>;
  readonly functions: FunctionTable;
  readonly builtins: FunctionTable;
  readonly missingKey: MissingKey;
  readonly limits: ExecutionLimits;
  /** The program with a further text parsed into it, for `tpl`. */
  extend(name: string, source: string): Program;
}

/** A variable, and whether its value came out of an `interface {}`, which Go's errors then name as its type. */
export interface Variable {
  readonly name: string;
  value: GoValue;
  boxed: boolean;
}

/** Stands for "no value came down the pipeline". */
const ABSENT = Symbol('absent');

/** Arguments as written, and what came down the pipeline. */
interface Call {
  readonly args: readonly Operand[];
  readonly final: GoValue;
}

const NO_CALL: Call = { args: [], final: ABSENT };

/** Evaluates pipelines, commands and arguments; the walker on top of it writes. Functions are given it as their context. */
export abstract class Evaluation implements FunctionContext {
  readonly env: TemplateEnv;
  protected readonly program: Program;
  protected readonly meter: Meter;
  protected tree: Tree;
  protected node: AnyNode | undefined;
  protected variables: Variable[] = [];
  /** True when dot came out of an `interface {}`. */
  protected dotBoxed = false;

  constructor(program: Program, meter: Meter, tree: Tree) {
    this.program = program;
    this.meter = meter;
    this.tree = tree;
    this.env = meter.env;
  }

  random(): Random {
    return (this.meter.random ??= createRandom(this.env.seed));
  }

  renderNamed(name: string, data: GoValue): string {
    return this.renderOther(this.program, name, data);
  }

  renderText(name: string, source: string, data: GoValue): string {
    return this.renderOther(this.program.extend(name, source), name, data);
  }

  /** Renders a template of a program with the same meter. */
  protected abstract renderOther(program: Program, name: string, data: GoValue): string;

  // ---- limits and faults

  spendCryptography(units: number): void {
    this.meter.cryptography += units;
    const allowed = this.program.limits.cryptography;
    if (this.meter.cryptography > allowed) this.limit('template cryptography', allowed);
  }

  spend(steps: number): void {
    this.meter.steps.spend(steps);
  }

  reserve(characters: number): void {
    const { outputCharacters } = this.program.limits;
    this.meter.characters += characters;
    this.meter.steps.spend(characters / 256);
    if (this.meter.characters > outputCharacters) this.limit('template output characters', outputCharacters);
  }

  private limit(name: string, allowed: number): never {
    const { origin } = this.tree;
    throw new DiagnosticError(
      limitReached(name, allowed, this.node === undefined ? {} : placeOf(origin.source, this.node.pos)),
    );
  }

  protected fail(message: string): never {
    const { origin, name } = this.tree;
    if (this.node === undefined) {
      throw new DiagnosticError(diagnostic(`template: ${name}: ${message}`));
    }
    const place = placeOf(origin.source, this.node.pos);
    const lineStart = this.node.pos - (place.column - 1);
    const column = byteLength(origin.source.slice(lineStart, this.node.pos));
    const where = `${origin.parseName}:${place.line}:${column}`;
    const text = `template: ${where}: executing ${quoteGo(name)} at <${showNode(this.node)}>: ${message}`;
    throw new DiagnosticError(diagnostic(text, place));
  }

  // ---- pipelines

  protected assign(name: string, value: GoValue, boxed: boolean): void {
    const variable = this.lookup(name);
    if (variable === undefined) return this.fail(`undefined variable: ${name}`);
    variable.value = value;
    variable.boxed = boxed;
  }

  /** The innermost variable of a name; the search is counted. */
  private lookup(name: string): Variable | undefined {
    const at = this.variables.findLastIndex((item) => item.name === name);
    this.spend((this.variables.length - at) >> 5);
    return this.variables[at];
  }

  protected pipeline(dot: GoValue, pipe: PipeNode): GoValue {
    this.node = pipe;
    let value: GoValue = ABSENT;
    for (const command of pipe.commands) {
      value = this.command(dot, command, value);
      // An empty interface is opened here, and an empty one holds no value at all.
      if (value === null) value = undefined;
    }
    for (const variable of pipe.declarations) {
      const name = variable.names[0] ?? '';
      if (pipe.isAssign) this.assign(name, value, false);
      else this.variables.push({ name, value, boxed: false });
    }
    return value;
  }

  private command(dot: GoValue, command: CommandNode, final: GoValue): GoValue {
    const [first] = command.args;
    if (first === undefined) return undefined;
    const call: Call = { args: command.args, final };
    switch (first.kind) {
      case 'field':
        return this.field(dot, first, call);
      case 'chain':
        return this.chain(dot, first, call);
      case 'identifier':
        return this.callNamed(dot, first, { call, node: command });
      case 'pipe':
        this.notAFunction(call);
        return this.pipeline(dot, first);
      case 'variable':
        return this.variable(dot, first, call);
      default:
        break;
    }
    this.node = first;
    this.notAFunction(call);
    if (first.kind === 'nil') return this.fail('nil is not a command');
    return first.kind === 'dot' ? dot : this.constant(first);
  }

  private notAFunction(call: Call): void {
    const [first] = call.args;
    if (first === undefined) return;
    if (call.args.length > 1 || call.final !== ABSENT)
      this.fail(`can't give argument to non-function ${showNode(first)}`);
  }

  private constant(node: Operand): GoValue {
    if (node.kind === 'string' || node.kind === 'bool') return node.value;
    return node.kind === 'number'
      ? this.idealConstant(node)
      : this.fail(`can't evaluate command ${quoteGo(showNode(node))}`);
  }

  private idealConstant(node: NumberNode): GoValue {
    this.node = node;
    if (node.complex !== undefined) return node.complex;
    if (node.float !== undefined && looksLikeFloat(node.text)) return node.float;
    if (node.int !== undefined) return node.int;
    return node.uint === undefined ? undefined : this.fail(`${node.text} overflows int`);
  }

  private field(dot: GoValue, node: FieldNode, call: Call): GoValue {
    this.node = node;
    return this.fieldChain(dot, { value: dot, boxed: this.dotBoxed }, { node, names: node.names, call });
  }

  private chain(dot: GoValue, node: ChainNode, call: Call): GoValue {
    this.node = node;
    if (node.node.kind === 'nil') return this.fail(`indirection through explicit nil in ${showNode(node)}`);
    const value = this.argument(dot, undefined, node.node);
    return this.fieldChain(dot, { value, boxed: false }, { node, names: node.names, call });
  }

  private variable(dot: GoValue, node: VariableNode, call: Call): GoValue {
    this.node = node;
    const [name = '', ...names] = node.names;
    const variable = this.lookup(name);
    if (variable === undefined) return this.fail(`undefined variable: ${name}`);
    if (names.length === 0) {
      this.notAFunction(call);
      return variable.value;
    }
    return this.fieldChain(dot, variable, { node, names, call });
  }

  private fieldChain(dot: GoValue, start: { readonly value: GoValue; readonly boxed: boolean }, path: Path): GoValue {
    let { value, boxed } = start;
    const last = path.names.length - 1;
    for (let index = 0; index <= last; index += 1) {
      const name = path.names[index] ?? '';
      const call = index === last ? path.call : NO_CALL;
      const next = this.oneField(dot, { value, boxed, name, node: path.node, call });
      // What comes out of a map of anything is an interface to Go.
      boxed = entriesOf(value) !== undefined && !(value instanceof GoMap);
      value = next;
    }
    return value;
  }

  private oneField(dot: GoValue, access: Access): GoValue {
    const { value, name } = access;
    if (value === undefined) {
      if (this.program.missingKey === 'error') this.fail(`nil data; no entry for key ${quoteGo(name)}`);
      return undefined;
    }
    if (value === null) return this.fail(`nil pointer evaluating interface {}.${name}`);
    const member = this.methodOrField(dot, access);
    if (member !== undefined) return member.value;
    const type = access.boxed ? ANY : typeOf(value);
    return this.fail(`can't evaluate field ${name} in type ${type}`);
  }

  private methodOrField(dot: GoValue, access: Access): { readonly value: GoValue } | undefined {
    const { value, name, call } = access;
    if (typeof value !== 'object') return undefined;
    const hasArgs = call.args.length > 1 || call.final !== ABSENT;
    const entries = entriesOf(value);
    const method = methodOf(value, name);
    if (method !== undefined)
      return { value: this.callWith(dot, { fn: method, name, call, node: access.node, builtin: false }) };
    if (entries !== undefined) {
      if (hasArgs) this.fail(`${name} is not a method but has arguments`);
      return { value: Object.hasOwn(entries, name) ? entries[name] : this.missing(value, name) };
    }
    return value instanceof GoStruct ? this.structField(value, name, hasArgs) : undefined;
  }

  private structField(value: GoStruct, name: string, hasArgs: boolean): { readonly value: GoValue } | undefined {
    if (!value.parts.fields.has(name)) return undefined;
    if (!/^\p{Lu}/u.test(name)) this.fail(`${name} is an unexported field of struct type ${typeOf(value)}`);
    if (hasArgs) this.fail(`${name} has arguments but cannot be invoked as function`);
    return { value: value.parts.fields.get(name) };
  }

  private missing(map: GoValue, name: string): GoValue {
    if (this.program.missingKey === 'error') return this.fail(`map has no entry for key ${quoteGo(name)}`);
    if (this.program.missingKey === 'default') return undefined;
    const plain = map instanceof GoNamed ? map.value : map;
    return plain instanceof GoMap ? zeroOf(plain.elementType) : null;
  }

  // ---- calls

  private callNamed(dot: GoValue, node: IdentifierNode, how: { readonly call: Call; readonly node: AnyNode }): GoValue {
    this.node = node;
    const own = this.program.functions.get(node.name);
    const fn = own ?? this.program.builtins.get(node.name);
    if (fn === undefined) return this.fail(`${quoteGo(node.name)} is not a defined function`);
    return this.callWith(dot, { fn, name: node.name, call: how.call, node: how.node, builtin: own === undefined });
  }

  private checkCount(target: Target, written: number, given: number): void {
    const { fn, name } = target;
    if (fn.variadic !== undefined) {
      if (given < fn.params.length) {
        this.fail(`wrong number of args for ${name}: want at least ${fn.params.length} got ${written}`);
      }
    } else if (given !== fn.params.length) {
      this.fail(`wrong number of args for ${name}: want ${fn.params.length} got ${given}`);
    }
  }

  private callWith(dot: GoValue, target: Target): GoValue {
    const { fn, name, call } = target;
    const written = Math.max(0, call.args.length - 1);
    const given = written + (call.final === ABSENT ? 0 : 1);
    this.spend(1);
    this.checkCount(target, written, given);
    if (target.builtin && (name === 'and' || name === 'or')) return this.shortCircuit(dot, call, name === 'or');
    const args: GoValue[] = [];
    for (let index = 0; index < written; index += 1) {
      const node = call.args[index + 1];
      if (node !== undefined) args.push(this.argument(dot, parameterType(fn, index), node));
    }
    if (call.final !== ABSENT) args.push(this.validate(call.final, parameterType(fn, given - 1)));
    return this.invoke(target, args);
  }

  private invoke(target: Target, args: readonly GoValue[]): GoValue {
    const { node } = this;
    try {
      return runFunction(target.fn, args, this);
    } catch (error) {
      if (!(error instanceof DiagnosticError) || error.diagnostic.limit !== undefined) throw error;
      this.node = target.node ?? node;
      return this.fail(`error calling ${target.name}: ${error.diagnostic.message}`);
    }
  }

  private shortCircuit(dot: GoValue, call: Call, stopAt: boolean): GoValue {
    let value: GoValue;
    for (const node of call.args.slice(1)) {
      value = this.argument(dot, REFLECT_VALUE, node);
      if (isTruthy(value) === stopAt) return value;
    }
    return call.final === ABSENT ? value : call.final;
  }

  private validate(value: GoValue, type: GoType | undefined): GoValue {
    if (type === undefined || type === ANY || type === REFLECT_VALUE) {
      return value === undefined && type === ANY ? null : value;
    }
    if (value === undefined) return canBeNil(type) ? nilOf(type) : this.fail(`invalid value; expected ${type}`);
    if (value === null) return this.fail(`wrong type for value; expected ${type}; got interface {}`);
    const assigned = assignTo(value, type);
    return assigned === undefined
      ? this.fail(`wrong type for value; expected ${type}; got ${typeOf(value)}`)
      : assigned.value;
  }

  private argument(dot: GoValue, type: GoType | undefined, node: Operand): GoValue {
    this.node = node;
    switch (node.kind) {
      case 'dot':
        return this.validate(dot, type);
      case 'nil':
        return canBeNil(type ?? ANY) ? nilOf(type ?? ANY) : this.fail(`cannot assign nil to ${type}`);
      case 'field':
        return this.validate(this.field(dot, node, NO_CALL), type);
      case 'variable':
        return this.validate(this.variable(dot, node, NO_CALL), type);
      case 'pipe':
        return this.validate(this.pipeline(dot, node), type);
      case 'identifier':
        return this.validate(this.callNamed(dot, node, { call: NO_CALL, node }), type);
      case 'chain':
        return this.validate(this.chain(dot, node, NO_CALL), type);
      default:
        return this.literal(node, type ?? ANY);
    }
  }

  /** A constant where a type is wanted. */
  private literal(node: Operand, type: GoType): GoValue {
    this.node = node;
    if (type === ANY || type === REFLECT_VALUE) return this.constant(node);
    const value = typedConstant(node, type);
    if (value !== undefined) return value;
    const wanted = CONSTANT_WORDS.get(type);
    return this.fail(
      wanted === undefined
        ? `can't handle ${showNode(node)} for arg of type ${type}`
        : `expected ${wanted}; found ${showNode(node)}`,
    );
  }
}

interface Path {
  readonly node: AnyNode;
  readonly names: readonly string[];
  readonly call: Call;
}

interface Access {
  readonly value: GoValue;
  readonly boxed: boolean;
  readonly name: string;
  readonly node: AnyNode;
  readonly call: Call;
}

interface Target {
  readonly fn: GoFunction;
  readonly name: string;
  readonly call: Call;
  /** What an error points at. */
  readonly node: AnyNode | undefined;
  readonly builtin: boolean;
}

const CONSTANT_WORDS: ReadonlyMap<GoType, string> = new Map([
  ['bool', 'bool'],
  ['string', 'string'],
  ['int', 'integer'],
  ['int64', 'integer'],
  ['uint32', 'unsigned integer'],
  ['float64', 'float'],
]);

function typedConstant(node: Operand, type: GoType): GoValue {
  if (type === 'bool') return node.kind === 'bool' ? node.value : undefined;
  if (type === 'string') return node.kind === 'string' ? node.value : undefined;
  return node.kind === 'number' ? typedNumber(node, type) : undefined;
}

function typedNumber(node: NumberNode, type: GoType): GoValue {
  const { int, uint } = node;
  switch (type) {
    case 'int':
      return int;
    case 'float64':
      return node.float;
    case 'int64':
      return int === undefined ? undefined : new GoInteger('int64', int);
    default:
      return type !== 'uint32' || uint === undefined ? undefined : new GoInteger('uint32', BigInt.asUintN(32, uint));
  }
}

function looksLikeFloat(text: string): boolean {
  if (text.startsWith("'")) return false;
  const hexInteger = /^0[xX]/.test(text) && !/[pP]/.test(text);
  return !hexInteger && /[.eEpP]/.test(text);
}

function zeroOf(type: GoType): GoValue {
  if (type === 'string') return '';
  return type === 'interface {}' ? null : nilOf(type);
}

function methodOf(value: GoValue, name: string): GoFunction | undefined {
  if (value instanceof GoTime) return TIME_METHODS.get(name)?.(value);
  const method = value instanceof GoObject ? value.method(name) : undefined;
  return method instanceof GoFunction ? method : undefined;
}
