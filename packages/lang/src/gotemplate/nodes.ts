import { quoteGo, type GoComplex } from '../gofmt/index.ts';

/** Where a template's text came from; errors name it. */
export interface Origin {
  /** The name given to the text, not the name of a template defined in it. */
  readonly parseName: string;
  readonly source: string;
}

interface Placed {
  /** UTF-16 units from the beginning of the source. */
  readonly pos: number;
}

/** `.A.B` */
export interface FieldNode extends Placed {
  readonly kind: 'field';
  readonly names: readonly string[];
}
/** `$x.A` */
export interface VariableNode extends Placed {
  readonly kind: 'variable';
  readonly names: readonly string[];
}
/** `(pipeline).A`, `function.A` */
export interface ChainNode extends Placed {
  readonly kind: 'chain';
  readonly node: Operand;
  readonly names: string[];
}
/** A function's name. */
export interface IdentifierNode extends Placed {
  readonly kind: 'identifier';
  readonly name: string;
}
/** `.` */
export interface DotNode extends Placed {
  readonly kind: 'dot';
}
/** `nil` */
export interface NilNode extends Placed {
  readonly kind: 'nil';
}
/** `true`, `false` */
export interface BoolNode extends Placed {
  readonly kind: 'bool';
  readonly value: boolean;
}
/** A text constant; `quoted` as it was written. */
export interface StringNode extends Placed {
  readonly kind: 'string';
  readonly quoted: string;
  readonly value: string;
}
/** A numeric constant, in every form that it can take without loss. */
export interface NumberNode extends Placed {
  readonly kind: 'number';
  readonly text: string;
  readonly int: bigint | undefined;
  readonly uint: bigint | undefined;
  readonly float: number | undefined;
  readonly complex: GoComplex | undefined;
}
/** One command of a pipeline with its arguments. */
export interface CommandNode extends Placed {
  readonly kind: 'command';
  readonly args: Operand[];
}
/** Commands joined by `|`, perhaps with declarations. */
export interface PipeNode extends Placed {
  readonly kind: 'pipe';
  isAssign: boolean;
  readonly declarations: VariableNode[];
  readonly commands: CommandNode[];
}
/** What may stand as an argument. */
export type Operand =
  | FieldNode
  | VariableNode
  | ChainNode
  | IdentifierNode
  | DotNode
  | NilNode
  | BoolNode
  | StringNode
  | NumberNode
  | PipeNode;

/** Plain text between actions. */
export interface TextNode extends Placed {
  readonly kind: 'text';
  readonly text: string;
}
/** `{{pipeline}}` */
export interface ActionNode extends Placed {
  readonly kind: 'action';
  readonly pipe: PipeNode;
}
/** `{{break}}`, `{{continue}}` */
export interface JumpNode extends Placed {
  readonly kind: 'break' | 'continue';
}
/** A sequence. */
export interface ListNode extends Placed {
  readonly kind: 'list';
  readonly nodes: Node[];
}
/** `{{if}}`, `{{range}}`, `{{with}}` */
export interface BranchNode extends Placed {
  readonly kind: 'if' | 'range' | 'with';
  readonly pipe: PipeNode;
  readonly list: ListNode;
  readonly elseList: ListNode | undefined;
}
/** `{{template "name" pipeline}}` */
export interface TemplateNode extends Placed {
  readonly kind: 'template';
  readonly name: string;
  readonly pipe: PipeNode | undefined;
}
/** `{{end}}`, `{{else}}`: only seen while parsing. */
export interface StopNode extends Placed {
  readonly kind: 'end' | 'else';
}
/** What stands in a template's body. */
export type Node = TextNode | ActionNode | JumpNode | BranchNode | TemplateNode;
/** Anything that an error may point at. */
export type AnyNode = Node | Operand | CommandNode | ListNode;

/** One named template. */
export interface Tree {
  readonly name: string;
  readonly origin: Origin;
  readonly root: ListNode;
}

function showPipe(pipe: PipeNode): string {
  const names = pipe.declarations.map((item) => item.names.join('.')).join(', ');
  const operator = pipe.isAssign ? ' = ' : ' := ';
  const commands = pipe.commands.map(showCommand).join(' | ');
  return names === '' ? commands : `${names}${operator}${commands}`;
}

const showArgument = (node: Operand): string => (node.kind === 'pipe' ? `(${showPipe(node)})` : showOperand(node));

function showCommand(command: CommandNode): string {
  return command.args.map(showArgument).join(' ');
}

const dotted = (names: readonly string[]): string => names.map((name) => `.${name}`).join('');

function showOperand(node: Operand): string {
  switch (node.kind) {
    case 'field':
      return dotted(node.names);
    case 'variable':
      return node.names.join('.');
    case 'chain':
      return showArgument(node.node) + dotted(node.names);
    case 'identifier':
      return node.name;
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'bool':
      return String(node.value);
    case 'string':
      return node.quoted;
    case 'number':
      return node.text;
    case 'pipe':
      return showPipe(node);
  }
}

const showList = (list: ListNode): string => list.nodes.map(showNode).join('');

function showBranch(node: BranchNode): string {
  const otherwise = node.elseList === undefined ? '' : `{{else}}${showList(node.elseList)}`;
  return `{{${node.kind} ${showPipe(node.pipe)}}}${showList(node.list)}${otherwise}{{end}}`;
}

/** A node as Go's errors quote it: the source, normalised. */
export function showNode(node: AnyNode): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'action':
      return `{{${showPipe(node.pipe)}}}`;
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`;
    case 'list':
      return showList(node);
    case 'if':
    case 'range':
    case 'with':
      return showBranch(node);
    case 'template':
      return `{{template ${quoteGo(node.name)}${node.pipe === undefined ? '' : ` ${showPipe(node.pipe)}`}}}`;
    case 'command':
      return showCommand(node);
    default:
      return showOperand(node);
  }
}

/** True for a list that holds nothing but white space (and comments, which are not kept). */
export function isEmptyList(list: ListNode): boolean {
  return list.nodes.every((node) => node.kind === 'text' && /^[\s\u0085]*$/.test(node.text));
}
