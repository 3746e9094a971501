/** The longest line that is kept, in UTF-16 units: a whole application with its tree fits many times. */
export const MAX_LINE_LENGTH = 32 * 1024 * 1024;

/** A stream that is not what it says. */
export class StreamFormatError extends Error {
  override readonly name = 'StreamFormatError';
}

/** Cuts a stream into its JSON texts; heartbeats vanish. Works for JSON lines and for server-sent events. */
export interface StreamParser {
  /**
   * Takes the next piece of text and gives the items that it completes.
   * @throws StreamFormatError for a line that is too long or no JSON.
   */
  push(text: string): readonly unknown[];
}

/** Creates a parser for one stream. */
export function createStreamParser(): StreamParser {
  let rest = '';
  return {
    push(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE_LENGTH) {
        throw new StreamFormatError(`a line of the stream is longer than ${MAX_LINE_LENGTH} characters`);
      }
      return lines
        .map(payloadOf)
        .filter((line) => line !== '')
        .map(parseItem);
    },
  };
}

/** The JSON of a line: events carry it after `data:`; comments and other fields carry none. */
function payloadOf(raw: string): string {
  const line = raw.trim();
  if (line.startsWith('data:')) return line.slice(5).trim();
  return line.startsWith('{') ? line : '';
}

function parseItem(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new StreamFormatError('a line of the stream is not JSON');
  }
}
