import { parseTime } from '@argosy/std';
import { cdNames, type Application } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import type { ApplicationAction, ApplicationObserved, DeleteTarget } from './observed.ts';
import { isKindPermitted } from './project.ts';
import { kindKey, resourceKeyOf } from './resource-key.ts';
import { waveOf } from './sync-order.ts';
import { hasOption, hasResourceOption, isKept } from './sync-options.ts';
import { instanceName, isSelfReferenced, trackingOf } from './tracking.ts';

const CASCADE_FINALIZERS: readonly string[] = [
  cdNames.cascadeFinalizer,
  cdNames.foregroundFinalizer,
  cdNames.backgroundFinalizer,
];

/** What a round of the deletion does. */
export interface DeletionPlan {
  readonly actions: readonly ApplicationAction[];
  readonly dropFinalizers: readonly string[];
  /** What the deletion waits for; `''` when nothing. */
  readonly waitingFor: string;
}

/** The finalizers by which deleting an Application deletes its resources. */
export function cascadeFinalizersOf(app: Application): readonly string[] {
  return (app.metadata.finalizers ?? []).filter((name) => CASCADE_FINALIZERS.includes(name));
}

/** The Application itself, and what asks to be kept. */
function staysBehind(app: Application, live: KubeObject): boolean {
  if (live.kind === 'Application' && live.metadata.uid === app.metadata.uid) return true;
  const kept = 'Delete=false';
  return isKept(live) || hasResourceOption(live, kept) || hasOption(app.spec.syncPolicy?.syncOptions, kept);
}

function isDeletable(observed: ApplicationObserved, live: KubeObject): boolean {
  const { app, project, settings } = observed;
  const tracked = trackingOf(live)?.instance === instanceName(app, settings.namespace) && isSelfReferenced(live);
  if (!tracked || live.kind === 'CustomResourceDefinition' || staysBehind(app, live)) return false;
  const namespaced = (live.metadata.namespace ?? '') !== '';
  return project === undefined || isKindPermitted(project.spec, resourceKeyOf(live), namespaced);
}

function needsApproval(app: Application, live: KubeObject): boolean {
  const asks =
    hasResourceOption(live, 'Delete=confirm') || hasOption(app.spec.syncPolicy?.syncOptions, 'Delete=confirm');
  const approved = parseTime(app.metadata.annotations?.[cdNames.deletionApproved] ?? '');
  const deleted = parseTime(app.metadata.deletionTimestamp ?? '');
  return asks && !(approved !== undefined && deleted !== undefined && approved >= deleted);
}

function targetOf(observed: ApplicationObserved, live: KubeObject): DeleteTarget | undefined {
  const resource = observed.kinds[kindKey(live)]?.resource;
  if (resource === undefined) return undefined;
  const background = observed.app.metadata.finalizers?.includes(cdNames.backgroundFinalizer) === true;
  return {
    resource,
    key: { namespace: live.metadata.namespace ?? '', name: live.metadata.name },
    ...(live.metadata.uid === undefined ? {} : { uid: live.metadata.uid }),
    propagationPolicy: background ? 'Background' : 'Foreground',
  };
}

/**
 * One round of deleting an Application: its resources by descending wave, each wave gone before the next, then the
 * finalizer. Without a cascade finalizer nothing is touched.
 */
export function planDeletion(observed: ApplicationObserved): DeletionPlan {
  const finalizers = cascadeFinalizersOf(observed.app);
  if (finalizers.length === 0) return { actions: [], dropFinalizers: [], waitingFor: '' };
  const left = observed.live.filter((live) => isDeletable(observed, live));
  if (left.length === 0) return { actions: [], dropFinalizers: finalizers, waitingFor: '' };
  const wave = Math.max(...left.map(waveOf));
  const inWave = left.filter((live) => waveOf(live) === wave);
  const [unapproved] = inWave.filter((live) => needsApproval(observed.app, live));
  if (unapproved !== undefined) {
    return {
      actions: [],
      dropFinalizers: [],
      waitingFor: `confirmation of ${unapproved.kind}/${unapproved.metadata.name}`,
    };
  }
  const targets = inWave
    .filter((live) => live.metadata.deletionTimestamp === undefined)
    .map((live) => targetOf(observed, live))
    .filter((target) => target !== undefined);
  const actions: readonly ApplicationAction[] = targets.length === 0 ? [] : [{ kind: 'delete-resources', targets }];
  return { actions, dropFinalizers: [], waitingFor: `deletion of ${inWave.length} resources` };
}
