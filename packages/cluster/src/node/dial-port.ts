import { connect } from 'node:net';
import type { DialOrder, PodStream, SessionEnd } from '../apiserver/index.ts';
import { ContainerRefusal } from './contract.ts';
import { writeInput } from './write-input.ts';

/** Time for a connection to a port of a pod to stand. */
const DIAL_MS = 10_000;

/**
 * Connects to a TCP port and passes its bytes on; a slow receiver holds the sender back.
 * @throws ContainerRefusal naming the address when nothing listens there.
 */
export function dialPort(host: string, order: DialOrder): Promise<PodStream> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: order.port, allowHalfOpen: true, timeout: DIAL_MS });
    const refuse = (words: string): void => {
      socket.destroy();
      reject(
        new ContainerRefusal('PortForward', `cannot connect to port ${order.port} of the pod (${host}): ${words}`),
      );
    };
    const onTimeout = (): void => refuse(`no answer within ${DIAL_MS / 1000} s`);
    const onError = (error: Error): void => refuse(error.message);
    socket.once('timeout', onTimeout);
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', onError).off('timeout', onTimeout);
      resolve(new DialedPort(socket, order));
    });
  });
}

class DialedPort implements PodStream {
  readonly ended: Promise<SessionEnd>;
  readonly #socket: ReturnType<typeof connect>;
  #taking: Promise<void> | undefined;

  constructor(socket: ReturnType<typeof connect>, order: DialOrder) {
    this.#socket = socket;
    let fault: string | undefined;
    socket.on('error', (error) => {
      fault = error.message;
      socket.destroy();
    });
    socket.on('data', (chunk) => {
      const taken = order.take(chunk);
      if (taken === undefined) return;
      socket.pause();
      this.#taking = taken;
      void taken.finally(() => socket.resume());
    });
    this.ended = new Promise((resolve) => {
      const end = async (): Promise<void> => {
        await this.#taking;
        resolve(fault === undefined ? { kind: 'exited', exitCode: 0 } : { kind: 'failed', message: fault });
      };
      // What the pod had to say is said: like a tunnel that closes, both directions end.
      socket.on('end', () => socket.end());
      socket.on('close', () => void end());
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeInput(this.#socket, bytes);
  }

  closeInput(): void {
    this.#socket.end();
  }

  cancel(): void {
    this.#socket.destroy();
  }
}
