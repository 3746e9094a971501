import type { KubeObject } from '@argosy/kube/meta';
import type { ManifestOutcome, ManifestSlot, TaskOutcome } from '../engine/index.ts';

/** The two places where manifests of an Application are kept. */
export type SlotName = 'spec' | 'operation';

/** What the controller remembers of one Application between rounds. All of it can be lost: rounds make it anew. */
export class ApplicationMemory {
  readonly uid: string;
  readonly #slots: { [name in SlotName]: ManifestSlot } = { spec: {}, operation: {} };
  readonly #outcomes = new Map<string, TaskOutcome>();
  readonly #secrets = new Map<SlotName, ReadonlyMap<string, KubeObject>>();

  constructor(uid: string) {
    this.uid = uid;
  }

  /** The state of a slot. */
  slot(name: SlotName): ManifestSlot {
    return this.#slots[name];
  }

  /** Marks a request as being worked on; false when it is already. */
  begin(name: SlotName, requestId: string): boolean {
    if (this.#slots[name].inFlight === requestId) return false;
    this.#slots[name] = { ...this.#slots[name], inFlight: requestId };
    return true;
  }

  /** Files a result, unless another request has taken the slot meanwhile. */
  finish(name: SlotName, outcome: ManifestOutcome, secrets: ReadonlyMap<string, KubeObject>): boolean {
    if (this.#slots[name].inFlight !== outcome.request.id) return false;
    this.#slots[name] = { outcome };
    this.#secrets.set(name, secrets);
    return true;
  }

  /** Forgets a failed result, because what made it fail may have changed. */
  forgetFailure(name: SlotName): void {
    const { outcome, ...rest } = this.#slots[name];
    if (outcome?.ok === false) this.#slots[name] = rest;
  }

  /** The refresh request that the manifests answer has been acknowledged: the next one is a new one. */
  acknowledge(): void {
    const { outcome } = this.#slots.spec;
    if (outcome === undefined || outcome.request.token === '') return;
    this.#slots.spec = { ...this.#slots.spec, outcome: { ...outcome, request: { ...outcome.request, token: '' } } };
  }

  /** The contents of Secrets of both slots, the operation's first. */
  secrets(): ReadonlyMap<string, KubeObject> {
    return new Map([...(this.#secrets.get('spec') ?? []), ...(this.#secrets.get('operation') ?? [])]);
  }

  /** Notes what a task came to. */
  record(outcome: TaskOutcome): void {
    this.#outcomes.set(`${outcome.dryRun ? 'dry-run ' : ''}${outcome.taskId}`, outcome);
  }

  /** What tasks came to since the operation began. */
  outcomes(): readonly TaskOutcome[] {
    return [...this.#outcomes.values()];
  }

  /** The operation is over. */
  forgetOutcomes(): void {
    this.#outcomes.clear();
  }
}
