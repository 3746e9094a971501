/** The longest line that is read, in characters; a longer one is given as `undefined` and skipped. */
export const INPUT_LINE_LIMIT = 16 * 1024 * 1024;

/**
 * Cuts a stream into lines, holding no more than one line. The last line needs no line break; a carriage return
 * before the break is dropped. `undefined` stands for a line over `limit`.
 */
export async function* inputLines(
  chunks: AsyncIterable<Uint8Array | string>,
  limit = INPUT_LINE_LIMIT,
): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder();
  let held: string[] = [];
  let heldLength = 0;
  let skipping = false;
  const finish = (): string | undefined => {
    const line = skipping ? undefined : held.join('').replace(/\r$/, '');
    held = [];
    heldLength = 0;
    skipping = false;
    return line;
  };
  const hold = (part: string): void => {
    heldLength += part.length;
    if (heldLength > limit) {
      skipping = true;
      held = [];
    } else if (part !== '') held.push(part);
  };
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      hold(text.slice(from, at));
      from = at + 1;
      yield finish();
    }
    hold(text.slice(from));
  }
  hold(decoder.decode());
  if (heldLength > 0) yield finish();
}
