/** Cuts a byte stream into lines, whatever pieces it arrives in. */
export interface LineSplitter {
  /** The lines that this piece completes, without their line feeds. Empty lines are left out. */
  push(chunk: Uint8Array): readonly Uint8Array[];
  /** What is left without a line feed. */
  rest(): Uint8Array;
}

const LINE_FEED = 0x0a;

/** A line is longer than the reader accepts. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

/**
 * Makes a splitter. It works on bytes, so that characters which straddle pieces stay whole.
 * `push` throws LineTooLongError when a line grows beyond `limitBytes`.
 */
export function createLineSplitter(limitBytes: number): LineSplitter {
  let pieces: Uint8Array[] = [];
  let size = 0;
  const keep = (piece: Uint8Array): void => {
    if (piece.length === 0) return;
    size += piece.length;
    if (size > limitBytes) throw new LineTooLongError(`a line has more than ${limitBytes} bytes`);
    pieces.push(piece);
  };
  const take = (): Uint8Array => {
    const line = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    pieces = [];
    size = 0;
    return line;
  };
  return {
    push: (chunk) => {
      const lines: Uint8Array[] = [];
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
        keep(chunk.subarray(start, end));
        if (size > 0) lines.push(take());
        start = end + 1;
      }
      keep(chunk.subarray(start));
      return lines;
    },
    rest: take,
  };
}
