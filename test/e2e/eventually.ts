/** How often a condition is looked at. */
const LOOK_EVERY_MS = 25;

/**
 * Resolves with the first answer of `look` that is not undefined or false; a throw counts as "not yet".
 * Rejects after `withinMs` with what was last seen.
 */
export async function eventually<T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | undefined | false>,
): Promise<T> {
  const until = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await look();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > until) {
      throw new Error(`${what} did not come true within ${withinMs} ms; last seen: ${String(last)}`);
    }
    await pause();
  }
}

/** One turn of the wait between two looks. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LOOK_EVERY_MS);
  });
}
