/** Where the emitter stands: what libyaml keeps while it writes. */
export interface Output {
  readonly parts: string[];
  /** Characters since the last line break. */
  column: number;
  /** The present indentation; -1 outside of everything. */
  indent: number;
  /** The last thing written was a blank or an indicator that counts as one. */
  whitespace: boolean;
  /** Nothing but indentation and indicators stands on this line. */
  indention: boolean;
  /** Lists stand one level deeper than their key, as go-yaml 3 writes them. */
  readonly indentSequences: boolean;
}

/** An empty output. */
export function newOutput(indentSequences = false): Output {
  return { parts: [], column: 0, indent: -1, whitespace: true, indention: true, indentSequences };
}

/** Writes text without a line break. */
export function put(out: Output, text: string): void {
  out.parts.push(text);
  out.column += text.length === 1 ? 1 : [...text].length;
}

/** Ends the line. */
export function putBreak(out: Output): void {
  out.parts.push('\n');
  out.column = 0;
}

/** Goes to the indentation, on a new line unless the present one is still empty. */
export function writeIndent(out: Output): void {
  const indent = Math.max(0, out.indent);
  if (!out.indention || out.column > indent || (out.column === indent && !out.whitespace)) putBreak(out);
  if (out.column < indent) put(out, ' '.repeat(indent - out.column));
  out.whitespace = true;
  out.indention = true;
}

/** How an indicator relates to its neighbours. */
interface IndicatorStyle {
  readonly needsSpace?: boolean;
  readonly isSpace?: boolean;
  readonly isIndention?: boolean;
}

/** Writes `-`, `:`, `?`, quotes and brackets. */
export function writeIndicator(out: Output, indicator: string, style: IndicatorStyle): void {
  if (style.needsSpace === true && !out.whitespace) put(out, ' ');
  put(out, indicator);
  out.whitespace = style.isSpace === true;
  out.indention &&= style.isIndention === true;
}
