import { isAscii } from '../gofmt/index.ts';
import { spend, type Found, type Matcher, type Work } from './gobwas-matchers.ts';
import { runeAt, runesOf } from './gobwas-runes.ts';

/** The fixed length that upstream sees in alternatives. */
function lengthOfChoice(matchers: readonly Matcher[]): number {
  let length = -1;
  for (const matcher of matchers) {
    // compat(lang-0707): an alternative of open length does not count while it stands first, so `{a*,b}` is taken for
    // one character long, and `{a*,b}c` matches `ac` but not `aac`.
    if (length === -1) length = matcher.length;
    else if (matcher.length !== length) return -1;
  }
  return length;
}

/** `{a,b}`. */
export function choiceMatcher(matchers: readonly Matcher[]): Matcher {
  return {
    kind: 'other',
    length: lengthOfChoice(matchers),
    match: (text, work) => matchers.some((matcher) => matcher.match(text, work)),
    index: (text, work) => {
      let best: Found | undefined;
      for (const matcher of matchers) {
        const found = matcher.index(text, work);
        if (found === undefined || (best !== undefined && found.at > best.at)) continue;
        const same = best !== undefined && best.at === found.at;
        const lengths = same ? [...new Set([...(best?.lengths ?? []), ...found.lengths])] : [...found.lengths];
        best = { at: found.at, lengths: same ? lengths.toSorted((a, b) => a - b) : lengths };
      }
      return best;
    },
  };
}

/** All matchers at once. */
export function everyMatcher(matchers: readonly Matcher[]): Matcher {
  return {
    kind: 'other',
    length: matchers.length === 0 ? 0 : -1,
    match: (text, work) => matchers.every((matcher) => matcher.match(text, work)),
    index: (text, work) => everyIndex(matchers, text, work),
  };
}

function everyIndex(matchers: readonly Matcher[], text: string, work: Work): Found | undefined {
  let [index, offset] = [0, 0];
  let rest = text;
  let lengths: readonly number[] = [];
  for (const [position, matcher] of matchers.entries()) {
    const found = matcher.index(rest, work);
    if (found === undefined) return undefined;
    const delta = index - (found.at + offset);
    const kept = new Set(found.lengths);
    spend(work, lengths.length + kept.size);
    lengths =
      position === 0 ? found.lengths : lengths.map((length) => length + delta).filter((length) => kept.has(length));
    if (lengths.length === 0) return undefined;
    index = found.at + offset;
    rest = text.slice(index);
    offset += found.at;
  }
  return { at: index, lengths };
}

/** Cuts what the next matcher of a row gets; `undefined` when there are too few characters. */
function cutRow(text: string, length: number): number | undefined {
  if (length > 0 && isAscii(text)) return text.length < length ? undefined : length;
  const runes = runesOf(text);
  if (runes.length < length) return undefined;
  // compat(lang-0708): the last character is taken for one byte, so rows with characters beyond ASCII fail.
  const last = length === 0 ? runes.at(-1) : runes[length - 1];
  return (last?.at ?? 0) + 1;
}

function matchRow(matchers: readonly Matcher[], text: string, work: Work): boolean {
  let at = 0;
  for (const matcher of matchers) {
    spend(work, 1 + matcher.length);
    const end = cutRow(text.slice(at, at + 4 * (matcher.length + 1)), matcher.length);
    // Upstream panics where the cut runs over the end; no text of use does that.
    if (end === undefined || at + end > text.length || !matcher.match(text.slice(at, at + end), work)) return false;
    at += end;
  }
  return true;
}

/** Matchers of fixed lengths, one behind the other. */
export function rowMatcher(matchers: readonly Matcher[]): Matcher {
  const length = matchers.reduce((sum, matcher) => sum + matcher.length, 0);
  return {
    kind: 'other',
    length,
    match: (text, work) => runesOf(text).length === length && matchRow(matchers, text, work),
    index: (text, work) => {
      const found = runesOf(text).find(
        (rune) => text.length - rune.at >= length && matchRow(matchers, text.slice(rune.at), work),
      );
      return found === undefined ? undefined : { at: found.at, lengths: [length] };
    },
  };
}

/** A matcher that is looked for, and what must stand on either side of it. */
export interface Tree {
  readonly value: Matcher;
  readonly left: Matcher | undefined;
  readonly right: Matcher | undefined;
}

function sideMatches(matcher: Matcher | undefined, text: string, work: Work): boolean {
  if (matcher === undefined) return text === '';
  spend(work, 4 + text.length);
  return matcher.match(text, work);
}

function matchTree(tree: Tree, text: string, work: Work): boolean {
  const [leftLength, rightLength] = [tree.left?.length ?? 0, tree.right?.length ?? 0];
  let offset = Math.max(0, leftLength);
  const limit = text.length - Math.max(0, rightLength);
  while (offset < limit) {
    spend(work, 4 + limit - offset);
    const found = tree.value.index(text.slice(offset, limit), work);
    if (found === undefined) return false;
    const at = offset + found.at;
    const right = (length: number): boolean => sideMatches(tree.right, text.slice(at + length), work);
    if (sideMatches(tree.left, text.slice(0, at), work) && found.lengths.toReversed().some(right)) return true;
    // compat(lang-0709): a text that is empty between its sides is never looked at.
    offset = at + Math.max(1, runeAt(text, at).width);
  }
  return false;
}

function treeLength({ value, left, right }: Tree): number {
  const lengths = [value, left, right].map((matcher) => matcher?.length ?? 0);
  return lengths.includes(-1) ? -1 : lengths.reduce((sum, length) => sum + length, 0);
}

/** A sequence around its longest fixed part. */
export function treeMatcher(tree: Tree): Matcher & { readonly tree: Tree } {
  const length = treeLength(tree);
  return {
    kind: 'tree',
    length,
    tree,
    match: (text, work) => (length === -1 || length <= text.length) && matchTree(tree, text, work),
    // compat(lang-0710): a sequence inside alternatives is never found, only matched as a whole.
    index: () => undefined,
  };
}
