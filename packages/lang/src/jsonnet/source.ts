import { DiagnosticError, placeOf } from '../diagnostic/index.ts';

/** One text with the name it is reported under. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** A stretch of a source: offsets in UTF-16 code units, `end` exclusive. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** A place as Jsonnet prints it: `file:1:2`, `file:1:2-5` or `file:(1:2)-(3:4)`. */
export function formatSpan(span: Span): string {
  const { file, start, end } = span;
  const from = placeOf(file.text, start);
  const to = placeOf(file.text, Math.max(start, end));
  if (from.line !== to.line) return `${file.name}:(${from.line}:${from.column})-(${to.line}:${to.column})`;
  if (to.column - from.column <= 1) return `${file.name}:${from.line}:${from.column}`;
  return `${file.name}:${from.line}:${from.column}-${to.column}`;
}

/** The error for a source that cannot be compiled; the message starts with the place, as go-jsonnet prints it. */
export function staticError(message: string, span: Span): DiagnosticError {
  const place = placeOf(span.file.text, span.start);
  return new DiagnosticError({ message: `${formatSpan(span)} ${message}`, ...place });
}
