import { findRune, runeAt, runeLength, runesOf } from './gobwas-runes.ts';

/** What is left of the work that one match may take. */
export interface Work {
  left: number;
}

/** Ends a match that takes too long. */
export class WorkExhausted extends Error {
  override readonly name = 'WorkExhausted';
}

/** Where a matcher first fits, and the lengths (in bytes) that it could have there. */
export interface Found {
  readonly at: number;
  readonly lengths: readonly number[];
}

/** A node of upstream's matcher tree. Texts are binary: one character a byte. */
export interface Matcher {
  readonly kind: 'any' | 'super' | 'single' | 'list' | 'range' | 'text' | 'prefix' | 'suffix' | 'other' | 'tree';
  /** Length in characters when upstream takes it for fixed; -1 otherwise. */
  readonly length: number;
  readonly match: (text: string, work: Work) => boolean;
  readonly index: (text: string, work: Work) => Found | undefined;
  /** The literal of a text, prefix or suffix. */
  readonly literal?: string;
  /** Separators of `*` and `?`, characters of a negated list: what upstream compares when it joins matchers. */
  readonly codes?: readonly number[];
  readonly negated?: boolean;
}

/** Takes from the budget. */
export function spend(work: Work, amount: number): void {
  work.left -= amount;
  if (work.left < 0) throw new WorkExhausted();
}

function firstOf(text: string, codes: readonly number[]): number {
  if (codes.length === 0) return -1;
  return findRune(text, (code) => codes.includes(code))?.at ?? -1;
}

function lastOf(text: string, codes: readonly number[]): number {
  if (codes.length === 0) return -1;
  return runesOf(text).findLast((rune) => codes.includes(rune.code))?.at ?? -1;
}

/** Every length at which a run could stop: at each character and at the end. */
function allLengths(text: string, work: Work, base = 0): readonly number[] {
  spend(work, text.length);
  return [...runesOf(text).map((rune) => base + rune.at), base + text.length];
}

/** `*`. */
export function anyMatcher(codes: readonly number[]): Matcher {
  return {
    kind: 'any',
    length: -1,
    codes,
    match: (text) => firstOf(text, codes) < 0,
    index: (text, work) => {
      const stop = firstOf(text, codes);
      return { at: 0, lengths: allLengths(stop < 0 ? text : text.slice(0, stop), work) };
    },
  };
}

/** `**`. */
export const SUPER: Matcher = {
  kind: 'super',
  length: -1,
  codes: [],
  match: () => true,
  index: (text, work) => ({ at: 0, lengths: allLengths(text, work) }),
};

/** Matches nothing but the empty text. */
export const NOTHING: Matcher = {
  kind: 'other',
  length: 0,
  match: (text) => text === '',
  index: () => ({ at: 0, lengths: [0] }),
};

interface OneRune {
  readonly kind: 'single' | 'list' | 'range';
  readonly accepts: (code: number) => boolean;
  readonly codes?: readonly number[];
  readonly negated?: boolean;
}

/** One character. */
export function runeMatcher({ kind, accepts, codes, negated }: OneRune): Matcher {
  return {
    kind,
    length: 1,
    ...(codes === undefined ? {} : { codes }),
    ...(negated === undefined ? {} : { negated }),
    // compat(lang-0705): standing alone it matches the empty text, which upstream reads as an unknown character.
    match: (text) => {
      const { code, width } = runeAt(text, 0);
      return text.length <= width && accepts(code);
    },
    index: (text, work) => {
      spend(work, text.length);
      const found = findRune(text, accepts);
      return found === undefined ? undefined : { at: found.at, lengths: [runeLength(found.code)] };
    },
  };
}

/** Literal text. */
export function textMatcher(literal: string): Matcher {
  return {
    kind: 'text',
    length: runesOf(literal).length,
    literal,
    match: (text) => text === literal,
    index: (text) => {
      const at = text.indexOf(literal);
      return at < 0 ? undefined : { at, lengths: [literal.length] };
    },
  };
}

/** Lengths of a literal and any run of characters behind it. */
function lengthsBehind(literal: string, rest: string, work: Work): readonly number[] {
  spend(work, rest.length);
  return [literal.length, ...runesOf(rest).map((rune) => literal.length + rune.at + runeLength(rune.code))];
}

/** `text**`, or `text*` when there are separators. */
export function prefixMatcher(literal: string, codes: readonly number[]): Matcher {
  return {
    kind: codes.length === 0 ? 'prefix' : 'other',
    length: -1,
    literal,
    match: (text) => text.startsWith(literal) && firstOf(text.slice(literal.length), codes) < 0,
    index: (text, work) => {
      const at = text.indexOf(literal);
      if (at < 0) return undefined;
      const rest = text.slice(at + literal.length);
      const stop = firstOf(rest, codes);
      return { at, lengths: lengthsBehind(literal, stop < 0 ? rest : rest.slice(0, stop), work) };
    },
  };
}

/** `**text`, or `*text` when there are separators. */
export function suffixMatcher(literal: string, codes: readonly number[]): Matcher {
  return {
    kind: codes.length === 0 ? 'suffix' : 'other',
    length: -1,
    literal,
    match: (text) => text.endsWith(literal) && firstOf(text.slice(0, text.length - literal.length), codes) < 0,
    index: (text) => {
      const found = text.indexOf(literal);
      if (found < 0) return undefined;
      const at = lastOf(text.slice(0, found), codes) + 1;
      return { at, lengths: [found + literal.length - at] };
    },
  };
}

/** `prefix**suffix`. */
export function enclosingMatcher(prefix: string, suffix: string): Matcher {
  return {
    kind: 'other',
    length: -1,
    // compat(lang-0706): the two may overlap: `ab*ba` matches `aba`.
    match: (text) => text.startsWith(prefix) && text.endsWith(suffix),
    index: (text, work) => {
      const at = text.indexOf(prefix);
      if (at < 0) return undefined;
      const lengths: number[] = [];
      let rest = text.slice(at);
      for (let end = rest.lastIndexOf(suffix); end >= 0; end = rest.lastIndexOf(suffix)) {
        spend(work, 1 + rest.length);
        lengths.push(end + suffix.length);
        rest = rest.slice(0, end);
      }
      return lengths.length === 0 ? undefined : { at, lengths: lengths.toReversed() };
    },
  };
}

/** `**needle**`, or with `negated` a text without the needle. */
export function containsMatcher(needle: string, negated: boolean): Matcher {
  return {
    kind: 'other',
    length: -1,
    match: (text) => text.includes(needle) !== negated,
    index: (text, work) => {
      const found = text.indexOf(needle);
      if (negated) return { at: 0, lengths: allLengths(found < 0 ? text : text.slice(0, found), work) };
      if (found < 0) return undefined;
      const base = found + needle.length;
      return { at: 0, lengths: allLengths(text.slice(base), work, base) };
    },
  };
}

/** At least, or at most, so many characters. */
export function countMatcher(limit: number, atLeast: boolean): Matcher {
  return {
    kind: 'other',
    length: -1,
    match: (text) => (atLeast ? runesOf(text).length >= limit : runesOf(text).length <= limit),
    index: (text, work) => {
      spend(work, text.length);
      const ends = runesOf(text).map((rune) => rune.at + runeLength(rune.code));
      if (!atLeast) return { at: 0, lengths: [0, ...ends.slice(0, limit)] };
      const lengths = ends.slice(limit - 1);
      return lengths.length === 0 ? undefined : { at: 0, lengths };
    },
  };
}
