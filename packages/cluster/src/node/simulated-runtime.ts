import { after, milliseconds, must, sha256Hex, type Timer } from '@argosy/std';
import type { ContainerSession, DialOrder, ExecOrder, PodStream, SessionEnd } from '../apiserver/index.ts';
import {
  ContainerRefusal,
  instanceKey,
  type ContainerOrder,
  type InstanceRef,
  type PodPlace,
  type PodRuntime,
} from './contract.ts';
import type { InstanceUsage, RuntimeHost } from './contract.ts';
import type { InstanceSeen } from './plan-types.ts';
import { dialSimulated, SimulatedSession } from './simulated-streams.ts';
import { runOf, type SimulatedRun } from './simulation-script.ts';

interface Simulated {
  readonly order: ContainerOrder;
  readonly run: SimulatedRun;
  seen: InstanceSeen;
  timer?: Timer;
  /** Ends the sessions of attached clients. */
  readonly attached: Set<(end: SessionEnd) => void>;
}

/** Containers that only exist in memory, scripted by pod annotations, on whatever clock the agent has. */
class SimulatedRuntime implements PodRuntime {
  readonly name = 'sim';
  readonly version = '1';
  readonly storage = 'none';
  readonly #live = new Map<string, Simulated>();
  /** Keys of `#live` by pod: a pod that goes must not cost what all pods cost. */
  readonly #keysOfPod = new Map<string, string[]>();
  #host: RuntimeHost | undefined;

  async open(host: RuntimeHost): ReturnType<PodRuntime['open']> {
    this.#host = host;
    return [...this.#live.values()].map(({ order, seen }) => ({ ref: refOf(order), instance: seen }));
  }

  async start(order: ContainerOrder): Promise<InstanceSeen> {
    const host = must(this.#host, 'runtime is open');
    const { sandbox, role, container: name, attempt } = order;
    const found = runOf(sandbox.annotations, { name, role, restartPolicy: sandbox.restartPolicy }, attempt);
    if (!found.ok) throw new ContainerRefusal('CreateContainerConfigError', found.error);
    const run = found.value;
    if (run.refusal !== undefined) throw new ContainerRefusal(run.refusal.reason, run.refusal.message);
    const now = host.clock.now();
    const id = `sim://${sha256Hex(instanceKey(order))}`;
    const seen: InstanceSeen = { attempt, id, state: 'running', startedAt: now };
    const simulated: Simulated = { order, run, seen, attached: new Set() };
    const key = instanceKey(order);
    const keys = this.#keysOfPod.get(order.podUid);
    if (keys === undefined) this.#keysOfPod.set(order.podUid, [key]);
    else keys.push(key);
    this.#live.set(key, simulated);
    if (run.startError !== undefined) {
      const message = run.startError;
      simulated.seen = {
        ...simulated.seen,
        state: 'exited',
        finishedAt: now,
        exitCode: 128,
        reason: 'StartError',
        message,
      };
      return simulated.seen;
    }
    for (const line of run.stdout) order.log.write('stdout', Buffer.from(`${line}\n`));
    for (const line of run.stderr) order.log.write('stderr', Buffer.from(`${line}\n`));
    if (run.runMs !== undefined) this.#endAfter(simulated, run.runMs, run.exitCode);
    return simulated.seen;
  }

  async signal(ref: InstanceRef, signal: string): Promise<void> {
    const simulated = this.#live.get(instanceKey(ref));
    if (simulated?.seen.state !== 'running') return;
    if (signal === 'SIGKILL') this.#endAfter(simulated, 0, 137);
    else if (Number.isFinite(simulated.run.stopMs ?? 0)) {
      this.#endAfter(simulated, simulated.run.stopMs ?? 0, simulated.run.stopExitCode);
    }
  }

  async exec(): ReturnType<PodRuntime['exec']> {
    return { exitCode: 0, output: '' };
  }

  async openExec(ref: InstanceRef, order: ExecOrder): Promise<ContainerSession> {
    return new SimulatedSession(order, this.#running(ref).run.exec);
  }

  async attach(ref: InstanceRef): Promise<ContainerSession> {
    const { attached } = this.#running(ref);
    let finish: (end: SessionEnd) => void = () => undefined;
    const ended = new Promise<SessionEnd>((resolve) => {
      finish = resolve;
    });
    attached.add(finish);
    // What a script says is said at the start, so there is nothing to hear and nothing to tell it.
    return {
      ended,
      write: async () => undefined,
      closeInput: () => undefined,
      resize: () => undefined,
      cancel: () => {
        attached.delete(finish);
        finish({ kind: 'failed', message: 'the client has left' });
      },
    };
  }

  async dial(pod: PodPlace, order: DialOrder): Promise<PodStream> {
    return dialSimulated(this.#running(pod.instance).run.ports, order);
  }

  #running(ref: InstanceRef): Simulated {
    const simulated = this.#live.get(instanceKey(ref));
    if (simulated?.seen.state === 'running') return simulated;
    throw new ContainerRefusal('NotRunning', `container ${ref.container} is not running`);
  }

  async reach(
    ref: InstanceRef,
    _handler: unknown,
    purpose: 'probe' | 'hook',
  ): Promise<{ readonly success: boolean; readonly message: string }> {
    if (purpose === 'hook') return { success: true, message: '' };
    const simulated = this.#live.get(instanceKey(ref));
    const startedAt = simulated?.seen.startedAt ?? 0;
    const now = must(this.#host, 'runtime is open').clock.now();
    const success = simulated?.seen.state === 'running' && now >= startedAt + (simulated.run.readyAfterMs ?? 0);
    return { success, message: success ? '' : 'simulated: not ready' };
  }

  usage(): readonly InstanceUsage[] {
    const now = must(this.#host, 'runtime is open').clock.now();
    const running = [...this.#live.values()].filter(({ seen }) => seen.state === 'running');
    return running.map(({ order, run, seen }) => ({
      ref: refOf(order),
      cpuMs: ((now - (seen.startedAt ?? now)) * (run.cpuMilli ?? 0)) / 1000,
      memoryBytes: run.memoryBytes ?? 0,
    }));
  }

  async removePod(podUid: string): Promise<void> {
    for (const key of this.#keysOfPod.get(podUid) ?? []) {
      this.#live.get(key)?.timer?.cancel();
      this.#live.delete(key);
    }
    this.#keysOfPod.delete(podUid);
  }

  async close(options: { readonly killContainers: boolean }): Promise<void> {
    if (!options.killContainers) return;
    for (const simulated of this.#live.values()) simulated.timer?.cancel();
    this.#live.clear();
    this.#keysOfPod.clear();
  }

  #endAfter(simulated: Simulated, spanMs: number, exitCode: number): void {
    const { clock } = must(this.#host, 'runtime is open');
    simulated.timer?.cancel();
    simulated.timer = clock.schedule(after(clock.now(), milliseconds(spanMs)), () => this.#end(simulated, exitCode));
  }

  #end(simulated: Simulated, exitCode: number): void {
    const host = must(this.#host, 'runtime is open');
    const { run, order } = simulated;
    const isOwnEnd = exitCode === run.exitCode;
    simulated.seen = {
      ...simulated.seen,
      state: 'exited',
      finishedAt: host.clock.now(),
      exitCode,
      ...(isOwnEnd && run.isOutOfMemory ? { reason: 'OOMKilled' } : {}),
      ...(isOwnEnd && run.message !== undefined ? { message: run.message } : {}),
    };
    void order.log.end().catch(() => undefined);
    host.onChange({ ref: refOf(order), instance: simulated.seen });
    for (const finish of simulated.attached) finish({ kind: 'exited', exitCode });
    simulated.attached.clear();
  }
}

function refOf({ podUid, container, attempt }: InstanceRef): InstanceRef {
  return { podUid, container, attempt };
}

/**
 * A runtime without processes: each container follows the script in its pod's annotation `simulation.argosy.io/run`
 * (see `parseSimulation`). Works under a virtual clock; adopted by a later agent as long as the runtime object lives.
 */
export function createSimulatedRuntime(): PodRuntime {
  return new SimulatedRuntime();
}
