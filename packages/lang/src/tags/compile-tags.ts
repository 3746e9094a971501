import { type Diagnostic, diagnostic, limitReached, placeOf } from '../diagnostic/index.ts';
import { compileExpr, formatExprError } from '../expr/index.ts';

/** Longest text that tags are looked for in, in characters. */
export const TAGS_LIMIT_CHARACTERS = 8 * 1024 * 1024;

/** Deepest nesting of tags inside tags; braces beyond it are plain text. */
export const TAGS_LIMIT_NESTING = 10;

/** How values stand in the text: as they are, or as the content of a JSON string within JSON source. */
export type TagEncoding = 'text' | 'json';

/** `{{name}}`: what is between the braces may hold tags of its own. */
export interface SimpleTag {
  readonly kind: 'tag';
  /** The tag as it stands in the source. */
  readonly raw: string;
  readonly inner: readonly TagPart[];
}

/** `{{=expression}}`. */
export interface ExpressionTag {
  readonly kind: 'expression';
  readonly raw: string;
  readonly source: string;
}

/** A piece of a text. */
export type TagPart = { readonly kind: 'text'; readonly text: string } | SimpleTag | ExpressionTag;

/** A text taken apart. */
export interface CompiledTags {
  readonly text: string;
  readonly encoding: TagEncoding;
  readonly parts: readonly TagPart[];
  /** Tags that never close and expressions that cannot be read, in the order of the source. */
  readonly problems: readonly Diagnostic[];
}

interface OpenTag {
  readonly at: number;
  /** What stands between the braces; not kept for the text around all tags. */
  raw: string;
  readonly isRoot: boolean;
  readonly parts: TagPart[];
}

interface Scan {
  readonly text: string;
  readonly encoding: TagEncoding;
  readonly stack: OpenTag[];
  readonly problems: Diagnostic[];
}

function addText(tag: OpenTag | undefined, text: string): void {
  if (tag === undefined || text === '') return;
  if (!tag.isRoot) tag.raw += text;
  const last = tag.parts.at(-1);
  if (last?.kind === 'text') tag.parts[tag.parts.length - 1] = { kind: 'text', text: last.text + text };
  else tag.parts.push({ kind: 'text', text });
}

function unescapeJson(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}

function expressionOf(scan: Scan, tag: OpenTag, raw: string): TagPart {
  const written = tag.raw.slice(1);
  const source = scan.encoding === 'json' ? unescapeJson(written) : written;
  if (source === undefined) {
    scan.problems.push(diagnostic('failed to unmarshall JSON expression', placeOf(scan.text, tag.at)));
    return { kind: 'text', text: raw };
  }
  const parsed = compileExpr(source);
  if (!parsed.ok) {
    const problem = diagnostic(formatExprError(source, parsed.error), placeOf(scan.text, tag.at));
    scan.problems.push(parsed.error.limit === undefined ? problem : { ...problem, limit: parsed.error.limit });
  }
  return { kind: 'expression', raw, source };
}

function closeTag(scan: Scan): void {
  const tag = scan.stack.pop();
  const outer = scan.stack.at(-1);
  if (tag === undefined || outer === undefined) return;
  const raw = `{{${tag.raw}}}`;
  if (!outer.isRoot) outer.raw += raw;
  const expression = tag.raw.startsWith('=');
  outer.parts.push(expression ? expressionOf(scan, tag, raw) : { kind: 'tag', raw, inner: tag.parts });
}

/** What never closed is plain text; tags inside it are tags all the same. */
function closeRest(scan: Scan): readonly TagPart[] {
  const [root, ...open] = scan.stack;
  if (root === undefined) return [];
  const [first] = open;
  if (first !== undefined) {
    const rest = scan.text.slice(first.at);
    const shown = JSON.stringify(rest.length > 200 ? rest.slice(0, 200) : rest);
    scan.problems.push(diagnostic(`Cannot find end tag="}}" starting from ${shown}`, placeOf(scan.text, first.at)));
  }
  return [...root.parts, ...open.flatMap((tag): TagPart[] => [{ kind: 'text', text: '{{' }, ...tag.parts])];
}

/** Within an expression braces are part of it: the first two closing ones end it, as in upstream. */
function opensTag(stack: readonly OpenTag[]): boolean {
  return stack.length <= TAGS_LIMIT_NESTING && stack.at(-1)?.raw.startsWith('=') !== true;
}

/**
 * Takes a text with `{{name}}` and `{{=expression}}` apart. Never fails: what is wrong is in `problems`, and stands
 * for itself. One walk; the time follows the length, whatever the braces are like.
 */
export function compileTags(text: string, encoding: TagEncoding = 'text'): CompiledTags {
  const scan: Scan = { text, encoding, stack: [{ at: 0, raw: '', isRoot: true, parts: [] }], problems: [] };
  if (text.length > TAGS_LIMIT_CHARACTERS) {
    const problems = [limitReached('tags characters', TAGS_LIMIT_CHARACTERS)];
    return { text, encoding, parts: [{ kind: 'text', text }], problems };
  }
  if (!text.includes('{{')) return { text, encoding, parts: [{ kind: 'text', text }], problems: [] };
  let at = 0;
  for (const match of text.matchAll(/\{\{|\}\}/g)) {
    addText(scan.stack.at(-1), text.slice(at, match.index));
    at = match.index + 2;
    if (match[0] === '{{' && opensTag(scan.stack)) {
      scan.stack.push({ at: match.index, raw: '', isRoot: false, parts: [] });
    } else if (match[0] === '}}' && scan.stack.length > 1) closeTag(scan);
    else addText(scan.stack.at(-1), match[0]);
  }
  addText(scan.stack.at(-1), text.slice(at));
  return { text, encoding, parts: closeRest(scan), problems: scan.problems };
}

/** The names of the simple tags of a text, innermost first. */
export function tagsIn(text: string): readonly string[] {
  const names: string[] = [];
  const visit = (parts: readonly TagPart[]): void => {
    for (const part of parts) {
      if (part.kind !== 'tag') continue;
      visit(part.inner);
      if (part.inner.every(({ kind }) => kind === 'text')) names.push(part.raw.slice(2, -2).trim());
    }
  };
  visit(compileTags(text).parts);
  return names;
}
