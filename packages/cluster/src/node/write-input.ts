import type { Writable } from 'node:stream';

/** Writes to a stream; resolves when more can be taken, also when it has broken or ended. Never rejects. */
export function writeInput(stream: Writable | null | undefined, bytes: Uint8Array): Promise<void> {
  if (stream === null || stream === undefined || stream.destroyed || stream.writableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    const onClose = (): void => resolve();
    stream.once('close', onClose);
    stream.write(bytes, () => {
      stream.off('close', onClose);
      resolve();
    });
  });
}
