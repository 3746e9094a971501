/** What a text engine has to say about a source. `line` and `column` count from 1; 0 where no place is known. */
export interface Diagnostic {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** Set when a named limit stopped the work; the name of the limit. */
  readonly limit?: string;
}

/** A diagnostic without a place. */
export function diagnostic(
  message: string,
  place: { readonly line?: number; readonly column?: number } = {},
): Diagnostic {
  return { message, line: place.line ?? 0, column: place.column ?? 0 };
}

/** A diagnostic that says which named limit stopped the work, and what it allows. */
export function limitReached(
  limit: string,
  allowed: number,
  place: { line?: number; column?: number } = {},
): Diagnostic {
  return { ...diagnostic(`${limit} is limited to ${allowed}`, place), limit };
}

/** Line and column (from 1) of an offset in UTF-16 code units. */
export function placeOf(source: string, offset: number): { readonly line: number; readonly column: number } {
  const before = source.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: offset - lastBreak };
}

/** The longest part of a source line that a snippet shows. */
const SNIPPET_LIMIT_CHARACTERS = 120;

/** The message, the place, the source line and a caret under the column: for people at a terminal. */
export function formatDiagnostic(source: string, item: Diagnostic): string {
  if (item.line === 0) return item.message;
  const text = source.split('\n')[item.line - 1] ?? '';
  const start = Math.max(0, item.column - SNIPPET_LIMIT_CHARACTERS);
  const shown = text.slice(start, start + SNIPPET_LIMIT_CHARACTERS + 20).replaceAll('\t', ' ');
  const caret = `${' '.repeat(Math.max(0, item.column - 1 - start))}^`;
  return `${item.message} (${item.line}:${item.column})\n | ${shown}\n | ${caret}`;
}

/** How engines throw inside themselves; façades turn it into a Result and never let it out. */
export class DiagnosticError extends Error {
  override readonly name = 'DiagnosticError';
  readonly diagnostic: Diagnostic;

  constructor(item: Diagnostic) {
    super(item.message);
    this.diagnostic = item;
  }
}
