import type { ContainerSession, DialOrder, ExecOrder, PodStream, SessionEnd } from '../apiserver/index.ts';
import { ContainerRefusal } from './contract.ts';
import type { SimulatedExec } from './simulation-script.ts';

const lines = (texts: readonly string[]): Uint8Array => Buffer.from(texts.map((text) => `${text}\n`).join(''));

/** A command that only exists in a script: says its lines, may echo its stdin, and ends with its code. */
export class SimulatedSession implements ContainerSession {
  readonly ended: Promise<SessionEnd>;
  readonly #order: ExecOrder;
  readonly #exec: SimulatedExec;
  #finish: (end: SessionEnd) => void = () => undefined;

  constructor(order: ExecOrder, exec: SimulatedExec) {
    this.#order = order;
    this.#exec = exec;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    void this.#say();
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#exec.isEcho && this.#order.stdin) await this.#order.take('stdout', bytes);
  }

  closeInput(): void {
    this.#finish({ kind: 'exited', exitCode: this.#exec.exitCode });
  }

  cancel(): void {
    this.#finish({ kind: 'failed', message: 'the client has left' });
  }

  resize(): void {
    // A script has no screen.
  }

  async #say(): Promise<void> {
    const { stdout, stderr, isEcho } = this.#exec;
    if (stdout.length > 0 && this.#order.stdout) await this.#order.take('stdout', lines(stdout));
    if (stderr.length > 0 && this.#order.stderr) await this.#order.take('stderr', lines(stderr));
    if (!isEcho || !this.#order.stdin) this.closeInput();
  }
}

/** A port that answers the first bytes with a text and closes. @throws ContainerRefusal for a port without a text. */
export function dialSimulated(ports: ReadonlyMap<number, string>, order: DialOrder): PodStream {
  const reply = ports.get(order.port);
  if (reply === undefined) {
    throw new ContainerRefusal('PortForward', `cannot connect to port ${order.port} of the pod: connection refused`);
  }
  let finish: (end: SessionEnd) => void = () => undefined;
  let isAnswered = false;
  const ended = new Promise<SessionEnd>((resolve) => {
    finish = resolve;
  });
  return {
    ended,
    write: async () => {
      if (isAnswered) return;
      isAnswered = true;
      await order.take(Buffer.from(reply));
      finish({ kind: 'exited', exitCode: 0 });
    },
    closeInput: () => finish({ kind: 'exited', exitCode: 0 }),
    cancel: () => finish({ kind: 'failed', message: 'the client has left' }),
  };
}
