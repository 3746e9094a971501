import { diagnostic, DiagnosticError, limitReached, placeOf } from '../diagnostic/index.ts';
import { quoteGo, unquoteGo } from '../gofmt/index.ts';
import { parseConstant } from './constants.ts';
import { lexTemplate, showToken, type LexOptions, type Token, type TokenType } from './lex.ts';
import {
  isEmptyList,
  showNode,
  type BranchNode,
  type CommandNode,
  type ListNode,
  type Node,
  type Operand,
  type Origin,
  type PipeNode,
  type StopNode,
  type TemplateNode,
  type Tree,
  type VariableNode,
} from './nodes.ts';

/** What the parser needs to know beside the source. */
export interface ParseOptions {
  readonly left: string;
  readonly right: string;
  /** True when a function of that name exists. */
  readonly hasFunction: (name: string) => boolean;
  /** How deep blocks and parentheses may nest. */
  readonly nestingLimit: number;
}

/** What all parsers of one source have in common: a definition inside it has a parser of its own. */
interface Source {
  readonly origin: Origin;
  readonly options: ParseOptions;
  readonly tokens: readonly Token[];
  readonly trees: Map<string, Tree>;
  next: number;
  nesting: number;
}

const END: Token = { type: 'eof', pos: 0, text: '', line: 0 };
const OPERANDS: ReadonlySet<TokenType> = new Set<TokenType>([
  'bool',
  'charConstant',
  'complex',
  '.',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'leftParen',
]);
const NOT_EXECUTABLE = new Set(['bool', 'dot', 'nil', 'number', 'string']);

function isStop(node: Node | StopNode): node is StopNode {
  return node.kind === 'end' || node.kind === 'else';
}

class Parser {
  private readonly source: Source;
  /** Look-ahead: the newest token first. Errors name the line of that one, as Go's do. */
  private readonly token: [Token, Token, Token] = [END, END, END];
  private peeked = 0;
  private variables: string[] = ['$'];
  private actionLine = 0;
  private rangeDepth = 0;

  constructor(source: Source) {
    this.source = source;
  }

  // ---- tokens

  private readToken(): Token {
    const { tokens } = this.source;
    const token = tokens[this.source.next] ?? tokens.at(-1) ?? END;
    this.source.next += 1;
    return token;
  }

  private next(): Token {
    if (this.peeked > 0) this.peeked -= 1;
    else this.token[0] = this.readToken();
    return this.token[this.peeked] ?? END;
  }

  private backup(): void {
    this.peeked += 1;
  }

  private peek(): Token {
    if (this.peeked > 0) return this.token[this.peeked - 1] ?? END;
    this.peeked = 1;
    this.token[0] = this.readToken();
    return this.token[0];
  }

  private nextNonSpace(): Token {
    let token = this.next();
    while (token.type === 'space') token = this.next();
    return token;
  }

  private peekNonSpace(): Token {
    const token = this.nextNonSpace();
    this.backup();
    return token;
  }

  // ---- faults

  private fail(message: string): never {
    const { origin } = this.source;
    const { line, pos } = this.token[0];
    const place = line === 0 ? {} : { line, column: placeOf(origin.source, pos).column };
    throw new DiagnosticError(diagnostic(`template: ${origin.parseName}:${line}: ${message}`, place));
  }

  private unexpected(token: Token, context: string): never {
    if (token.type !== 'error') return this.fail(`unexpected ${showToken(token)} in ${context}`);
    let extra = '';
    if (this.actionLine !== 0 && this.actionLine !== token.line) {
      extra = ` in action started at ${this.source.origin.parseName}:${this.actionLine}`;
      if (token.text.endsWith(' action')) extra = extra.slice(' in action'.length);
    }
    return this.fail(token.text + extra);
  }

  private expect(type: TokenType, context: string): Token {
    const token = this.nextNonSpace();
    return token.type === type ? token : this.unexpected(token, context);
  }

  private enter(): void {
    this.source.nesting += 1;
    const { nestingLimit } = this.source.options;
    if (this.source.nesting > nestingLimit) {
      throw new DiagnosticError(
        limitReached('template nesting', nestingLimit, { line: this.token[0].line, column: 1 }),
      );
    }
  }

  private leave(): void {
    this.source.nesting -= 1;
  }

  // ---- templates

  private add(name: string, root: ListNode): void {
    const { trees, origin } = this.source;
    const known = trees.get(name);
    if (known === undefined || isEmptyList(known.root)) trees.set(name, { name, origin, root });
    else if (!isEmptyList(root)) this.fail(`template: multiple definition of template ${quoteGo(name)}`);
  }

  /** The whole source: text, actions and definitions. */
  parseAll(): void {
    const root: ListNode = { kind: 'list', pos: this.peek().pos, nodes: [] };
    while (this.peek().type !== 'eof') {
      if (this.startsDefinition()) {
        new Parser(this.source).parseDefinition();
        continue;
      }
      const node = this.textOrAction();
      if (isStop(node)) return this.fail(`unexpected {{${node.kind}}}`);
      root.nodes.push(node);
    }
    this.add(this.source.origin.parseName, root);
  }

  private startsDefinition(): boolean {
    if (this.peek().type !== 'leftDelim') return false;
    const delimiter = this.next();
    if (this.nextNonSpace().type === 'define') return true;
    this.token[1] = delimiter;
    this.peeked = 2;
    return false;
  }

  private parseDefinition(): void {
    const context = 'define clause';
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    this.expect('rightDelim', context);
    const root = this.parseBody(context);
    this.add(name, root);
  }

  private parseBody(context: string): ListNode {
    const { list, stop } = this.itemList();
    if (stop.kind !== 'end') this.fail(`unexpected {{else}} in ${context}`);
    return list;
  }

  private templateName(token: Token, context: string): string {
    if (token.type !== 'string' && token.type !== 'rawString') return this.unexpected(token, context);
    return unquoteGo(token.text) ?? this.fail('invalid syntax');
  }

  private itemList(): { readonly list: ListNode; readonly stop: StopNode } {
    this.enter();
    const list: ListNode = { kind: 'list', pos: this.peekNonSpace().pos, nodes: [] };
    while (this.peekNonSpace().type !== 'eof') {
      const node = this.textOrAction();
      if (isStop(node)) {
        this.leave();
        return { list, stop: node };
      }
      list.nodes.push(node);
    }
    return this.fail('unexpected EOF');
  }

  private textOrAction(): Node | StopNode {
    const token = this.nextNonSpace();
    if (token.type === 'text') return { kind: 'text', pos: token.pos, text: token.text };
    if (token.type !== 'leftDelim') return this.unexpected(token, 'input');
    this.actionLine = token.line;
    const node = this.action();
    this.actionLine = 0;
    return node;
  }

  private action(): Node | StopNode {
    const token = this.nextNonSpace();
    switch (token.type) {
      case 'block':
        return this.blockControl();
      case 'break':
      case 'continue':
        return this.jumpControl(token, token.type);
      case 'else':
        return this.elseControl();
      case 'end':
        return { kind: 'end', pos: this.expect('rightDelim', 'end').pos };
      case 'if':
      case 'range':
      case 'with':
        return this.branchControl(token.type);
      case 'template':
        return this.templateControl();
      default:
        break;
    }
    this.backup();
    const first = this.peek();
    return { kind: 'action', pos: first.pos, pipe: this.pipeline('command', 'rightDelim') };
  }

  private jumpControl(token: Token, kind: 'break' | 'continue'): Node {
    const end = this.nextNonSpace();
    if (end.type !== 'rightDelim') this.unexpected(end, `{{${kind}}}`);
    if (this.rangeDepth === 0) this.fail(`{{${kind}}} outside {{range}}`);
    return { kind, pos: token.pos };
  }

  private elseControl(): StopNode {
    const peek = this.peekNonSpace();
    // The word behind the else is left for the branch that it continues.
    if (peek.type === 'if' || peek.type === 'with') return { kind: 'else', pos: peek.pos };
    return { kind: 'else', pos: this.expect('rightDelim', 'else').pos };
  }

  private branchControl(kind: BranchNode['kind']): BranchNode {
    const mark = this.variables.length;
    const pipe = this.pipeline(kind, 'rightDelim');
    if (kind === 'range') this.rangeDepth += 1;
    const { list, stop } = this.itemList();
    if (kind === 'range') this.rangeDepth -= 1;
    const elseList = stop.kind === 'else' ? this.elseBranch(kind, stop) : undefined;
    this.variables.length = mark;
    return { kind, pos: pipe.pos, pipe, list, elseList };
  }

  private elseBranch(kind: BranchNode['kind'], stop: StopNode): ListNode {
    // `else if` and `else with` share the end of the branch that they continue.
    if (kind !== 'range' && this.peek().type === kind) {
      this.next();
      this.enter();
      const nodes = [this.branchControl(kind)];
      this.leave();
      return { kind: 'list', pos: stop.pos, nodes };
    }
    const { list, stop: last } = this.itemList();
    if (last.kind !== 'end') this.fail(`expected end; found {{else}}`);
    return list;
  }

  private blockControl(): TemplateNode {
    const context = 'block clause';
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    const pipe = this.pipeline(context, 'rightDelim');
    const inner = new Parser(this.source);
    const { list, stop } = inner.itemList();
    if (stop.kind !== 'end') this.fail(`unexpected {{else}} in ${context}`);
    inner.add(name, list);
    return { kind: 'template', pos: token.pos, name, pipe };
  }

  private templateControl(): TemplateNode {
    const context = 'template clause';
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    if (this.nextNonSpace().type === 'rightDelim') return { kind: 'template', pos: token.pos, name, pipe: undefined };
    this.backup();
    return { kind: 'template', pos: token.pos, name, pipe: this.pipeline(context, 'rightDelim') };
  }

  // ---- pipelines

  private pipeline(context: string, end: TokenType): PipeNode {
    const first = this.peekNonSpace();
    const pipe: PipeNode = { kind: 'pipe', pos: first.pos, isAssign: false, declarations: [], commands: [] };
    while (this.declaration(pipe, context));
    for (let token = this.nextNonSpace(); token.type !== end; token = this.nextNonSpace()) {
      if (!OPERANDS.has(token.type)) this.unexpected(token, context);
      this.backup();
      pipe.commands.push(this.command());
    }
    this.checkPipeline(pipe, context);
    return pipe;
  }

  private declare(pipe: PipeNode, token: Token): void {
    pipe.declarations.push({ kind: 'variable', pos: token.pos, names: [token.text] });
    this.variables.push(token.text);
  }

  /** One `$x :=`, `$x =` or `$x,`; true when another one follows. */
  private declaration(pipe: PipeNode, context: string): boolean {
    const variable = this.peekNonSpace();
    if (variable.type !== 'variable') return false;
    this.next();
    // Whether this is a declaration shows only behind the space, which must be given back if it is none.
    const after = this.peek();
    const next = this.peekNonSpace();
    if (next.type === 'assign' || next.type === 'declare') {
      pipe.isAssign = next.type === 'assign';
      this.nextNonSpace();
      this.declare(pipe, variable);
      return false;
    }
    if (next.type === 'char' && next.text === ',') return this.secondDeclaration(pipe, variable, context);
    if (after.type === 'space') {
      this.token[1] = after;
      this.token[2] = variable;
      this.peeked = 3;
    } else {
      this.token[1] = variable;
      this.peeked = 2;
    }
    return false;
  }

  private secondDeclaration(pipe: PipeNode, variable: Token, context: string): boolean {
    this.nextNonSpace();
    this.declare(pipe, variable);
    if (context === 'range' && pipe.declarations.length < 2) {
      const { type } = this.peekNonSpace();
      if (type === 'variable' || type === 'rightDelim' || type === 'rightParen') return true;
      return this.fail('range can only initialize variables');
    }
    return this.fail(`too many declarations in ${context}`);
  }

  private checkPipeline(pipe: PipeNode, context: string): void {
    if (pipe.commands.length === 0) this.fail(`missing value for ${context}`);
    for (const [index, command] of pipe.commands.entries()) {
      if (index > 0 && NOT_EXECUTABLE.has(command.args[0]?.kind ?? '')) {
        this.fail(`non executable command in pipeline stage ${index + 1}`);
      }
    }
  }

  private command(): CommandNode {
    const command: CommandNode = { kind: 'command', pos: this.peekNonSpace().pos, args: [] };
    for (;;) {
      this.peekNonSpace();
      const operand = this.operand();
      if (operand !== undefined) command.args.push(operand);
      const token = this.next();
      if (token.type === 'space') continue;
      if (token.type === 'rightDelim' || token.type === 'rightParen') this.backup();
      else if (token.type !== 'pipe') this.unexpected(token, 'operand');
      break;
    }
    if (command.args.length === 0) this.fail('empty command');
    return command;
  }

  private operand(): Operand | undefined {
    const node = this.term();
    if (node === undefined || this.peek().type !== 'field') return node;
    const { pos } = this.peek();
    const names: string[] = [];
    while (this.peek().type === 'field') names.push(this.next().text.slice(1));
    if (node.kind === 'field' || node.kind === 'variable') return { ...node, pos, names: [...node.names, ...names] };
    if (NOT_EXECUTABLE.has(node.kind)) this.fail(`unexpected . after term ${quoteGo(showNode(node))}`);
    return { kind: 'chain', pos, node, names };
  }

  private term(): Operand | undefined {
    const token = this.nextNonSpace();
    const { pos, text } = token;
    switch (token.type) {
      case 'identifier':
        if (!this.source.options.hasFunction(text)) this.fail(`function ${quoteGo(text)} not defined`);
        return { kind: 'identifier', pos, name: text };
      case '.':
        return { kind: 'dot', pos };
      case 'nil':
        return { kind: 'nil', pos };
      case 'variable':
        return this.useVariable(token);
      case 'field':
        return { kind: 'field', pos, names: [text.slice(1)] };
      case 'bool':
        return { kind: 'bool', pos, value: text === 'true' };
      case 'leftParen':
        return this.parenthesized();
      default:
        return this.constant(token);
    }
  }

  private parenthesized(): PipeNode {
    this.enter();
    const pipe = this.pipeline('parenthesized pipeline', 'rightParen');
    this.leave();
    return pipe;
  }

  private constant(token: Token): Operand | undefined {
    switch (token.type) {
      case 'charConstant':
      case 'complex':
      case 'number': {
        const constant = parseConstant(token.type, token.text, token.pos);
        return typeof constant === 'string' ? this.fail(constant) : constant;
      }
      case 'string':
      case 'rawString': {
        const value = unquoteGo(token.text) ?? this.fail('invalid syntax');
        return { kind: 'string', pos: token.pos, quoted: token.text, value };
      }
      default:
        this.backup();
        return undefined;
    }
  }

  private useVariable(token: Token): VariableNode {
    if (!this.variables.includes(token.text)) this.fail(`undefined variable ${quoteGo(token.text)}`);
    return { kind: 'variable', pos: token.pos, names: [token.text] };
  }
}

/** Parses a source into its templates, by name. Throws DiagnosticError with Go's words. */
export function parseTrees(origin: Origin, options: ParseOptions): ReadonlyMap<string, Tree> {
  const notKeywords = new Set(['break', 'continue'].filter(options.hasFunction));
  const lexOptions: LexOptions = { left: options.left, right: options.right, notKeywords };
  const tokens = lexTemplate(origin.source, lexOptions);
  const source: Source = { origin, options, tokens, trees: new Map(), next: 0, nesting: 0 };
  new Parser(source).parseAll();
  return source.trees;
}
