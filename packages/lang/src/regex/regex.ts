import { RE2JS, RE2JSException } from 're2js';
import { err, ok, type Result } from '@argosy/std';
import { diagnostic, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import { expandTemplate } from './template.ts';

/** The longest pattern that is compiled, in characters. */
export const REGEX_LIMIT_PATTERN = 10_000;

/** The largest compiled program; a few bytes such as `(x{1000}){1000}` could otherwise fill the memory. */
export const REGEX_LIMIT_PROGRAM = 100_000;

/** What compiling costs at least, in instructions. */
const REGEX_COST_LEAST = 50;

/** How many compiled patterns are kept. */
export const REGEX_LIMIT_CACHE = 500;

/** Where a match and its groups stand: `[start, end]` in UTF-16 units; `undefined` for a group that took no part. */
export type Spans = readonly (readonly [number, number] | undefined)[];

/** A compiled pattern of Go's syntax (RE2). All work is linear in the text: no pattern can stall it. */
export interface Regex {
  readonly source: string;
  /** Instructions of the compiled program. */
  readonly size: number;
  /** Groups by number, 1 on; empty for those without a name. `names[0]` is empty. */
  readonly names: readonly string[];
  /** True when the pattern matches somewhere (Go's MatchString). */
  readonly test: (text: string) => boolean;
  /** The first match at or behind `from`, with its groups. */
  readonly find: (text: string, from?: number) => Spans | undefined;
  /** All matches as Go counts them: an empty match right behind another match does not count. At most `limit`. */
  readonly findAll: (text: string, limit?: number) => readonly Spans[];
  /** Replaces every match; `$1`, `${name}` and `$$` in the template as Go's ReplaceAllString. */
  readonly replaceAll: (text: string, template: string) => string;
  /** Replaces every match by the text as it stands. */
  readonly replaceAllLiteral: (text: string, replacement: string) => string;
  /** Cuts around matches as Go's Split: at most `limit` parts, all below 0, none for 0. */
  readonly split: (text: string, limit: number) => readonly string[];
}

const widthAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

type Find = (text: string, from?: number) => Spans | undefined;

function findAllWith(find: Find, text: string, limit: number): readonly Spans[] {
  const found: Spans[] = [];
  let previousEnd = -1;
  for (let from = 0; from <= text.length && found.length < limit;) {
    const spans = find(text, from);
    const whole = spans?.[0];
    if (spans === undefined || whole === undefined) break;
    const abutting = whole[1] === from && whole[0] === previousEnd;
    from = whole[1] === from ? from + widthAt(text, from) : whole[1];
    previousEnd = whole[1];
    if (!abutting) found.push(spans);
  }
  return found;
}

function replaceWith(find: Find, text: string, replacement: (spans: Spans) => string): string {
  let out = '';
  let copied = 0;
  for (let from = 0; from <= text.length;) {
    const spans = find(text, from);
    const whole = spans?.[0];
    if (spans === undefined || whole === undefined) break;
    const [start, end] = whole;
    out += text.slice(copied, start);
    // An empty match right behind the last one is passed over.
    if (end > copied || start === 0) out += replacement(spans);
    copied = end;
    from = from + widthAt(text, from) > end ? from + widthAt(text, from) : end;
  }
  return out + text.slice(copied);
}

function splitWith(all: (text: string) => readonly Spans[], text: string, limit: number): readonly string[] {
  if (limit === 0) return [];
  const parts: string[] = [];
  let [begin, end] = [0, 0];
  for (const spans of all(text)) {
    if (limit > 0 && parts.length === limit - 1) break;
    const [start, stop] = spans[0] ?? [0, 0];
    end = start;
    if (stop !== 0) parts.push(text.slice(begin, end));
    begin = stop;
  }
  if (end !== text.length) parts.push(text.slice(begin));
  return parts;
}

function groupNames(compiled: RE2JS): readonly string[] {
  const names: string[] = Array.from({ length: compiled.groupCount() + 1 }, () => '');
  const named: { readonly [name: string]: number } = compiled.namedGroups();
  for (const name of Object.keys(named)) names[named[name] ?? 0] = name;
  return names;
}

function finder(compiled: RE2JS): Find {
  const groups = compiled.groupCount();
  return (text, from = 0) => {
    const matcher = compiled.matcher(text);
    if (!matcher.find(from)) return undefined;
    const spans: (readonly [number, number] | undefined)[] = [];
    for (let group = 0; group <= groups; group += 1) {
      const start = matcher.start(group);
      spans.push(start < 0 ? undefined : [start, matcher.end(group)]);
    }
    return spans;
  };
}

function regexOf(source: string, compiled: RE2JS, given?: readonly string[]): Regex {
  const find = finder(compiled);
  const names = given ?? groupNames(compiled);
  const findAll = (text: string, limit = -1): readonly Spans[] =>
    findAllWith(find, text, limit < 0 ? Number.POSITIVE_INFINITY : limit);
  return Object.freeze({
    source,
    size: compiled.programSize(),
    names,
    test: (text: string) => compiled.test(text),
    find,
    findAll,
    replaceAll: (text: string, template: string) =>
      replaceWith(find, text, (spans) => expandTemplate(template, { text, spans, names })),
    replaceAllLiteral: (text: string, replacement: string) => replaceWith(find, text, () => replacement),
    split: (text: string, limit: number) =>
      source !== '' && text === '' ? (limit === 0 ? [] : ['']) : splitWith(findAll, text, limit),
  });
}

const cache = new Map<string, Result<Regex, Diagnostic>>();

/** How much work it was to compile a pattern, in instructions; a broken one counts by its length. */
export type CompileCost = (instructions: number) => void;

const GROUP_OPENING =
  /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|\((?:\?P?<(\w+)>|(?!\?))/g;

/** Go lets several groups have one name; the engine does not, so the names are taken out and kept beside. */
function withoutNames(source: string): { readonly source: string; readonly names: readonly string[] } {
  const names = [''];
  const stripped = source.replace(GROUP_OPENING, (whole, name?: string) => {
    if (!whole.startsWith('(')) return whole;
    names.push(name ?? '');
    return '(';
  });
  return { source: stripped, names };
}

/** The message as Go prints it. */
function goMessage(error: RE2JSException): string {
  return error.message.endsWith('trailing backslash at end of expression') ? `${error.message}: \`\`` : error.message;
}

function compileAnew(source: string): Result<Regex, Diagnostic> {
  if (source.length > REGEX_LIMIT_PATTERN) return err(limitReached('regex pattern characters', REGEX_LIMIT_PATTERN));
  try {
    const compiled = RE2JS.compile(source);
    if (compiled.programSize() > REGEX_LIMIT_PROGRAM) {
      return err(limitReached('regex program instructions', REGEX_LIMIT_PROGRAM));
    }
    return ok(regexOf(source, compiled));
  } catch (error) {
    if (error instanceof RE2JSException) return compileAgain(source, error);
    // The parser recurses on groups.
    if (error instanceof RangeError) return err(diagnostic('error parsing regexp: expression nests too deeply'));
    throw error;
  }
}

/** A second try for what only the engine refuses. */
function compileAgain(source: string, error: RE2JSException): Result<Regex, Diagnostic> {
  if (!error.message.includes('duplicate capture group name')) return err(diagnostic(goMessage(error)));
  const plain = withoutNames(source);
  try {
    return ok(regexOf(source, RE2JS.compile(plain.source), plain.names));
  } catch (again) {
    return err(diagnostic(again instanceof RE2JSException ? goMessage(again) : error.message));
  }
}

/**
 * Compiles a pattern, or takes it from the cache (the last `REGEX_LIMIT_CACHE` patterns, failures too).
 * `cost` is told what was compiled anew.
 * Fails with Go's words (`error parsing regexp: missing closing ): …`), or with a named limit.
 */
export function compileRegex(source: string, cost?: CompileCost): Result<Regex, Diagnostic> {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const compiled = compileAnew(source);
  cost?.(REGEX_COST_LEAST + (compiled.ok ? compiled.value.size : source.length));
  const oldest = cache.size >= REGEX_LIMIT_CACHE ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(source, compiled);
  return compiled;
}

/** A pattern that matches exactly this text: Go's QuoteMeta. */
export function quoteRegex(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
