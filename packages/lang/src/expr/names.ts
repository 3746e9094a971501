import { childrenOf, type MemberNode, type Node } from './nodes.ts';

function pathOf(node: MemberNode): string | undefined {
  const { property } = node;
  if (property.kind !== 'literal' || typeof property.value !== 'string') return undefined;
  const base = baseOf(node.node);
  return base === undefined ? undefined : `${base}.${property.value}`;
}

function baseOf(node: Node): string | undefined {
  if (node.kind === 'identifier') return node.name;
  return node.kind === 'member' ? pathOf(node) : undefined;
}

/**
 * The names and dotted paths that an expression reads (`a`, `a.b`, `a.b.c`), in the order of the source, each once.
 * A path ends where something else than a constant text follows.
 */
export function namesIn(tree: Node): readonly string[] {
  const found = new Set<string>();
  const visit = (node: Node): void => {
    for (const child of childrenOf(node)) visit(child);
    const path = node.kind === 'member' || node.kind === 'identifier' ? baseOf(node) : undefined;
    if (path !== undefined) found.add(path);
  };
  visit(tree);
  return [...found];
}

/**
 * Like namesIn, without what `??` and `?.` guard: these may be missing. Names that the expression itself declares
 * are left out.
 */
export function requiredNamesIn(tree: Node): readonly string[] {
  const found = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind === 'chain') return;
    if (node.kind === 'let') declared.add(node.name);
    const path = node.kind === 'member' || node.kind === 'identifier' ? baseOf(node) : undefined;
    if (path !== undefined) {
      found.add(path);
      return;
    }
    const guarded = node.kind === 'binary' && node.operator === '??' ? node.left : undefined;
    for (const child of childrenOf(node)) if (child !== guarded) visit(child);
  };
  visit(tree);
  return [...found].filter((name) => !declared.has(name.split('.')[0] ?? '') && name !== '$env');
}

/**
 * The longest constant paths that an expression reads, each once: `a.b.c` without `a` and `a.b`, unless these are read
 * by themselves too.
 */
export function pathsIn(tree: Node): readonly string[] {
  const found = new Set<string>();
  const visit = (node: Node): void => {
    const path = node.kind === 'member' || node.kind === 'identifier' ? baseOf(node) : undefined;
    if (path !== undefined) found.add(path);
    else for (const child of childrenOf(node)) visit(child);
  };
  visit(tree);
  return [...found];
}
