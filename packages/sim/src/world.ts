import type { ControlPlane, NodeGateway } from '@argosy/cluster/apiserver';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { connectInProcess } from '@argosy/kube/client';
import type { ClusterApi, UserInfo } from '@argosy/kube/port';
import {
  createEventRecorder,
  createInformerFactory,
  createMemoryJournal,
  type ControllerContext,
  type MemoryJournal,
} from '@argosy/kube/runtime';
import { createRandom, instant, silentLogger, type Logger, type Random } from '@argosy/std';
import { NO_FAULTS, withFaults, type FaultRates } from './faulty-api.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

/** Where simulations begin: 2026-01-01T00:00:00Z. */
const START_MS = 1_767_225_600_000;

/** How long a crashed process stays down, in virtual time. */
const RESTART_AFTER_MS = 50;

const OPERATOR: UserInfo = { name: 'simulation', groups: ['system:masters', 'system:authenticated'] };

/** What a process of the world runs; `stopped` resolves when its work has ended after its signal aborted. */
export type ProcessBody = (context: ControllerContext) => Promise<{ readonly stopped: () => Promise<void> }>;

interface Process {
  readonly name: string;
  readonly body: ProcessBody;
  abort: AbortController;
  running: Promise<{ readonly stopped: () => Promise<void> }> | undefined;
  crashes: number;
}

/** Settings of a world. */
export interface WorldOptions {
  readonly seed: number;
  readonly faults?: Partial<FaultRates>;
  readonly logger?: Logger;
  /** Breaks what processes write on purpose: to show that the checks of a scenario notice. */
  readonly sabotage?: Sabotage;
}

/** Turns a process's cluster into a faulty one. */
export type Sabotage = (api: ClusterApi, random: Random) => ClusterApi;

/** A cluster under a virtual clock, with processes that crash and come back. */
export interface World {
  readonly clock: VirtualClock;
  readonly plane: ControlPlane;
  /** The world as its operator sees it: no faults. */
  readonly api: ClusterApi;
  readonly random: Random;
  readonly journal: MemoryJournal;
  /** Starts a process; from now on its writes may fail and it may die, to be started again a moment later. */
  start(name: string, body: ProcessBody): Promise<void>;
  /** Ends all faults: the second phase, in which the world must settle. */
  endFaults(): void;
  connectNode(gateway: NodeGateway): void;
  readonly crashes: number;
  close(): Promise<void>;
}

async function openPlane(clock: VirtualClock, random: Random): Promise<ControlPlane> {
  const newUid = (): string => {
    const hex = Array.from({ length: 32 }, () => random.below(16).toString(16)).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  };
  const authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
  return openControlPlane({ log: inMemoryCommitLog(), clock, authorizer, newUid, seed: random.below(2 ** 31) });
}

/** Opens a world. Same seed, same code: same story. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const random = createRandom(options.seed);
  const clock = createVirtualClock(START_MS);
  const logger = options.logger ?? silentLogger;
  const plane = await openPlane(clock, random);
  const api = connectInProcess(plane, OPERATOR);
  const journal = createMemoryJournal({});
  const processes: Process[] = [];
  let rates: FaultRates = { ...NO_FAULTS, ...options.faults };
  let closed = false;

  const run = (process: Process): void => {
    const { signal } = process.abort;
    const source = { random, rates: () => rates, crash: () => crash(process) };
    const base = options.sabotage === undefined ? api : options.sabotage(api, random);
    const faulty = withFaults(base, source);
    const informers = createInformerFactory({ api: faulty, clock, logger, signal, seed: options.seed });
    const events = createEventRecorder({ api: faulty, clock, component: process.name, host: 'simulation' });
    const context = { api: faulty, informers, clock, journal, events, logger, signal, seed: options.seed };
    process.running = process.body(context);
    // A process that dies while it starts is a crash like any other.
    process.running.catch(() => (signal.aborted ? undefined : crash(process)));
  };

  const crash = (process: Process): void => {
    if (process.abort.signal.aborted) return;
    process.crashes += 1;
    process.abort.abort(new Error('the process died'));
    clock.schedule(instant(clock.now() + RESTART_AFTER_MS), () => {
      if (closed) return;
      process.abort = new AbortController();
      run(process);
    });
  };

  return {
    clock,
    plane,
    api,
    random,
    journal,
    start: async (name, body) => {
      const process: Process = { name, body, abort: new AbortController(), running: undefined, crashes: 0 };
      processes.push(process);
      run(process);
      await clock.settle();
    },
    endFaults: () => {
      rates = NO_FAULTS;
    },
    connectNode: (gateway) => plane.connectNode(gateway),
    get crashes() {
      return processes.reduce((sum, process) => sum + process.crashes, 0);
    },
    close: async () => {
      closed = true;
      for (const process of processes) process.abort.abort(new Error('the world ends'));
      await clock.settle();
      await plane.close();
      await clock.settle();
    },
  };
}
