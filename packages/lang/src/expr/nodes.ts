/** A node of an expression. `at` is the code point that messages point to; `height` is that of its tree. */
interface Placed {
  readonly at: number;
  readonly height: number;
}

/** `nil`, `true`, `1`, `1.5`, `'a'`. Whole numbers are bigint, others number. */
export interface LiteralNode extends Placed {
  readonly kind: 'literal';
  readonly value: null | boolean | bigint | number | string;
}

/** A name: a variable, the environment's member, or a function without a call. */
export interface IdentifierNode extends Placed {
  readonly kind: 'identifier';
  readonly name: string;
}

/** `!x`, `not x`, `-x`, `+x`. */
export interface UnaryNode extends Placed {
  readonly kind: 'unary';
  readonly operator: string;
  readonly node: Node;
}

/** `a + b` and all others between two operands. */
export interface BinaryNode extends Placed {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: Node;
  readonly right: Node;
}

/** The extent of `?.`: a nil inside ends all of it. */
export interface ChainNode extends Placed {
  readonly kind: 'chain';
  readonly node: Node;
}

/** `a.b`, `a?.b`, `a[b]`. `method` is true for the callee of `a.b()`. */
export interface MemberNode extends Placed {
  readonly kind: 'member';
  readonly node: Node;
  readonly property: Node;
  readonly optional: boolean;
  readonly method: boolean;
}

/** `a[from:to]`. */
export interface SliceNode extends Placed {
  readonly kind: 'slice';
  readonly node: Node;
  readonly from: Node | undefined;
  readonly to: Node | undefined;
}

/** A call of something from the environment, or of a method. */
export interface CallNode extends Placed {
  readonly kind: 'call';
  readonly callee: Node;
  readonly args: readonly Node[];
}

/** A call of a built-in function. */
export interface BuiltinNode extends Placed {
  readonly kind: 'builtin';
  readonly name: string;
  readonly args: readonly Node[];
}

/** What `filter` and its like run for each element. */
export interface PredicateNode extends Placed {
  readonly kind: 'predicate';
  readonly node: Node;
}

/** `#`, `#acc`, `#index`. */
export interface PointerNode extends Placed {
  readonly kind: 'pointer';
  readonly name: string;
}

/** `let name = value; body`. */
export interface LetNode extends Placed {
  readonly kind: 'let';
  readonly name: string;
  readonly value: Node;
  readonly body: Node;
}

/** `a; b`: the value of the last. */
export interface SequenceNode extends Placed {
  readonly kind: 'sequence';
  readonly nodes: readonly Node[];
}

/** `a ? b : c` and `if a { b } else { c }`. */
export interface ConditionalNode extends Placed {
  readonly kind: 'conditional';
  readonly condition: Node;
  readonly consequent: Node;
  readonly otherwise: Node;
}

/** `[a, b]`. */
export interface ArrayNode extends Placed {
  readonly kind: 'array';
  readonly nodes: readonly Node[];
}

/** `{a: b}`. */
export interface MapNode extends Placed {
  readonly kind: 'map';
  readonly pairs: readonly { readonly key: Node; readonly value: Node }[];
}

/** Any node. */
export type Node =
  | LiteralNode
  | IdentifierNode
  | UnaryNode
  | BinaryNode
  | ChainNode
  | MemberNode
  | SliceNode
  | CallNode
  | BuiltinNode
  | PredicateNode
  | PointerNode
  | LetNode
  | SequenceNode
  | ConditionalNode
  | ArrayNode
  | MapNode;

/** The direct children of a node, in the order of the source. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'unary':
    case 'chain':
    case 'predicate':
      return [node.node];
    case 'binary':
      return [node.left, node.right];
    case 'member':
      return [node.node, node.property];
    case 'slice':
      return [node.node, node.from, node.to].filter((item) => item !== undefined);
    case 'call':
      return [node.callee, ...node.args];
    case 'builtin':
      return node.args;
    case 'let':
      return [node.value, node.body];
    case 'conditional':
      return [node.condition, node.consequent, node.otherwise];
    case 'array':
    case 'sequence':
      return node.nodes;
    case 'map':
      return node.pairs.flatMap(({ key, value }) => [key, value]);
    default:
      return [];
  }
}
