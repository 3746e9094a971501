import { recordAddress } from './pod-addresses.ts';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, milliseconds, type Timer } from '@argosy/std';
import { resources } from '@argosy/api';
import { hasReason, keyOf } from '@argosy/kube/meta';
import { deleteObject, patchObject } from '@argosy/kube/port';
import { withApiAccess } from './api-access.ts';
import { buildOrder, sandboxOf } from './container-order.ts';
import { ContainerRefusal, type InstanceRef } from './contract.ts';
import type { NodeIo } from './node-io.ts';
import { emptyMemory, type ContainerSeen, type HookSeen, type InstanceSeen, type PodAction } from './plan-types.ts';
import type { PodMemory, PodObserved, PodPlanEnv, ProbeResult, RefusalSeen, SetupSeen } from './plan-types.ts';
import { planPod, type PodOutcome } from './plan-pod.ts';
import { prepareVolumes, VolumeFault, type PreparedVolumes } from './pod-volumes.ts';
import { rolesOf, type Handler, type Pod, type PodStatus } from './pod-types.ts';
import { reach } from './probe-runner.ts';
import { statusPatch } from './status-patch.ts';

/** Rounds that may follow each other before the status is published although more is to do. */
const UNPUBLISHED_ROUNDS = 8;
/** Wait after a round that failed (API not answering, disk full). */
const RETRY_MS = 1000;
/** The longest a postStart or preStop hook may take when it is a request. */
const HOOK_TIMEOUT_MS = 300_000;

type ContainerAction = Extract<PodAction, { readonly container: string; readonly attempt: number }>;

/** Brings one pod to life and to its end: observe → plan → apply → publish, one round at a time. */
export class PodWorker {
  readonly uid: string;
  readonly #io: NodeIo;
  #pod: Pod;
  #isGone = false;
  #setup: SetupSeen = { state: 'absent' };
  #prepared: PreparedVolumes | undefined;
  #containers = new Map<string, ContainerSeen>();
  #memory: PodMemory = emptyMemory;
  #results: ProbeResult[] = [];
  #isDirty = false;
  #running: Promise<void> | undefined;
  #isStopped = false;
  #isFinalized = false;
  #unpublished = 0;
  #timer: Timer | undefined;
  #renewal: Timer | undefined;

  constructor(pod: Pod, io: NodeIo) {
    this.#pod = pod;
    this.uid = pod.metadata.uid ?? '';
    this.#io = io;
  }

  /** The pod as last seen. */
  get pod(): Pod {
    return this.#pod;
  }

  /** What is known of a container's instances. */
  seen(container: string): ContainerSeen | undefined {
    return this.#containers.get(container);
  }

  /** A newer version of the object. Older ones (a lagging watch) are passed over. */
  update(pod: Pod): void {
    const known = Number(this.#pod.metadata.resourceVersion ?? 0);
    if (Number(pod.metadata.resourceVersion ?? 0) < known) return;
    this.#pod = pod;
    this.wake();
  }

  /** The object is gone: everything still running is stopped and cleaned up. */
  vanish(): void {
    this.#isGone = true;
    this.wake();
  }

  /** A change told by the runtime, or an instance known from before. */
  onInstance(ref: InstanceRef, instance: InstanceSeen): void {
    const seen = this.#containers.get(ref.container) ?? {};
    const { current } = seen;
    if (current !== undefined && current.attempt > instance.attempt) return;
    if (current?.attempt === instance.attempt) {
      if (current.state === 'exited') return;
      this.#containers.set(ref.container, { ...seen, current: instance });
    } else {
      this.#containers.set(ref.container, {
        current: instance,
        ...(current === undefined ? {} : { previous: current }),
      });
    }
    this.wake();
  }

  /** A ConfigMap or Secret changed: volumes are brought up to date and refused starts are tried at once. */
  onObjects(): void {
    if (this.#setup.state === 'absent') return;
    if (this.#setup.state === 'ready') void this.#refreshVolumes();
    else this.#setup = { state: 'absent' };
    for (const [name, seen] of this.#containers) {
      if (seen.refusal === undefined) continue;
      const { refusal: _refusal, ...rest } = seen;
      this.#containers.set(name, rest);
    }
    this.wake();
  }

  /** Plans the pod soon; many wakes make one round. */
  wake(): void {
    this.#isDirty = true;
    if (this.#running !== undefined || this.#isStopped || this.#isFinalized) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#isDirty && !this.#isStopped) this.wake();
    });
  }

  /** Ends planning; containers are left as they are. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#renewal?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isDirty && !this.#isStopped && !this.#isFinalized) {
      this.#isDirty = false;
      try {
        await this.#round();
      } catch (error) {
        this.#io.context.logger.warn('pod round failed', { pod: this.#pod.metadata.name, error: String(error) });
        this.#wakeAfter(RETRY_MS);
        return;
      }
    }
  }

  #observe(): PodObserved {
    const podIp = this.#podIp();
    return {
      pod: this.#pod,
      gone: this.#isGone,
      hostIp: this.#io.facts.hostIp,
      ...(podIp === undefined ? {} : { podIp }),
      setup: this.#setup,
      containers: Object.fromEntries(this.#containers),
      probeResults: this.#results,
      memory: this.#memory,
    };
  }

  async #round(): Promise<void> {
    const { context, timing } = this.#io;
    const observed = this.#observe();
    const env: PodPlanEnv = { now: context.clock.now(), seed: context.seed, timing };
    const plan = planPod(observed, env);
    context.journal.append({ reconciler: 'node-agent', key: keyOf(this.#pod), observed, env, plan });
    await this.#applyAll(plan.actions.filter((action) => action.kind !== 'finalize-pod'));
    this.#memory = plan.status.memory;
    this.#results = this.#results.slice(observed.probeResults.length);
    const isFinal = plan.actions.some((action) => action.kind === 'finalize-pod');
    if (this.#isDirty && !isFinal && this.#unpublished < UNPUBLISHED_ROUNDS) {
      this.#unpublished += 1;
      return;
    }
    this.#unpublished = 0;
    await this.#publish(plan.status);
    if (isFinal) await this.#finalize();
    else if (plan.next.kind === 'requeue') this.#wakeAfter(plan.next.after);
  }

  #wakeAfter(spanMs: number): void {
    this.#timer?.cancel();
    const { clock } = this.#io.context;
    this.#timer = clock.schedule(after(clock.now(), milliseconds(spanMs)), () => this.wake());
  }

  async #applyAll(actions: readonly PodAction[]): Promise<void> {
    const starts: Promise<void>[] = [];
    for (const action of actions) {
      if (action.kind === 'start-container') starts.push(this.#io.slots.run(() => this.#start(action)));
      else await this.#apply(action);
    }
    await Promise.all(starts);
  }

  async #apply(action: PodAction): Promise<void> {
    switch (action.kind) {
      case 'prepare-pod':
        return this.#prepare();
      case 'run-hook':
        return this.#runHook(action);
      case 'run-probe':
        void this.#runProbe(action);
        return;
      case 'signal-container':
        return this.#io.runtime.signal(this.#ref(action), action.signal);
      case 'record-event':
        return this.#io.events.record(this.#pod, action.event);
      default:
        // Starts and the final clean-up are applied by the round itself.
        return;
    }
  }

  #ref(action: { readonly container: string; readonly attempt: number }): InstanceRef {
    return { podUid: this.uid, container: action.container, attempt: action.attempt };
  }

  #note(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#io.events.record(this.#pod, { type, reason, message });
  }

  /** The pod's address while it has one. */
  get podIp(): string | undefined {
    return this.#podIp();
  }

  #podIp(): string | undefined {
    return this.#setup.state === 'ready' ? this.#io.addresses.take(this.uid, this.#pod.status?.podIP) : undefined;
  }

  /** The pod with API access, as volumes and containers are built from it. */
  #full(): Pod {
    if (this.#io.volumes === undefined) return this.#pod;
    return withApiAccess(this.#pod, { canMint: this.#io.volumes.mintToken !== undefined });
  }

  #podDir(): string {
    return join(this.#io.stateDir, 'pods', this.uid);
  }

  async #prepare(): Promise<void> {
    try {
      await this.#prepareVolumes();
      this.#setup = { state: 'ready' };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const before = this.#setup.state === 'failed' ? this.#setup.count : 0;
      const at = this.#io.context.clock.now();
      this.#setup = { state: 'failed', reason: 'FailedMount', message, at, count: before + 1 };
      this.#note('Warning', 'FailedMount', message);
      if (!(error instanceof VolumeFault)) this.#io.context.logger.warn('volumes failed', { error: message });
    }
    this.#isDirty = true;
  }

  async #prepareVolumes(): Promise<void> {
    const podIp = this.#io.addresses.take(this.uid, this.#pod.status?.podIP);
    const { volumes } = this.#io;
    if (volumes === undefined) return;
    const pod = this.#full();
    const input = { pod, objects: await this.#io.objects.read(pod), facts: { ...this.#io.facts, podIp } };
    this.#prepared = await prepareVolumes(input, { ...volumes, podDir: this.#podDir() });
    recordAddress(this.#podDir(), podIp);
    const span = this.#prepared.renewAfterSeconds;
    if (span === undefined || this.#isStopped) return;
    const { clock } = this.#io.context;
    this.#renewal?.cancel();
    this.#renewal = clock.schedule(after(clock.now(), milliseconds(span * 1000)), () => void this.#refreshVolumes());
  }

  async #refreshVolumes(): Promise<void> {
    if (this.#isStopped || this.#isFinalized || this.#isGone) return;
    try {
      await this.#prepareVolumes();
    } catch (error) {
      // The old content stays visible, as upstream keeps it; the event tells why it is not renewed.
      this.#note('Warning', 'FailedMount', error instanceof Error ? error.message : String(error));
    }
  }

  async #start(action: { readonly container: string; readonly attempt: number }): Promise<void> {
    const ref = this.#ref(action);
    const { current } = this.#containers.get(action.container) ?? {};
    if (current !== undefined && current.attempt >= action.attempt) return;
    try {
      const instance = await this.#startInstance(ref);
      this.#isDirty = true;
      this.#note('Normal', 'Created', `Created container: ${action.container}`);
      if (instance.reason === 'StartError') this.#note('Warning', 'Failed', `Error: ${instance.message ?? ''}`);
      else this.#note('Normal', 'Started', `Started container ${action.container}`);
      this.onInstance(ref, instance);
    } catch (error) {
      this.#refuse(action.container, error);
    }
  }

  async #startInstance(ref: InstanceRef): Promise<InstanceSeen> {
    const io = this.#io;
    const pod = this.#full();
    const podIp = io.addresses.take(this.uid, pod.status?.podIP);
    const order = buildOrder({
      pod,
      ref,
      objects: await io.objects.read(pod),
      facts: { ...io.facts, podIp },
      volumes: this.#prepared?.volumes,
      sandbox: sandboxOf(pod, podIp, io.clusterDns),
      defaultPath: io.defaultPath,
      log: io.logs.open(ref),
    });
    return io.runtime.start(order);
  }

  #refuse(container: string, error: unknown): void {
    const seen = this.#containers.get(container) ?? {};
    const message = error instanceof Error ? error.message : String(error);
    const reason = error instanceof ContainerRefusal ? error.reason : 'RunContainerError';
    const count = (seen.refusal?.count ?? 0) + 1;
    const refusal: RefusalSeen = { reason, message, at: this.#io.context.clock.now(), count };
    this.#containers.set(container, { ...seen, refusal });
    this.#note('Warning', 'Failed', `Error: ${message}`);
    this.#isDirty = true;
  }

  #reach(action: ContainerAction, handler: Handler, timeoutMs: number): ReturnType<typeof reach> {
    const container = rolesOf(this.#pod.spec).find((item) => item.spec.name === action.container)?.spec;
    if (container === undefined) return Promise.resolve({ success: false, message: 'no such container' });
    const podIp = this.#podIp() ?? this.#io.facts.hostIp;
    const purpose = action.kind === 'run-hook' ? 'hook' : 'probe';
    const io = { runtime: this.#io.runtime, clock: this.#io.context.clock };
    return reach(io, { ref: this.#ref(action), container, podIp, timeoutMs, purpose }, handler);
  }

  async #runProbe(action: Extract<PodAction, { kind: 'run-probe' }>): Promise<void> {
    const { container, attempt, probe } = action;
    const answer = await this.#reach(action, action.handler, action.timeoutMs);
    this.#results = [...this.#results, { container, attempt, probe, ...answer }];
    this.wake();
  }

  #runHook(action: Extract<PodAction, { kind: 'run-hook' }>): void {
    const { container, hook, attempt } = action;
    const set = (state: HookSeen): void => {
      const seen = this.#containers.get(container) ?? {};
      if (seen.current?.attempt !== attempt) return;
      this.#containers.set(container, { ...seen, [hook]: state });
      this.wake();
    };
    set({ state: 'running' });
    void this.#reach(action, action.handler, HOOK_TIMEOUT_MS).then((answer) => {
      const words = hook === 'postStart' ? 'PostStartHook' : 'PreStopHook';
      set(answer.success ? { state: 'done' } : { state: 'failed', message: `${words} failed: ${answer.message}` });
    });
  }

  async #publish(outcome: PodOutcome): Promise<void> {
    if (this.#isGone) return;
    const patch = statusPatch(this.#pod.status, outcome.pod);
    if (patch === undefined) return;
    await this.#write(patch);
  }

  async #write(status: { readonly [field: string]: unknown }): Promise<void> {
    const { resourceVersion } = this.#pod.metadata;
    try {
      const stored = await patchObject<Pod>(this.#io.context.api, {
        resource: resources.pods,
        key: keyOf(this.#pod),
        subresource: 'status',
        patchType: 'strategic',
        // The uid guards against writing to a new pod of the same name.
        patch: { metadata: { uid: this.uid }, status },
      });
      this.update(stored);
      if (stored.metadata.resourceVersion === resourceVersion) this.#waitAfterLost(status);
    } catch (error) {
      if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
      if (error.reason === 'NotFound') this.vanish();
      else this.#wakeAfter(RETRY_MS);
    }
  }

  /** A write that changed nothing would be tried again at once, for ever: the next try waits instead. */
  #waitAfterLost(status: { readonly [field: string]: unknown }): void {
    const fields = Object.keys(status);
    this.#io.context.logger.warn('a pod status did not take', { pod: this.#pod.metadata.name, fields });
    this.#isDirty = false;
    this.#wakeAfter(RETRY_MS);
  }

  /** Reports a pod that this node does not take. */
  async reject(status: PodStatus): Promise<void> {
    this.#isStopped = true;
    await this.#write({ ...status });
  }

  async #finalize(): Promise<void> {
    this.#isFinalized = true;
    this.#timer?.cancel();
    this.#renewal?.cancel();
    const { context, runtime, logs, addresses } = this.#io;
    await runtime.removePod(this.uid);
    await logs.forgetPod(this.uid);
    if (this.#io.volumes !== undefined) await rm(this.#podDir(), { recursive: true, force: true });
    addresses.release(this.uid);
    if (!this.#isGone) await this.#deleteObject(context);
    this.#io.onFinal(this);
  }

  async #deleteObject(context: NodeIo['context']): Promise<void> {
    const target = { resource: resources.pods, key: keyOf(this.#pod) };
    try {
      await deleteObject(context.api, target, { gracePeriodSeconds: 0, preconditions: { uid: this.uid } });
    } catch (error) {
      // A new pod of that name has taken its place: the old one is gone, which is what was wanted.
      if (!hasReason(error, 'Conflict')) throw error;
    }
  }
}
