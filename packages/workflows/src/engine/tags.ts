import { err, ok, setOwn, type Result } from '@argosy/std';

/**
 * What a variable is worth: a text; `absent`: it will never have one (its producer was skipped); `unknown`: nobody
 * here knows the name.
 */
export type Variable =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' };

/** Finds a variable by its dotted name. */
export type Lookup = (name: string) => Variable;

/** How tags are replaced. */
export interface SubstituteOptions {
  /** True when a tag that nobody knows is a failure; false leaves it as it stands. */
  readonly strict: (name: string) => boolean;
}

/** Longest text that one substitution may produce, in characters. */
export const MAX_SUBSTITUTED_LENGTH = 8 * 1024 * 1024;

/** Deepest nesting that a template may have. */
export const MAX_SUBSTITUTE_DEPTH = 100;

/** Nobody is strict: what templates get before all variables are known. */
export const lenient: SubstituteOptions = Object.freeze({ strict: () => false });

/** `steps.` and `tasks.` variables must be known when a step or task starts; artifacts are resolved separately. */
export const strictReferences: SubstituteOptions = Object.freeze({
  strict: (name: string) => /^(steps|tasks|item)(\.|$)/.test(name) && !name.includes('.outputs.artifacts.'),
});

/** Deepest nesting of tags inside tags; braces beyond it are plain text. */
export const MAX_TAG_DEPTH = 10;

const TAG = /\{\{((?:(?!\{\{|\}\})[\s\S])*)\}\}/g;

/** The names of all simple tags in a text, innermost first. */
export function tagsIn(text: string): readonly string[] {
  return [...text.matchAll(TAG)].map((match) => (match[1] ?? '').trim());
}

interface Scan {
  readonly lookup: Lookup;
  readonly options: SubstituteOptions;
  problem: string | undefined;
}

/** A tag that is open, or the text around all tags; `whole` is false when a tag inside it could not be resolved. */
interface OpenPiece {
  raw: string;
  out: string;
  whole: boolean;
}

function valueOfTag(scan: Scan, inner: OpenPiece): string | undefined {
  const name = inner.out.trim();
  if (!inner.whole || name.startsWith('=')) return undefined;
  const found = scan.lookup(name);
  if (found.kind === 'text') return found.text;
  if (found.kind === 'absent') {
    const why = 'output is an absent optional (skipped/omitted node with no default)';
    scan.problem ??= `unable to substitute {{${name}}}: ${why}`;
  } else if (scan.options.strict(name)) scan.problem ??= `failed to resolve {{${name}}}`;
  return undefined;
}

function append(piece: OpenPiece | undefined, raw: string, out: string): void {
  if (piece === undefined) return;
  piece.raw += raw;
  piece.out += out;
}

function closeTag(scan: Scan, stack: OpenPiece[]): void {
  const inner = stack.pop();
  const outer = stack.at(-1);
  if (inner === undefined || outer === undefined) return;
  const value = valueOfTag(scan, inner);
  if (value === undefined) outer.whole = false;
  append(outer, `{{${inner.raw}}}`, value ?? `{{${inner.raw}}}`);
}

/** One walk over the text, braces on a stack: the time follows the length, whatever the braces are like. */
function scanText(scan: Scan, text: string): string {
  const stack: OpenPiece[] = [{ raw: '', out: '', whole: true }];
  let index = 0;
  for (const match of text.matchAll(/\{\{|\}\}/g)) {
    const between = text.slice(index, match.index);
    append(stack.at(-1), between, between);
    index = match.index + 2;
    if (match[0] === '{{' && stack.length <= MAX_TAG_DEPTH) stack.push({ raw: '', out: '', whole: true });
    else if (match[0] === '}}' && stack.length > 1) closeTag(scan, stack);
    else append(stack.at(-1), match[0], match[0]);
  }
  // What never closed is plain text; tags inside it were resolved all the same.
  const rest = stack.map((piece) => piece.out).join('{{');
  return rest + text.slice(index);
}

/**
 * Replaces `{{name}}` in one text. A tag inside a tag is resolved first. What comes in is data: it is not searched
 * for tags again.
 */
export function substituteText(text: string, lookup: Lookup, options: SubstituteOptions): Result<string, string> {
  if (!text.includes('{{')) return ok(text);
  const scan: Scan = { lookup, options, problem: undefined };
  const out = scanText(scan, text);
  if (scan.problem !== undefined) return err(scan.problem);
  return out.length > MAX_SUBSTITUTED_LENGTH
    ? err(`text after substitution has ${out.length} characters: at most ${MAX_SUBSTITUTED_LENGTH} are allowed`)
    : ok(out);
}

interface Walk {
  readonly lookup: Lookup;
  readonly options: SubstituteOptions;
}

function walkList(list: readonly unknown[], walk: Walk, depth: number): Result<unknown, string> {
  const copy: unknown[] = [];
  for (const item of list) {
    const value = walkValue(item, walk, depth + 1);
    if (!value.ok) return value;
    copy.push(value.value);
  }
  return ok(copy);
}

function walkObject(object: object, walk: Walk, depth: number): Result<unknown, string> {
  const copy: { [key: string]: unknown } = {};
  for (const [key, item] of Object.entries(object)) {
    const name = substituteText(key, walk.lookup, walk.options);
    if (!name.ok) return name;
    const value = walkValue(item, walk, depth + 1);
    if (!value.ok) return value;
    setOwn(copy, name.value, value.value);
  }
  return ok(copy);
}

function walkValue(value: unknown, walk: Walk, depth: number): Result<unknown, string> {
  if (depth > MAX_SUBSTITUTE_DEPTH) return err(`template is nested too deeply: at most ${MAX_SUBSTITUTE_DEPTH} levels`);
  if (typeof value === 'string') return substituteText(value, walk.lookup, walk.options);
  if (Array.isArray(value)) return walkList(value, walk, depth);
  return typeof value === 'object' && value !== null ? walkObject(value, walk, depth) : ok(value);
}

/**
 * Replaces tags in every text of a JSON value. The structure cannot change: values are put into parsed texts, never
 * into JSON source.
 */
export function substitute<T>(value: T, lookup: Lookup, options: SubstituteOptions): Result<T, string> {
  return walkValue(value, { lookup, options }, 0) as Result<T, string>;
}
