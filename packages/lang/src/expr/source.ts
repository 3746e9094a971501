import { DiagnosticError, diagnostic, type Diagnostic } from '../diagnostic/index.ts';

/** A source by code points: places are counted in them, as upstream does. */
export interface Source {
  readonly text: string;
  readonly runes: readonly string[];
}

/** Takes a source apart. */
export function sourceOf(text: string): Source {
  return { text, runes: Array.from(text) };
}

/** A diagnostic at an offset in code points. */
export function diagnosticAt(source: Source, at: number, message: string): Diagnostic {
  let line = 1;
  let column = 1;
  for (let index = 0; index < at && index < source.runes.length; index += 1) {
    if (source.runes[index] === '\n') {
      line += 1;
      column = 1;
    } else column += 1;
  }
  return diagnostic(message, { line, column });
}

/** Stops with a diagnostic at an offset in code points. */
export function failAt(source: Source, at: number, message: string): never {
  throw new DiagnosticError(diagnosticAt(source, at, message));
}

/** Upstream's form of a message: the place, the line, and dots up to the caret. */
export function formatExprError(text: string, item: Diagnostic): string {
  if (item.line === 0) return item.message;
  const head = `${item.message} (${item.line}:${item.column})`;
  const line = text.split('\n')[item.line - 1];
  if (line === undefined) return head;
  const runes = Array.from(line.replaceAll('\t', ' ').replaceAll('\r', ''));
  return `${head}\n | ${runes.join('')}\n | ${'.'.repeat(Math.max(0, item.column - 1))}^`;
}
