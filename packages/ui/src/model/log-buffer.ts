/** Lines that a log view keeps; the oldest go first. */
export const MAX_LOG_LINES = 10_000;

/** The longest line that is kept; the rest of it is cut. */
export const MAX_LOG_LINE_LENGTH = 20_000;

/** The newest lines of a log. */
export interface LogBuffer {
  readonly lines: readonly string[];
  /** How many lines were dropped from the front. */
  readonly droppedCount: number;
}

/** A log with nothing in it. */
export const EMPTY_LOG: LogBuffer = Object.freeze({ lines: Object.freeze([]), droppedCount: 0 });

/** The log with more lines at its end. */
export function appendLog(buffer: LogBuffer, added: readonly string[]): LogBuffer {
  const lines = [...buffer.lines, ...added.map((line) => line.slice(0, MAX_LOG_LINE_LENGTH))];
  const over = Math.max(0, lines.length - MAX_LOG_LINES);
  return { lines: over === 0 ? lines : lines.slice(over), droppedCount: buffer.droppedCount + over };
}
