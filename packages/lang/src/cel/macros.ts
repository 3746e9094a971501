import type { CelNode, FoldKind } from './nodes.ts';

type CallNode = CelNode & { readonly kind: 'call' };
type Fail = (at: number, message: string) => never;
type Expand = (node: CallNode, target: CelNode, fail: Fail) => CelNode;

function simpleName(node: CelNode | undefined, fail: Fail): string {
  if (node?.kind === 'name' && !node.absolute) return node.name;
  return fail(node?.at ?? 0, 'argument must be a simple name');
}

interface Shape {
  readonly names: number;
  readonly filter?: boolean;
}

/** A loop macro whose first arguments are names. */
function fold(kind: FoldKind, shape: Shape): Expand {
  return (node, target, fail) => {
    const names = node.args.slice(0, shape.names).map((arg) => simpleName(arg, fail));
    const rest = node.args.slice(shape.names);
    const [first, second] = rest;
    const body = shape.filter === true ? second : first;
    if (new Set(names).size < names.length) {
      fail(node.args[1]?.at ?? node.at, `duplicate variable name: ${names[0] ?? ''}`);
    }
    if (body === undefined) return fail(node.at, `malformed ${kind}()`);
    return {
      kind: 'fold',
      fold: kind,
      range: target,
      names,
      filter: shape.filter === true ? first : undefined,
      body,
      at: node.at,
    };
  };
}

function optional(flat: boolean): Expand {
  return (node, target, fail) => {
    const name = simpleName(node.args[0], fail);
    const body = node.args[1] ?? fail(node.at, 'malformed optMap()');
    return { kind: 'optMap', target, name, body, flat, at: node.at };
  };
}

/** Macros that stand behind a target, by name and number of arguments. */
const RECEIVER: ReadonlyMap<string, Expand> = new Map([
  ['all:2', fold('all', { names: 1 })],
  ['all:3', fold('all', { names: 2 })],
  ['exists:2', fold('exists', { names: 1 })],
  ['exists:3', fold('exists', { names: 2 })],
  ['exists_one:2', fold('exists_one', { names: 1 })],
  ['exists_one:3', fold('exists_one', { names: 2 })],
  ['existsOne:2', fold('exists_one', { names: 1 })],
  ['existsOne:3', fold('exists_one', { names: 2 })],
  ['filter:2', fold('filter', { names: 1 })],
  ['map:2', fold('map', { names: 1 })],
  ['map:3', fold('map', { names: 1, filter: true })],
  ['sortBy:2', fold('sortBy', { names: 1 })],
  ['transformList:3', fold('transformList', { names: 2 })],
  ['transformList:4', fold('transformList', { names: 2, filter: true })],
  ['transformMap:3', fold('transformMap', { names: 2 })],
  ['transformMap:4', fold('transformMap', { names: 2, filter: true })],
  ['transformMapEntry:3', fold('transformMapEntry', { names: 2 })],
  ['transformMapEntry:4', fold('transformMapEntry', { names: 2, filter: true })],
  ['optMap:2', optional(false)],
  ['optFlatMap:2', optional(true)],
]);

function expandHas(node: CallNode, fail: Fail): CelNode {
  const [operand] = node.args;
  if (operand?.kind !== 'select') return fail(node.args[0]?.at ?? node.at, 'invalid argument to has() macro');
  return { kind: 'has', target: operand.target, field: operand.field, at: node.at };
}

function expandBind(node: CallNode, fail: Fail): CelNode {
  const [nameNode, value, body] = node.args;
  if (nameNode?.kind !== 'name' || value === undefined || body === undefined) {
    return fail(nameNode?.at ?? node.at, 'cel.bind() variable names must be simple identifiers');
  }
  return { kind: 'bind', name: nameNode.name, value, body, at: node.at };
}

/** The node that a macro call stands for; `undefined` when the call is no macro. */
export function expandMacro(node: CallNode, fail: Fail): CelNode | undefined {
  const { target } = node;
  if (target === undefined) return node.name === 'has' && node.args.length === 1 ? expandHas(node, fail) : undefined;
  const isCel = target.kind === 'name' && target.name === 'cel';
  if (isCel && node.name === 'bind' && node.args.length === 3) return expandBind(node, fail);
  return RECEIVER.get(`${node.name}:${node.args.length}`)?.(node, target, fail);
}
