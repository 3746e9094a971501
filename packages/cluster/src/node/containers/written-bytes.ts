import type { ContainerLog } from '../container-log.ts';
import { defaultNodeLimits } from '../contract.ts';
import { parseLines } from '../log-lines.ts';
import type { SkippedBytes } from './live-container.ts';

/**
 * How much of each stream a log holds already: so much of the engine's own log is passed over after a restart of the
 * agent. `undefined` when the beginning has been rotated away and nobody can tell.
 */
export async function writtenBytes(log: ContainerLog): Promise<SkippedBytes | undefined> {
  const pieces = log.snapshot();
  if (pieces.length >= defaultNodeLimits.logFiles) {
    for (const piece of pieces) piece.release();
    return undefined;
  }
  const sum = { stdout: 0, stderr: 0 };
  for (const piece of pieces) {
    for (const line of parseLines(await piece.read())) {
      sum[line.isError ? 'stderr' : 'stdout'] += line.text.length + (line.isWhole ? 1 : 0);
    }
  }
  return sum;
}
