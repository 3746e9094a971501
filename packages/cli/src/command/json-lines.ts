import { isObject } from '@argosy/std';
import type { Terminal } from './command.ts';

/** One request of a batch, as it stands on its line. */
export interface BatchRequest {
  readonly [field: string]: unknown;
}

/** A request that cannot be answered; the message names the field, what was found and what is allowed. */
export class BatchRequestError extends Error {}

/** The lines of standard input that are not empty, until the command is stopped; `undefined` for one too long. */
export async function* requestLines(terminal: Terminal): AsyncGenerator<string | undefined> {
  const lines = terminal.inputLines?.() ?? (await terminal.readInput()).split('\n');
  for await (const line of lines) {
    if (terminal.signal.aborted) return;
    if (line === undefined || line.trim() !== '') yield line;
  }
}

function readRequest(line: string | undefined): BatchRequest {
  if (line === undefined) throw new BatchRequestError('the line is too long');
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new BatchRequestError(`malformed line: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(value)) throw new BatchRequestError('malformed line: expected a JSON object');
  return value;
}

/** An `id` is given back as it came; what is no scalar is answered as null. */
function idOf(request: BatchRequest): unknown {
  const { id = null } = request;
  return ['string', 'number', 'boolean'].includes(typeof id) ? id : null;
}

async function answerLine(
  line: string | undefined,
  answer: (request: BatchRequest) => object | Promise<object>,
): Promise<object> {
  let id: unknown = null;
  try {
    const request = readRequest(line);
    id = idOf(request);
    return { id, ...(await answer(request)) };
  } catch (error) {
    if (error instanceof BatchRequestError) return { id, error: error.message };
    throw error;
  }
}

/**
 * Answers JSON lines from standard input with JSON lines: `{"id",…}` in, `{"id",…answer}` or `{"id","error"}` out, in
 * the same order. `answer` throws BatchRequestError for what it cannot answer. Empty lines are skipped.
 */
export async function answerJsonLines(
  terminal: Terminal,
  answer: (request: BatchRequest) => object | Promise<object>,
): Promise<number> {
  for await (const line of requestLines(terminal)) {
    terminal.out(`${JSON.stringify(await answerLine(line, answer))}\n`);
  }
  return 0;
}
