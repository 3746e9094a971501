/** Resolves when the user asks to stop. */
export function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Without a handle of its own the process would end as soon as nothing else is going on.
    const hold = setInterval(() => undefined, 2 ** 30);
    const end = (): void => {
      clearInterval(hold);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
