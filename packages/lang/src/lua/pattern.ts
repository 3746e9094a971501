import type { Run } from './run.ts';
import type { LuaValue } from './value.ts';

/** Bytes of a pattern. */
export const LUA_LIMIT_PATTERN_BYTES = 4096;
/** Captures of a pattern (as in Lua 5.1). */
export const LUA_LIMIT_CAPTURES = 32;

const [PERCENT, OPEN, CLOSE, DOLLAR, BRACKET, BRACKET_END, CARET, DASH, DOT, STAR, PLUS, QUESTION] = [
  37, 40, 41, 36, 91, 93, 94, 45, 46, 42, 43, 63,
];
const UNCLOSED = -1;
const POSITION = -2;

interface Capture {
  readonly start: number;
  length: number;
}

type ClassTest = (code: number) => boolean;
const between = (code: number, low: number, high: number): boolean => code >= low && code <= high;
const isDigit: ClassTest = (code) => between(code, 48, 57);
const isLower: ClassTest = (code) => between(code, 97, 122);
const isUpper: ClassTest = (code) => between(code, 65, 90);
const isAlpha: ClassTest = (code) => isLower(code) || isUpper(code);
const isAlnum: ClassTest = (code) => isAlpha(code) || isDigit(code);

/** Classes by their lower-case letter. ASCII only, as in the C locale. */
const CLASSES: ReadonlyMap<string, ClassTest> = new Map<string, ClassTest>([
  ['a', isAlpha],
  ['c', (code) => code < 32 || code === 127],
  ['d', isDigit],
  ['l', isLower],
  ['p', (code) => between(code, 33, 126) && !isAlnum(code)],
  ['s', (code) => code === 32 || between(code, 9, 13)],
  ['u', isUpper],
  ['w', isAlnum],
  ['x', (code) => isDigit(code) || between(code, 97, 102) || between(code, 65, 70)],
  ['z', (code) => code === 0],
]);

function matchesClass(code: number, letter: number): boolean {
  const name = String.fromCharCode(letter);
  const test = CLASSES.get(name.toLowerCase());
  if (test === undefined) return letter === code;
  return isUpper(letter) ? !test(code) : test(code);
}

/** One attempt of a pattern on a subject. Every comparison is a step of the run. */
export class Matcher {
  /** Captures of the last match. */
  captures: Capture[] = [];
  private readonly run: Run;
  private readonly subject: string;
  private readonly pattern: string;

  /** @throws LuaError when the pattern is longer than `LUA_LIMIT_PATTERN_BYTES`. */
  constructor(run: Run, subject: string, pattern: string) {
    if (pattern.length > LUA_LIMIT_PATTERN_BYTES) throw run.failure('pattern too complex');
    this.run = run;
    this.subject = subject;
    this.pattern = pattern;
  }

  /** Matches at `start`; the end of the match, or -1. `from` is where the pattern begins (after `^`). */
  attempt(start: number, from: number): number {
    this.captures = [];
    return this.match(start, from);
  }

  /** The value of capture `index`; the whole match when the pattern has none and `index` is 0. */
  value(index: number, whole: readonly [start: number, end: number]): LuaValue {
    const capture = this.captures[index];
    if (capture === undefined) {
      if (index === 0) return this.subject.slice(whole[0], whole[1]);
      throw this.run.failure('invalid capture index');
    }
    if (capture.length === POSITION) return capture.start + 1;
    if (capture.length === UNCLOSED) throw this.run.failure('unfinished capture');
    return this.subject.slice(capture.start, capture.start + capture.length);
  }

  /** The text from `start` to `end`. */
  whole(start: number, end: number): string {
    return this.subject.slice(start, end);
  }

  /** All captures, or the whole match when there are none. */
  values(whole: readonly [start: number, end: number]): LuaValue[] {
    const count = Math.max(1, this.captures.length);
    return Array.from({ length: count }, (_, index) => this.value(index, whole));
  }

  private match(start: number, from: number): number {
    let at = start;
    let item = from;
    for (;;) {
      this.run.spend(1);
      if (item >= this.pattern.length) return at;
      const special = this.matchSpecial(at, item);
      if (special !== undefined) return special;
      const next = this.itemEnd(item);
      const repeated = this.matchRepeated(at, item, next);
      if (repeated !== undefined) return repeated;
      const optional = this.pattern.charCodeAt(next) === QUESTION;
      if (!optional && !this.single(at, item, next)) return -1;
      if (!optional) at += 1;
      item = optional ? next + 1 : next;
    }
  }

  /** An item with `*`, `+`, `-` or a taken `?`, and the rest of the pattern; `undefined` for others. */
  private matchRepeated(at: number, item: number, next: number): number | undefined {
    switch (this.pattern.charCodeAt(next)) {
      case STAR:
        return this.expandMost(at, item, next);
      case PLUS:
        return this.single(at, item, next) ? this.expandMost(at + 1, item, next) : -1;
      case DASH:
        return this.expandLeast(at, item, next);
      case QUESTION: {
        const end = this.single(at, item, next) ? this.match(at + 1, next + 1) : -1;
        return end >= 0 ? end : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Captures, `%b`, `%f`, `%1`…`%9` and the final `$`, with the rest of the pattern; `undefined` for other items. */
  private matchSpecial(at: number, item: number): number | undefined {
    const { pattern } = this;
    switch (pattern.charCodeAt(item)) {
      case OPEN:
        return pattern.charCodeAt(item + 1) === CLOSE
          ? this.openCapture({ start: at, length: POSITION }, at, item + 2)
          : this.openCapture({ start: at, length: UNCLOSED }, at, item + 1);
      case CLOSE:
        return this.closeCapture(at, item + 1);
      case DOLLAR:
        if (item + 1 !== pattern.length) return undefined;
        return at === this.subject.length ? at : -1;
      case PERCENT: {
        const jump = this.matchPercent(at, item);
        return jump === undefined || jump.end < 0 ? jump?.end : this.match(jump.end, jump.next);
      }
      default:
        return undefined;
    }
  }

  /** `%b`, `%f` and `%1`…`%9`; `undefined` for other items. */
  private matchPercent(at: number, item: number): { readonly end: number; readonly next: number } | undefined {
    const letter = this.pattern[item + 1] ?? '';
    if (letter === 'b') return { end: this.balance(at, item + 2), next: item + 4 };
    if (letter === 'f') return this.frontier(at, item + 2);
    if (letter >= '0' && letter <= '9') return { end: this.backReference(at, Number(letter)), next: item + 2 };
    return undefined;
  }

  private openCapture(capture: Capture, at: number, item: number): number {
    if (this.captures.length >= LUA_LIMIT_CAPTURES) throw this.run.failure('too many captures');
    const level = this.captures.length;
    this.captures.push(capture);
    const end = this.match(at, item);
    if (end < 0) this.captures.length = level;
    return end;
  }

  private closeCapture(at: number, item: number): number {
    const capture = this.captures.findLast((open) => open.length === UNCLOSED);
    if (capture === undefined) throw this.run.failure('invalid pattern capture');
    capture.length = at - capture.start;
    const end = this.match(at, item);
    if (end < 0) capture.length = UNCLOSED;
    return end;
  }

  private balance(at: number, item: number): number {
    if (item + 1 >= this.pattern.length) throw this.run.failure('unbalanced pattern');
    const open = this.pattern.charCodeAt(item);
    const close = this.pattern.charCodeAt(item + 1);
    if (this.subject.charCodeAt(at) !== open) return -1;
    let depth = 1;
    for (let end = at + 1; end < this.subject.length; end += 1) {
      this.run.spend(1);
      const code = this.subject.charCodeAt(end);
      if (code === close) depth -= 1;
      else if (code === open) depth += 1;
      if (depth === 0) return end + 1;
    }
    return -1;
  }

  private frontier(at: number, item: number): { readonly end: number; readonly next: number } {
    if (this.pattern.charCodeAt(item) !== BRACKET) throw this.run.failure("missing '[' after '%f' in pattern");
    const next = this.itemEnd(item);
    const before = at === 0 ? 0 : this.subject.charCodeAt(at - 1);
    const here = at < this.subject.length ? this.subject.charCodeAt(at) : 0;
    const crosses = !this.inSet(before, item, next - 1) && this.inSet(here, item, next - 1);
    return { end: crosses ? at : -1, next };
  }

  private backReference(at: number, number: number): number {
    const capture = this.captures[number - 1];
    if (capture === undefined || capture.length === UNCLOSED) throw this.run.failure('invalid capture index');
    const text = this.subject.slice(capture.start, capture.start + Math.max(0, capture.length));
    this.run.spend(text.length >> 3);
    return this.subject.startsWith(text, at) ? at + text.length : -1;
  }

  private expandMost(at: number, item: number, next: number): number {
    let count = 0;
    while (this.single(at + count, item, next)) count += 1;
    this.run.spend(count);
    for (; count >= 0; count -= 1) {
      const end = this.match(at + count, next + 1);
      if (end >= 0) return end;
    }
    return -1;
  }

  private expandLeast(start: number, item: number, next: number): number {
    for (let at = start; ; at += 1) {
      const end = this.match(at, next + 1);
      if (end >= 0) return end;
      if (!this.single(at, item, next)) return -1;
    }
  }

  /** True when the one-character item at `item` (up to `next`) takes the character at `at`. */
  private single(at: number, item: number, next: number): boolean {
    if (at >= this.subject.length) return false;
    const code = this.subject.charCodeAt(at);
    switch (this.pattern.charCodeAt(item)) {
      case DOT:
        return true;
      case PERCENT:
        return matchesClass(code, this.pattern.charCodeAt(item + 1));
      case BRACKET:
        return this.inSet(code, item, next - 1);
      default:
        return this.pattern.charCodeAt(item) === code;
    }
  }

  private itemEnd(item: number): number {
    const { pattern } = this;
    const first = pattern.charCodeAt(item);
    let at = item + 1;
    if (first === PERCENT) {
      if (at >= pattern.length) throw this.run.failure("malformed pattern (ends with '%')");
      return at + 1;
    }
    if (first !== BRACKET) return at;
    if (pattern.charCodeAt(at) === CARET) at += 1;
    do {
      if (at >= pattern.length) throw this.run.failure("malformed pattern (missing ']')");
      const code = pattern.charCodeAt(at);
      at += code === PERCENT && at + 1 < pattern.length ? 2 : 1;
    } while (pattern.charCodeAt(at) !== BRACKET_END);
    return at + 1;
  }

  /** True when the set from `[` at `item` to `]` at `end` has the character. */
  private inSet(code: number, item: number, end: number): boolean {
    const { pattern } = this;
    const negated = pattern.charCodeAt(item + 1) === CARET;
    let at = item + (negated ? 2 : 1);
    for (; at < end; at += 1) {
      const low = pattern.charCodeAt(at);
      if (low === PERCENT) {
        at += 1;
        if (matchesClass(code, pattern.charCodeAt(at))) return !negated;
      } else if (pattern.charCodeAt(at + 1) === DASH && at + 2 < end) {
        at += 2;
        if (between(code, low, pattern.charCodeAt(at))) return !negated;
      } else if (low === code) {
        return !negated;
      }
    }
    return negated;
  }
}
