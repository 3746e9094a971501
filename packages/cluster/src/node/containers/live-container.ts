import type { Readable } from 'node:stream';
import { after, milliseconds, type Timer } from '@argosy/std';
import type { TerminalSize } from '../../apiserver/index.ts';
import type { ContainerLog } from '../container-log.ts';
import { ContainerOutput } from '../container-output.ts';
import type { InstanceRef, RuntimeHost } from '../contract.ts';
import type { InstanceSeen } from '../plan-types.ts';
import { terminationMessage } from '../termination-message.ts';
import { containerAnswer, type ContainerAnswer } from './engine-answers.ts';
import { hasStatus, type EngineClient } from './engine-client.ts';
import { FrameReader, type OutputFrame } from './frames.ts';

/** How long output may come after the end: children that hold the pipe open are not waited for. */
const LATE_OUTPUT_MS = 2000;
/** The exit code after SIGKILL. */
const KILLED = 137;
/** Wait before an engine that broke off is asked again. */
const RETRY_MS = 1000;

/** The parts of a container that an engine runs. */
export interface LiveContainerParts {
  readonly ref: InstanceRef;
  readonly id: string;
  readonly engine: string;
  readonly imageId: string;
  readonly terminationMessagePath: string;
  readonly terminationPolicy: string;
  readonly hasStdin: boolean;
  readonly isTerminal: boolean;
  readonly log: ContainerLog;
  readonly host: RuntimeHost;
  readonly client: EngineClient;
}

/** Bytes of each stream that a log has already. */
export interface SkippedBytes {
  readonly stdout: number;
  readonly stderr: number;
}

/** One container instance of an engine: its output goes into its log, its end is told once. */
export class LiveContainer {
  readonly ref: InstanceRef;
  readonly id: string;
  readonly output: ContainerOutput;
  readonly #onEnd = new Set<() => void>();
  readonly #parts: LiveContainerParts;
  readonly #leaving = new AbortController();
  #seen: InstanceSeen;
  #stopSignal: string;
  #isKilled = false;
  #output: Readable | undefined;
  #copied: Promise<void> = Promise.resolve();
  #ended: Promise<void> | undefined;

  constructor(parts: LiveContainerParts, state: ContainerAnswer | undefined) {
    this.#parts = parts;
    this.ref = parts.ref;
    this.id = parts.id;
    this.output = new ContainerOutput(parts.log);
    this.#seen = this.#seenOf(state, {});
    this.#stopSignal = state?.stopSignal ?? '';
  }

  /** The instance in the planner's words. */
  get seen(): InstanceSeen {
    return this.#seen;
  }

  /** Notes that the agent itself kills this container: exit code 137 then is nobody else's doing. */
  noteKill(): void {
    this.#isKilled = true;
  }

  /** The signal that asks this container to end. */
  get stopSignal(): string {
    return this.#stopSignal;
  }

  /** The signals of a terminal have no meaning without one. */
  get isTerminal(): boolean {
    return this.#parts.isTerminal;
  }

  get hasStdin(): boolean {
    return this.#parts.hasStdin;
  }

  /** Calls once when the container has ended and all its output was told; at once when it has already. */
  whenEnded(listener: () => void): () => void {
    if (this.#seen.state === 'exited') listener();
    else this.#onEnd.add(listener);
    return () => void this.#onEnd.delete(listener);
  }

  /** Tells the container's terminal its size. Never rejects: one that has ended has none. */
  async resize(size: TerminalSize): Promise<void> {
    const query = { h: String(size.height), w: String(size.width) };
    const call = { method: 'POST', path: `/containers/${this.id}/resize`, query } as const;
    if (this.#parts.isTerminal) await this.#parts.client.call(call).catch(() => undefined);
  }

  /** Copies output into the log until it ends; `skip` is what the log holds already. */
  copy(output: Readable, skip: SkippedBytes = { stdout: 0, stderr: 0 }): void {
    const { log, client, host, isTerminal } = this.#parts;
    const frames = new FrameReader(client.limits.frameBytes);
    const framesOf = (chunk: Buffer): readonly OutputFrame[] =>
      isTerminal ? [{ stream: 'stdout', payload: chunk }] : frames.read(chunk);
    const left = { ...skip };
    this.#output = output;
    this.#copied = new Promise((resolve) => {
      output.on('close', resolve);
      output.on('end', resolve);
    });
    output.on('error', () => output.destroy());
    output.on('data', (chunk: Buffer) => {
      try {
        for (const frame of framesOf(chunk)) this.output.write(frame.stream, unseen(frame, left));
      } catch (error) {
        host.logger.warn('container output not readable', { ...this.ref, error: String(error) });
        output.destroy();
      }
      if (!log.isFull) return;
      output.pause();
      void log.flushed().then(
        () => output.resume(),
        () => output.resume(),
      );
    });
  }

  /** Waits for the end and tells it. Call once, when the container has been started. */
  watch(state: ContainerAnswer): void {
    this.#stopSignal = state.stopSignal;
    this.#seen = this.#seenOf(state, {});
    this.#ended = this.#untilEnd().catch((error: unknown) => {
      if (this.#leaving.signal.aborted) return;
      this.#parts.host.logger.error('container end not recorded', { ...this.ref, error: String(error) });
    });
  }

  /** Takes over a container that ended while nobody watched. */
  async recover(state: ContainerAnswer): Promise<void> {
    await this.#conclude(state);
  }

  /** Resolves when the end has been told, or the container was let go. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Stops reading and waiting; the container goes on by itself. */
  async letGo(): Promise<void> {
    this.#leaving.abort();
    this.#output?.destroy();
    await this.#ended;
    if (!this.#parts.log.isEnded) await this.#parts.log.end();
  }

  async #untilEnd(): Promise<void> {
    for (;;) {
      const state = await this.#nextState();
      if (this.#leaving.signal.aborted) return;
      if (state === 'gone') return this.#vanish();
      if (state !== undefined && !state.isRunning) {
        await this.#conclude(state);
        this.#parts.host.onChange({ ref: this.ref, instance: this.#seen });
        return;
      }
    }
  }

  /** The container's state once the engine says that it ended, or once its output has. */
  async #nextState(): Promise<ContainerAnswer | 'gone' | undefined> {
    const { client } = this.#parts;
    const { signal } = this.#leaving;
    const path = `/containers/${this.id}`;
    try {
      const wait = client.waitFor({ method: 'POST', path: `${path}/wait`, signal });
      // The end of the output is often known earlier than the end of the wait.
      await Promise.race([wait, this.#copied]);
      const state = containerAnswer(await client.call({ method: 'GET', path: `${path}/json`, signal }));
      if (state.isRunning) await wait;
      else wait.catch(() => undefined);
      return state.isRunning ? undefined : state;
    } catch (error) {
      if (hasStatus(error, 404)) return 'gone';
      if (!signal.aborted) await this.#pause(RETRY_MS);
      return undefined;
    }
  }

  async #vanish(): Promise<void> {
    const now = this.#parts.host.clock.now();
    const message = 'The container was removed from the engine by somebody else';
    this.#seen = {
      ...this.#seen,
      state: 'exited',
      exitCode: 137,
      finishedAt: now,
      reason: 'ContainerStatusUnknown',
      message,
    };
    await this.#endLog();
    this.#tellEnd();
    this.#parts.host.onChange({ ref: this.ref, instance: this.#seen });
  }

  async #conclude(state: ContainerAnswer): Promise<void> {
    await Promise.race([this.#copied, this.#pause(LATE_OUTPUT_MS)]);
    this.#output?.destroy();
    const { log, terminationMessagePath, terminationPolicy } = this.#parts;
    await log.flushed().catch(() => undefined);
    const message = await terminationMessage({
      path: terminationMessagePath,
      policy: terminationPolicy,
      exitCode: state.exitCode,
      log,
    });
    await this.#endLog();
    this.#seen = this.#seenOf(state, message === '' ? {} : { message });
    this.#tellEnd();
  }

  #tellEnd(): void {
    for (const listener of this.#onEnd) listener();
    this.#onEnd.clear();
  }

  async #endLog(): Promise<void> {
    await this.#parts.log.end().catch((error: unknown) => {
      this.#parts.host.logger.error('container output not written', { ...this.ref, error: String(error) });
    });
  }

  #seenOf(state: ContainerAnswer | undefined, words: { readonly message?: string }): InstanceSeen {
    const { engine, id, imageId, host } = this.#parts;
    const base = { attempt: this.ref.attempt, id: `${engine}://${id}`, imageId };
    const startedAt = state?.startedAt ?? host.clock.now();
    if (state === undefined || state.isRunning) return { ...base, state: 'running', startedAt };
    return {
      ...base,
      state: 'exited',
      startedAt,
      finishedAt: state.finishedAt ?? host.clock.now(),
      exitCode: state.exitCode,
      ...(this.#isOutOfMemory(state) ? { reason: 'OOMKilled' } : {}),
      ...words,
    };
  }

  /** Some engines do not tell (Podman on cgroups v1): a SIGKILL from nobody, under a memory limit, is the kernel's. */
  #isOutOfMemory(state: ContainerAnswer): boolean {
    const isForeignKill = state.exitCode === KILLED && !this.#isKilled && this.#parts.engine === 'podman';
    return state.isOutOfMemory || (isForeignKill && state.memoryLimitBytes > 0);
  }

  #pause(spanMs: number): Promise<void> {
    const { clock } = this.#parts.host;
    let timer: Timer | undefined;
    return new Promise<void>((resolve) => {
      timer = clock.schedule(after(clock.now(), milliseconds(spanMs)), resolve);
      this.#leaving.signal.addEventListener('abort', () => resolve(), { once: true });
    }).finally(() => timer?.cancel());
  }
}

/** The part of a frame that comes after what was skipped. */
function unseen(frame: OutputFrame, left: { stdout: number; stderr: number }): Buffer {
  const skipped = Math.min(left[frame.stream], frame.payload.length);
  left[frame.stream] -= skipped;
  return frame.payload.subarray(skipped);
}
