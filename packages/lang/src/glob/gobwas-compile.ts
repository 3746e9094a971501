import {
  anyMatcher,
  containsMatcher,
  countMatcher,
  enclosingMatcher,
  NOTHING,
  prefixMatcher,
  runeMatcher,
  suffixMatcher,
  SUPER,
  textMatcher,
  WorkExhausted,
  type Matcher,
  type Work,
} from './gobwas-matchers.ts';
import { choiceMatcher, everyMatcher, rowMatcher, treeMatcher, type Tree } from './gobwas-groups.ts';
import { toBinary } from './gobwas-runes.ts';
import type { GlobNode } from './program.ts';

const codesOf = (text: string): readonly number[] => [...text].map((char) => char.codePointAt(0) ?? 0);
const isTree = (matcher: Matcher): matcher is Matcher & { readonly tree: Tree } => matcher.kind === 'tree';
const sameCodes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((code, at) => code === b[at]);

/** A text with something before it and nothing behind. */
function optimizeEnd(literal: string, left: Matcher): Matcher | undefined {
  if (left.kind === 'super') return suffixMatcher(literal, []);
  if (left.kind === 'prefix') return enclosingMatcher(left.literal ?? '', literal);
  return left.kind === 'any' ? suffixMatcher(literal, left.codes ?? []) : undefined;
}

/** A text with something behind it and nothing before. */
function optimizeBeginning(literal: string, right: Matcher): Matcher | undefined {
  if (right.kind === 'super') return prefixMatcher(literal, []);
  if (right.kind === 'suffix') return enclosingMatcher(literal, right.literal ?? '');
  return right.kind === 'any' ? prefixMatcher(literal, right.codes ?? []) : undefined;
}

/** A text with open ends: what upstream has special matchers for. */
function optimizeText(literal: string, left: Matcher | undefined, right: Matcher | undefined): Matcher | undefined {
  if (left === undefined) return right === undefined ? textMatcher(literal) : optimizeBeginning(literal, right);
  if (right === undefined) return optimizeEnd(literal, left);
  return left.kind === 'super' && right.kind === 'super' ? containsMatcher(literal, false) : undefined;
}

function optimizeTree({ value, left, right }: Tree): Matcher {
  const before = left === undefined ? undefined : optimize(left);
  const behind = right === undefined ? undefined : optimize(right);
  const special = value.kind === 'text' ? optimizeText(value.literal ?? '', before, behind) : undefined;
  return special ?? treeMatcher({ value, left: before, right: behind });
}

function optimize(matcher: Matcher): Matcher {
  if (isTree(matcher)) return optimizeTree(matcher.tree);
  const { kind, codes = [], negated } = matcher;
  if (kind === 'any' && codes.length === 0) return SUPER;
  const [only] = codes;
  if (kind !== 'list' || negated !== false || codes.length !== 1 || only === undefined) return matcher;
  return textMatcher(toBinary(String.fromCodePoint(only)));
}

/** What a run of `*`, `**`, `?` and `[!…]` has in common; `undefined` when the matchers cannot be joined. */
interface Common {
  readonly any: boolean;
  readonly crossing: boolean;
  readonly least: number;
  readonly codes: readonly number[];
}

function commonOf(matchers: readonly Matcher[]): Common | undefined {
  const joinable = (matcher: Matcher): boolean =>
    ['super', 'any', 'single'].includes(matcher.kind) || (matcher.kind === 'list' && matcher.negated === true);
  const codes = matchers[0]?.codes ?? [];
  if (!matchers.every((matcher) => joinable(matcher) && sameCodes(matcher.codes ?? [], codes))) return undefined;
  return {
    any: matchers.some((matcher) => matcher.kind === 'any'),
    crossing: matchers.some((matcher) => matcher.kind === 'super'),
    least: matchers.filter((matcher) => matcher.kind === 'single' || matcher.kind === 'list').length,
    codes,
  };
}

/** The conditions that a joined run must meet all at once. */
function conditionsOf({ any, crossing, least, codes }: Common): readonly Matcher[] {
  const parts: Matcher[] = [];
  if (least > 0) parts.push(countMatcher(least, true));
  if (least > 0 && !any && !crossing) parts.push(countMatcher(least, false));
  // compat(lang-0713): several separators count as one text, so `??` with `/` and `.` crosses each of them alone.
  if (codes.length > 0) parts.push(containsMatcher(toBinary(String.fromCodePoint(...codes)), true));
  return parts;
}

function joinEvery(matchers: readonly Matcher[]): Matcher | undefined {
  const common = commonOf(matchers);
  if (common === undefined) return undefined;
  const { any, crossing, least, codes } = common;
  if (least === 0 && any !== crossing) return crossing ? SUPER : anyMatcher(codes);
  const open = any || crossing;
  return open && least > 0 && codes.length === 0 ? countMatcher(least, true) : everyMatcher(conditionsOf(common));
}

function join(matchers: readonly Matcher[]): Matcher | undefined {
  if (matchers.length <= 1) return undefined;
  const every = joinEvery(matchers);
  if (every !== undefined) return every;
  return matchers.every((matcher) => matcher.length !== -1) ? rowMatcher(matchers) : undefined;
}

interface Joined {
  readonly matcher: Matcher;
  readonly from: number;
  readonly to: number;
}

function isBetter(best: Joined | undefined, next: Joined): boolean {
  if (best === undefined) return true;
  const longer = best.matcher.length > -1 && next.matcher.length > best.matcher.length;
  return longer || best.to - best.from < next.to - next.from;
}

function bestJoin(matchers: readonly Matcher[]): Joined | undefined {
  let best: Joined | undefined;
  for (let from = 0; from < matchers.length; from += 1) {
    for (let to = matchers.length; to > from; to -= 1) {
      const matcher = join(matchers.slice(from, to));
      if (matcher !== undefined && isBetter(best, { matcher, from, to })) best = { matcher, from, to };
    }
  }
  return best;
}

/** Joins neighbours until nothing can be joined. */
function minimize(matchers: readonly Matcher[]): readonly Matcher[] {
  const best = bestJoin(matchers);
  if (best === undefined) return matchers;
  const next = [...matchers.slice(0, best.from), best.matcher, ...matchers.slice(best.to)];
  return next.length === matchers.length ? next : minimize(next);
}

function build(matchers: readonly Matcher[]): Matcher {
  const [first, ...rest] = matchers;
  if (first === undefined) return NOTHING;
  if (rest.length === 0) return first;
  const joined = join(matchers);
  if (joined !== undefined) return joined;
  const longest = Math.max(...matchers.map((matcher) => matcher.length));
  if (longest < 0) return treeMatcher({ value: first, left: undefined, right: build(rest) });
  const at = matchers.findLastIndex((matcher) => matcher.length === longest);
  const [left, right] = [matchers.slice(0, at), matchers.slice(at + 1)];
  return treeMatcher({
    value: matchers[at] ?? NOTHING,
    left: left.length === 0 ? undefined : build(left),
    right: right.length === 0 ? undefined : build(right),
  });
}

const itemsOf = (node: GlobNode): readonly GlobNode[] => (node.kind === 'sequence' ? node.items : [node]);
const same = (a: GlobNode | undefined, b: GlobNode | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

interface Shared {
  readonly left: number;
  readonly right: number;
}

/** How many parts all alternatives begin and end with. */
function sharedParts(choices: readonly (readonly GlobNode[])[]): Shared {
  const size = Math.min(...choices.map((parts) => parts.length));
  const at = choices.findIndex((parts) => parts.length === size);
  const least = choices[at];
  const others = choices.filter((_, index) => index !== at);
  if (least === undefined || others.length === 0) return { left: 0, right: 0 };
  const agreesLeft = (i: number): boolean => others.every((parts) => same(least[i], parts[i]));
  const agreesRight = (j: number): boolean => others.every((parts) => same(least[j], parts[j + parts.length - size]));
  return countShared(size, agreesLeft, agreesRight);
}

/** Counts from both ends at once; a part that counts on the left does not count on the right. */
function countShared(size: number, agreesLeft: (i: number) => boolean, agreesRight: (j: number) => boolean): Shared {
  let [left, right, leftOver, rightOver] = [0, 0, false, false];
  const isDone = (): boolean => left + right >= size || (leftOver && rightOver);
  for (let i = 0; i < size && !isDone(); i += 1) {
    const j = size - 1 - i;
    leftOver ||= !agreesLeft(i);
    const overlaps = !leftOver && j <= i;
    rightOver ||= overlaps || !agreesRight(j);
    left += Number(!leftOver);
    right += Number(!rightOver);
  }
  return { left, right };
}

/** Takes out what all alternatives share; `undefined` when they share nothing. */
function factorOut(choices: readonly GlobNode[]): GlobNode | undefined {
  const parts = choices.map(itemsOf);
  const { left, right } = sharedParts(parts);
  const [first = []] = parts;
  if (left + right === 0) return undefined;
  const inner: GlobNode[] = [];
  for (const items of parts) {
    const rest = items.slice(left, items.length - right);
    const node: GlobNode = rest.length === 0 ? { kind: 'text', text: '' } : { kind: 'sequence', items: rest };
    if (!inner.some((other) => same(other, node))) inner.push(node);
  }
  const [only] = inner;
  const isNothing = only?.kind === 'text';
  const middle: readonly GlobNode[] =
    inner.length > 1 ? [{ kind: 'choice', items: inner }] : only === undefined || isNothing ? [] : [only];
  const seq = (items: readonly GlobNode[]): readonly GlobNode[] =>
    items.length === 0 ? [] : [{ kind: 'sequence', items }];
  return {
    kind: 'sequence',
    items: [...seq(first.slice(0, left)), ...middle, ...seq(first.slice(first.length - right))],
  };
}

function compileChoice(items: readonly GlobNode[], separators: readonly number[]): Matcher {
  const plain = items.every((item) => item.kind === 'sequence');
  const factored = plain ? factorOut(items) : undefined;
  if (factored !== undefined) return compile(factored, separators);
  const matchers = items.map((item) => optimize(compile(item, separators)));
  const [only] = matchers;
  return matchers.length === 1 && only !== undefined ? only : choiceMatcher(matchers);
}

function compileSet(node: GlobNode & { readonly kind: 'set' }): Matcher {
  const { negated, ranges } = node.set;
  if (node.list !== undefined) {
    const codes = codesOf(node.list);
    return runeMatcher({ kind: 'list', accepts: (code) => codes.includes(code) !== negated, codes, negated });
  }
  const [low, high] = ranges[0] ?? [0, 0];
  return runeMatcher({ kind: 'range', accepts: (code) => (code >= low && code <= high) !== negated });
}

function compileNode(node: GlobNode, separators: readonly number[]): Matcher {
  switch (node.kind) {
    case 'text':
      return node.text === '' ? NOTHING : textMatcher(toBinary(node.text));
    case 'run':
      return node.crossing === true ? SUPER : anyMatcher(separators);
    case 'one':
      return runeMatcher({ kind: 'single', accepts: (code) => !separators.includes(code), codes: separators });
    case 'set':
      return compileSet(node);
    case 'choice':
      return compileChoice(node.items, separators);
    default:
      if (node.items.length === 0) return NOTHING;
      return build(minimize(node.items.map((item) => optimize(compile(item, separators)))));
  }
}

function compile(node: GlobNode, separators: readonly number[]): Matcher {
  return optimize(compileNode(node, separators));
}

/** Matches as upstream does; `undefined` when the work would take too long. */
export interface UpstreamMatcher {
  readonly match: (binary: string, work: Work) => boolean | undefined;
}

/** Builds upstream's tree of matchers for a pattern: the same joins, the same shortcuts, the same mistakes. */
export function compileUpstream(root: GlobNode, separators: string): UpstreamMatcher {
  const matcher = compile(root, codesOf(separators));
  return {
    match: (binary, work) => {
      try {
        return matcher.match(binary, work);
      } catch (error) {
        if (error instanceof WorkExhausted || error instanceof RangeError) return undefined;
        throw error;
      }
    },
  };
}
