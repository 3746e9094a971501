import { after, milliseconds, type Clock } from '@argosy/std';
import type { ExecAnswer } from '../contract.ts';
import { numberField, textField } from './engine-answers.ts';
import type { EngineClient } from './engine-client.ts';
import { FrameReader } from './frames.ts';

/**
 * Runs a command inside a container, bounded in time and output. A command over its time is let go with code 124: engines
 * offer no way to end it.
 * @throws EngineError when the container does not run.
 */
export async function runInside(
  io: { readonly client: EngineClient; readonly clock: Clock },
  id: string,
  order: { readonly command: readonly string[]; readonly timeoutMs: number },
): Promise<ExecAnswer> {
  const { client, clock } = io;
  const body = { AttachStdout: true, AttachStderr: true, Cmd: order.command };
  const made = await client.call({ method: 'POST', path: `/containers/${id}/exec`, body });
  const path = `/exec/${textField(made, 'Id')}`;
  const { socket, head } = await client.hijack({ method: 'POST', path: `${path}/start`, body: { Detach: false } });
  const frames = new FrameReader(client.limits.frameBytes);
  let output = '';
  let isLate = false;
  const timer = clock.schedule(after(clock.now(), milliseconds(order.timeoutMs)), () => {
    isLate = true;
    socket.destroy();
  });
  try {
    socket.end();
    if (head.length > 0) socket.unshift(head);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (const { payload } of frames.read(chunk)) {
        output = (output + payload.toString('utf8')).slice(0, client.limits.execOutputBytes);
      }
    }
  } catch (error) {
    if (!isLate) throw error;
  } finally {
    timer.cancel();
  }
  if (isLate) return { exitCode: 124, output: `command timed out after ${order.timeoutMs / 1000}s` };
  const ended = await client.call({ method: 'GET', path: `${path}/json` });
  return { exitCode: numberField(ended, 'ExitCode') ?? 126, output };
}
