import { RE2JS, RE2JSException, RE2JSSyntaxException, type Matcher } from 're2js';
import { canBackquote, GoSlice, quoteGo } from '../gofmt/index.ts';
import { failCall, goFunction, type FunctionBody, type FunctionContext } from './function.ts';
import type { Entry } from './sprig-strings.ts';

/** Characters of a regular expression. */
export const REGEX_LIMIT_CHARACTERS = 10_000;
/** How many compiled expressions are kept. */
const CACHE_LIMIT = 200;

/** Go's words for what is wrong, or the compiled expression. */
type Compiled = RE2JS | string;

const cache = new Map<string, Compiled>();

function compileFresh(pattern: string): Compiled {
  if (pattern.length > REGEX_LIMIT_CHARACTERS)
    return `error parsing regexp: expression is limited to ${REGEX_LIMIT_CHARACTERS} characters`;
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) {
      const part = error.getPattern();
      return `error parsing regexp: ${error.getDescription()}${part === null ? '' : `: \`${part}\``}`;
    }
    if (error instanceof RE2JSException || error instanceof RangeError) return `error parsing regexp: ${error.message}`;
    throw error;
  }
}

/** A pattern always compiles to the same, so keeping it changes nothing but the speed. */
function compile(pattern: string, context: FunctionContext): Compiled {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const fresh = compileFresh(pattern);
  context.spend(100 + (typeof fresh === 'string' ? pattern.length : fresh.programSize() * 2));
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(pattern, fresh);
  return fresh;
}

/** The expression, or Go's error: with `must` as Compile gives it, otherwise as MustCompile panics. */
function expression(pattern: string, must: boolean, context: FunctionContext): RE2JS {
  const compiled = compile(pattern, context);
  if (typeof compiled !== 'string') return compiled;
  const quoted = canBackquote(pattern) ? `\`${pattern}\`` : quoteGo(pattern);
  return failCall(must ? compiled : `regexp: Compile(${quoted}): ${compiled}`);
}

/** Characters times instructions that a step pays for: the worst that matching may cost. */
const WORK_PER_STEP = 128;

function spendMatching(compiled: RE2JS, text: string, context: FunctionContext): void {
  context.spend((text.length * compiled.programSize()) / WORK_PER_STEP);
}

interface Match {
  readonly start: number;
  readonly end: number;
  readonly group: (name: string | number) => string;
}

function matchOf(matcher: Matcher): Match {
  const count = matcher.groupCount();
  const groups = Array.from({ length: count + 1 }, (_, index) => matcher.group(index) ?? '');
  const names = matcher.getNamedGroups();
  const group = (name: string | number): string =>
    typeof name === 'number' ? (groups[name] ?? '') : Object.hasOwn(names, name) ? (names[name] ?? '') : '';
  return { start: matcher.start(), end: matcher.end(), group };
}

/** The next place to look: past a match, one character on after an empty one. */
function following(text: string, at: number): number {
  return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
}

/** Up to `limit` matches as Go finds them: an empty match right behind another one does not count. */
function allMatches(
  compiled: RE2JS,
  text: string,
  how: { readonly limit: number; readonly context: FunctionContext },
): readonly Match[] {
  spendMatching(compiled, text, how.context);
  const matcher = compiled.matcher(text);
  const found: Match[] = [];
  let at = 0;
  let previousEnd = -1;
  while (at <= text.length && (how.limit < 0 || found.length < how.limit)) {
    how.context.spend(8);
    if (!matcher.find(at)) break;
    const match = matchOf(matcher);
    if (match.end > match.start || match.start !== previousEnd) found.push(match);
    previousEnd = match.end;
    at = match.end > match.start ? match.end : following(text, match.end);
  }
  return found;
}

const NAME = /^\$(?:\{([^}]*)\}|([\p{L}\p{Nd}_]+))/u;
const GOOD_NAME = /^[\p{L}\p{Nd}_]+$/u;

/** Go's Expand: `$1`, `${name}`, `$$`; a `$` that means nothing stays. */
function expand(template: string, match: Match): string {
  let out = '';
  for (let at = 0; at < template.length;) {
    const dollar = template.indexOf('$', at);
    if (dollar < 0) return out + template.slice(at);
    const [text, length] = reference(template.slice(dollar), match);
    out += template.slice(at, dollar) + text;
    at = dollar + length;
  }
  return out;
}

/** What a `$` and what follows it stand for, and how many characters that took. */
function reference(rest: string, match: Match): readonly [string, number] {
  if (rest.charAt(1) === '$') return ['$', 2];
  const name = NAME.exec(rest);
  const word = name?.[1] ?? name?.[2] ?? '';
  if (name === null || !GOOD_NAME.test(word)) return ['$', 1];
  return [match.group(/^[0-9]+$/.test(word) ? Number(word) : word), name[0].length];
}

type Replace = (match: Match) => string;

/** @throws DiagnosticError before the text gets longer than an execution may write. */
function replaceMatches(
  text: string,
  matches: readonly Match[],
  { replace, context }: { readonly replace: Replace; readonly context: FunctionContext },
): string {
  let out = '';
  let at = 0;
  for (const match of matches) {
    const fresh = replace(match);
    context.reserve(fresh.length);
    out += text.slice(at, match.start) + fresh;
    at = match.end;
  }
  return out + text.slice(at);
}

/** Go's Regexp.Split: an empty match at the very start separates nothing. */
function split(text: string, matches: readonly Match[], limit: number): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  let end = 0;
  for (const match of matches) {
    if (limit > 0 && parts.length === limit - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(text.slice(from, end));
    from = match.end;
  }
  return end === text.length ? parts : [...parts, text.slice(from)];
}

/** A function with and without `must`, which differ only in the words of a wrong expression. */
function both(name: string, signature: string, make: (must: boolean) => FunctionBody): readonly Entry[] {
  const must = `must${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return [
    [name, goFunction(signature, make(false))],
    [must, goFunction(signature, make(true))],
  ];
}

const find =
  (must: boolean): FunctionBody =>
  ([pattern, text], context) =>
    allMatches(expression(String(pattern), must, context), String(text), { limit: 1, context })[0]?.group(0) ?? '';

const findAll =
  (must: boolean): FunctionBody =>
  ([pattern, text, limit], context) => {
    const matches = allMatches(expression(String(pattern), must, context), String(text), {
      limit: Number(limit),
      context,
    });
    return new GoSlice('string', matches.length === 0 ? undefined : matches.map((match) => match.group(0)));
  };

const replaceAll =
  (literal: boolean) =>
  (must: boolean): FunctionBody =>
  ([pattern, text, fresh], context) => {
    const matches = allMatches(expression(String(pattern), must, context), String(text), { limit: -1, context });
    const replace: Replace = literal ? () => String(fresh) : (match) => expand(String(fresh), match);
    return replaceMatches(String(text), matches, { replace, context });
  };

const splitting =
  (must: boolean): FunctionBody =>
  ([pattern, text, limit], context) => {
    const compiled = expression(String(pattern), must, context);
    const count = Number(limit);
    if (count === 0) return new GoSlice('string', undefined);
    if (String(pattern) !== '' && text === '') return new GoSlice('string', ['']);
    return new GoSlice(
      'string',
      split(String(text), allMatches(compiled, String(text), { limit: count, context }), count),
    );
  };

/** `regexMatch` is false for a wrong expression. */
const matches: FunctionBody = ([pattern, text], context) => {
  const compiled = compile(String(pattern), context);
  if (typeof compiled === 'string') return false;
  spendMatching(compiled, String(text), context);
  return compiled.matcher(String(text)).find();
};

const mustMatch: FunctionBody = ([pattern, text], context) => {
  const compiled = expression(String(pattern), true, context);
  spendMatching(compiled, String(text), context);
  return compiled.matcher(String(text)).find();
};

/** Go's regexp.QuoteMeta. */
function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** sprig's functions over regular expressions (RE2: no back references, linear time). */
export const REGEX_FUNCTIONS: readonly Entry[] = [
  ['regexMatch', goFunction('string, string', matches)],
  ['mustRegexMatch', goFunction('string, string', mustMatch)],
  ...both('regexFind', 'string, string', find),
  ...both('regexFindAll', 'string, string, int', findAll),
  ...both('regexReplaceAll', 'string, string, string', replaceAll(false)),
  ...both('regexReplaceAllLiteral', 'string, string, string', replaceAll(true)),
  ...both('regexSplit', 'string, string, int', splitting),
  ['regexQuoteMeta', goFunction('string', ([text]) => quoteMeta(String(text)))],
];
