import { formatTime, type Clock } from '@argosy/std';
import type { Informer } from '@argosy/kube/runtime';
import type { Pod } from '../workloads/index.ts';

/** What we did to a pod that the local copy may not show yet. */
interface Effects {
  deletedAt?: string;
  finalizers?: readonly string[];
}

/** Lays our own deletions and releases over a copy that is behind, so that no plan counts on them a second time. */
export interface WriteOverlay {
  /** The pod as it is after our writes. */
  view(pod: Pod): Pod;
  noteDeleted(uid: string): void;
  noteFinalizers(uid: string, finalizers: readonly string[]): void;
  readonly size: number;
}

function isShown(effects: Effects, pod: Pod): boolean {
  const isDeletionShown = effects.deletedAt === undefined || pod.metadata.deletionTimestamp !== undefined;
  const left = pod.metadata.finalizers ?? [];
  const areFinalizersShown =
    effects.finalizers === undefined || left.every((each) => effects.finalizers?.includes(each) ?? false);
  return isDeletionShown && areFinalizersShown;
}

/** Creates an overlay that forgets an effect as soon as the informer shows it or the pod is gone. */
export function createWriteOverlay(informer: Informer<Pod>, clock: Clock): WriteOverlay {
  const effects = new Map<string, Effects>();
  informer.onChange(({ before, after }) => {
    const uid = (after ?? before)?.metadata.uid ?? '';
    const pending = effects.get(uid);
    if (pending !== undefined && (after === undefined || isShown(pending, after))) effects.delete(uid);
  });

  function note(uid: string, more: Effects): void {
    effects.set(uid, { ...effects.get(uid), ...more });
  }

  function view(pod: Pod): Pod {
    const pending = effects.get(pod.metadata.uid ?? '');
    if (pending === undefined) return pod;
    return {
      ...pod,
      metadata: {
        ...pod.metadata,
        ...(pending.finalizers === undefined ? {} : { finalizers: pending.finalizers }),
        ...(pending.deletedAt === undefined
          ? {}
          : { deletionTimestamp: pod.metadata.deletionTimestamp ?? pending.deletedAt }),
      },
    };
  }

  return {
    view,
    noteDeleted: (uid) => note(uid, { deletedAt: formatTime(clock.now()) }),
    noteFinalizers: (uid, finalizers) => note(uid, { finalizers }),
    get size() {
      return effects.size;
    },
  };
}
