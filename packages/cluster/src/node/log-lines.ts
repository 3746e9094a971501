import { parseTime, type Instant } from '@argosy/std';
import type { LogRequest, LogStream } from '@argosy/kube/port';

/** One line (or part of a line) of a log file. */
export interface LogLine {
  readonly stamp: string;
  /** True for what the container wrote to stderr. */
  readonly isError: boolean;
  /** False for a part that the next line continues. */
  readonly isWhole: boolean;
  readonly text: Buffer;
}

const NEWLINE = 10;
const SPACE = 32;
/** `e` of `stderr`, at the place where `stdout` has its `o`. */
const STDERR = 101;
/** `F` of a whole line. */
const WHOLE = 70;

function parseLine(line: Buffer): LogLine | undefined {
  const afterStamp = line.indexOf(SPACE);
  const afterStream = line.indexOf(SPACE, afterStamp + 1);
  if (afterStamp < 0 || afterStream < 0) return undefined;
  return {
    stamp: line.toString('latin1', 0, afterStamp),
    isError: line[afterStamp + 4] === STDERR,
    isWhole: line[afterStream + 1] === WHOLE,
    text: line.subarray(afterStream + 3),
  };
}

/** The lines of a piece of a log file; what cannot be a line is left out. */
export function parseLines(piece: Buffer): readonly LogLine[] {
  const lines: LogLine[] = [];
  let start = 0;
  for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
    const line = parseLine(piece.subarray(start, end));
    if (line !== undefined) lines.push(line);
    start = end + 1;
  }
  return lines;
}

/** The first instant that a request wants to see. */
export function sinceOf(request: LogRequest, now: Instant): Instant | undefined {
  if (request.sinceSeconds !== undefined) return (now - request.sinceSeconds * 1000) as Instant;
  return request.sinceTime === undefined ? undefined : parseTime(request.sinceTime);
}

/** Drops lines before `since`; stamps of one form compare as text once cut to milliseconds. */
export function linesSince(lines: readonly LogLine[], since: Instant | undefined): readonly LogLine[] {
  if (since === undefined) return lines;
  return lines.filter((line) => (parseTime(line.stamp) ?? 0) >= since);
}

/** The lines of the stream that a request asks for. */
export function linesOfStream(lines: readonly LogLine[], stream: LogStream = 'All'): readonly LogLine[] {
  if (stream === 'All') return lines;
  const wantsErrors = stream === 'Stderr';
  return lines.filter((line) => line.isError === wantsErrors);
}

/** Turns lines back into what the container wrote, with stamps in front if asked, within a number of bytes. */
export class LogPrinter {
  readonly #timestamps: boolean;
  #left: number;
  #isLineStart = true;

  constructor(request: LogRequest) {
    this.#timestamps = request.timestamps === true;
    this.#left = request.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  /** True when limitBytes is used up. */
  get isFull(): boolean {
    return this.#left <= 0;
  }

  /** The bytes for some lines. */
  print(lines: readonly LogLine[]): Buffer {
    const parts: Buffer[] = [];
    for (const line of lines) {
      if (this.#timestamps && this.#isLineStart) parts.push(Buffer.from(`${line.stamp} `));
      parts.push(line.text);
      if (line.isWhole) parts.push(Buffer.from('\n'));
      this.#isLineStart = line.isWhole;
    }
    const all = Buffer.concat(parts);
    const cut = all.length > this.#left ? all.subarray(0, this.#left) : all;
    this.#left -= cut.length;
    return cut;
  }
}
