import { diagnostic, DiagnosticError, limitReached } from '../diagnostic/index.ts';
import {
  entriesOf,
  GoCallable,
  GoInteger,
  GoMap,
  integerOf,
  isTruthy,
  itemsOf,
  printPlain,
  quoteGo,
  sortedKeys,
  type GoValue,
} from '../gofmt/index.ts';
import { Evaluation, type Program } from './eval.ts';
import type { Meter } from './meter.ts';
import { showNode, type BranchNode, type ListNode, type Node, type PipeNode, type TemplateNode } from './nodes.ts';

type Jump = 'break' | 'continue' | undefined;

/** One element of a range. */
interface Element {
  readonly key: GoValue;
  readonly item: GoValue;
  readonly boxed: boolean;
}

/** The state of one template's execution; a nested render has one of its own with the same meter. */
class Execution extends Evaluation {
  private out = '';

  protected override renderOther(program: Program, name: string, data: GoValue): string {
    return renderNamed(program, { name, data }, this.meter);
  }

  run(data: GoValue): string {
    return this.runTree(data);
  }

  private runTree(data: GoValue): string {
    this.variables = [{ name: '$', value: data, boxed: false }];
    this.walkList(data, this.tree.root);
    return this.out;
  }

  private write(text: string): void {
    this.reserve(text.length);
    this.out += text;
  }

  private walkList(dot: GoValue, list: ListNode): Jump {
    this.node = list;
    for (const node of list.nodes) {
      const jump = this.walk(dot, node);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  private walk(dot: GoValue, node: Node): Jump {
    this.node = node;
    this.spend(1);
    switch (node.kind) {
      case 'text':
        this.write(node.text);
        return undefined;
      case 'action':
        this.walkAction(dot, node.pipe);
        return undefined;
      case 'if':
      case 'with':
        return this.walkIfOrWith(dot, node);
      case 'range':
        return this.walkRange(dot, node);
      case 'template':
        this.walkTemplate(dot, node);
        return undefined;
      default:
        return node.kind;
    }
  }

  private walkAction(dot: GoValue, pipe: PipeNode): void {
    const action = this.node;
    const value = this.pipeline(dot, pipe);
    if (pipe.declarations.length > 0) return;
    if (typeof value === 'string') return this.write(value);
    this.node = action;
    if (value === undefined || value === null) return this.write('<no value>');
    if (value instanceof GoCallable) this.fail(`can't print ${showNode(this.node ?? pipe)} of type ${value.type}`);
    const printed = printPlain(value);
    this.spend(printed.length >> 3);
    this.write(printed);
  }

  private walkIfOrWith(dot: GoValue, node: BranchNode): Jump {
    const mark = this.variables.length;
    const boxed = this.dotBoxed;
    const value = this.pipeline(dot, node.pipe);
    const truth = isTruthy(value);
    let jump: Jump;
    if (truth && node.kind === 'with') {
      this.dotBoxed = false;
      jump = this.walkList(value, node.list);
      this.dotBoxed = boxed;
    } else if (truth) jump = this.walkList(dot, node.list);
    else if (node.elseList !== undefined) jump = this.walkList(dot, node.elseList);
    this.variables.length = mark;
    return jump;
  }

  private walkRange(dot: GoValue, node: BranchNode): Jump {
    const mark = this.variables.length;
    const boxed = this.dotBoxed;
    const value = this.pipeline(dot, node.pipe);
    const ran = this.rangeOver(value, node);
    this.dotBoxed = boxed;
    const jump = ran || node.elseList === undefined ? undefined : this.walkList(dot, node.elseList);
    this.variables.length = mark;
    return jump;
  }

  /** True when there was at least one element. */
  private rangeOver(value: GoValue, node: BranchNode): boolean {
    if (value === undefined || value === null) return false;
    const items = itemsOf(value);
    if (items !== undefined) {
      const boxed = Array.isArray(value);
      return this.iterate(node, items.length, (index) => ({ key: BigInt(index), item: items[index], boxed }));
    }
    const entries = entriesOf(value);
    if (entries !== undefined) {
      const keys = sortedKeys(entries);
      this.spend(keys.length);
      const boxed = !(value instanceof GoMap);
      return this.iterate(node, keys.length, (index) => {
        const key = keys[index] ?? '';
        return { key, item: entries[key], boxed };
      });
    }
    return this.rangeOverInteger(value, node);
  }

  private rangeOverInteger(value: GoValue, node: BranchNode): boolean {
    const integer = integerOf(value);
    if (integer === undefined) return this.fail(`range can't iterate over ${printPlain(value)}`);
    if (node.pipe.declarations.length > 1) {
      this.fail(`can't use ${printPlain(value)} to iterate over more than one variable`);
    }
    const same = (index: number): GoValue =>
      value instanceof GoInteger ? new GoInteger(value.kind, BigInt(index)) : BigInt(index);
    return this.iterate(node, Number(integer), (index) => ({ key: undefined, item: same(index), boxed: false }));
  }

  private iterate(node: BranchNode, count: number, at: (index: number) => Element): boolean {
    const mark = this.variables.length;
    for (let index = 0; index < count; index += 1) {
      this.spend(1);
      const element = at(index);
      this.bindElement(node.pipe, element);
      this.dotBoxed = element.boxed;
      const jump = this.walkList(element.item, node.list);
      this.variables.length = mark;
      if (jump === 'break') break;
    }
    return count > 0;
  }

  private bindElement(pipe: PipeNode, element: Element): void {
    const [first, second] = pipe.declarations.map((item) => item.names[0] ?? '');
    if (first === undefined) return;
    if (pipe.isAssign) {
      if (second !== undefined) this.assign(first, element.key, false);
      this.assign(second ?? first, element.item, element.boxed);
      return;
    }
    // The variables were declared with the whole list; they stand on top of the stack.
    const top = this.variables.at(-1);
    if (top !== undefined) [top.value, top.boxed] = [element.item, element.boxed];
    const below = second === undefined ? undefined : this.variables.at(-2);
    if (below !== undefined) [below.value, below.boxed] = [element.key, false];
  }

  private walkTemplate(dot: GoValue, node: TemplateNode): void {
    const tree = this.program.trees.get(node.name);
    if (tree === undefined) return this.fail(`template ${quoteGo(node.name)} not defined`);
    const { depth } = this.program.limits;
    if (this.meter.depth >= depth) this.fail(`exceeded maximum template depth (${depth})`);
    const data = node.pipe === undefined ? undefined : this.pipeline(dot, node.pipe);
    const saved = { tree: this.tree, node: this.node, variables: this.variables, boxed: this.dotBoxed };
    this.meter.depth += 1;
    this.tree = tree;
    this.dotBoxed = false;
    this.runTree(data);
    this.meter.depth -= 1;
    this.tree = saved.tree;
    this.node = saved.node;
    this.variables = saved.variables;
    this.dotBoxed = saved.boxed;
  }
}

/** Renders a template of a program by name, with a meter that nested renders share. */
export function renderNamed(
  program: Program,
  what: { readonly name: string; readonly data: GoValue },
  meter: Meter,
): string {
  const tree = program.trees.get(what.name);
  if (tree === undefined) {
    throw new DiagnosticError(
      diagnostic(`template: no template ${quoteGo(what.name)} associated with template "gotpl"`),
    );
  }
  if (meter.depth >= program.limits.depth) {
    throw new DiagnosticError(limitReached('template depth', program.limits.depth));
  }
  meter.depth += 1;
  const text = new Execution(program, meter, tree).run(what.data === null ? undefined : what.data);
  meter.depth -= 1;
  return text;
}
