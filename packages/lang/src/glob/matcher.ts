import { assembleProgram, runProgram, type GlobNode } from './program.ts';

/** A compiled pattern. */
export interface Glob {
  /** True when the whole text matches. @throws DiagnosticError for a text over `GLOB_LIMIT_TEXT`. */
  readonly match: (text: string) => boolean;
}

function flatten(node: GlobNode): readonly GlobNode[] {
  return node.kind === 'sequence' ? node.items.flatMap(flatten) : [node];
}

const isOpen = (node: GlobNode): boolean => node.kind === 'run' && node.except === '';

/** Most patterns are a word, `word*` or `*word`: those need no machine. */
function shortcut(parts: readonly GlobNode[]): ((text: string) => boolean) | undefined {
  const [first, second] = parts;
  if (first === undefined) return (text) => text === '';
  if (parts.length > 2) return undefined;
  if (second === undefined) {
    if (first.kind === 'text') return (text) => text === first.text;
    return isOpen(first) ? () => true : undefined;
  }
  if (isOpen(first) && second.kind === 'text') return (text) => text.endsWith(second.text);
  return first.kind === 'text' && isOpen(second) ? (text) => text.startsWith(first.text) : undefined;
}

/** Compiles a tree to a matcher. */
export function globOf(root: GlobNode): Glob {
  const fast = shortcut(flatten(root));
  if (fast !== undefined) return Object.freeze({ match: fast });
  const program = assembleProgram(root);
  return Object.freeze({ match: (text: string) => runProgram(program, text) });
}
