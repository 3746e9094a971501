import { formatTime, getPath, isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { listAt, numberAt, textAt } from '../health/verdict.ts';
import { created, patched, setting, type ActionTable, type BuiltinAction } from './action.ts';
import { compact, minuteOf, ownerOf } from './kubernetes.ts';

const PLUS = 'fa fa-fw fa-plus';

function isHeld(object: KubeObject): boolean {
  const pauses = getPath(object, ['status', 'pauseConditions']);
  return Array.isArray(pauses) ? pauses.length > 0 : getPath(object, ['spec', 'paused']) === true;
}

const isPromoted = (object: KubeObject): boolean =>
  textAt(object, ['status', 'currentPodHash']) === textAt(object, ['status', 'stableRS']);

const isAborted = (object: KubeObject): boolean => getPath(object, ['status', 'abort']) === true;

const stepsOf = (object: KubeObject): number => listAt(object, ['spec', 'strategy', 'canary', 'steps']).length;

const hasStepsLeft = (object: KubeObject): boolean =>
  numberAt(object, ['status', 'currentStepIndex'], stepsOf(object)) < stepsOf(object);

const NO_PAUSE = [['status', 'pauseConditions'], undefined] as const;

const resumeRollout: BuiltinAction = {
  disabled: (object) => !isHeld(object),
  run: (input) => {
    const paused = getPath(input.object, ['spec', 'paused']) === true;
    return setting(() => [NO_PAUSE, ...(paused ? [[['spec', 'paused'], false] as const] : [])])(input);
  },
};

const skipStep: BuiltinAction = {
  displayName: 'Skip Current Step',
  disabled: (object) => !hasStepsLeft(object),
  run: (input) => {
    if (!hasStepsLeft(input.object)) return patched(input.object);
    const next = numberAt(input.object, ['status', 'currentStepIndex']) + 1;
    return setting(() => [NO_PAUSE, [['status', 'currentStepIndex'], next]])(input);
  },
};

const ROLLOUT: ActionTable = {
  restart: { displayName: 'Restart Pods', run: setting(({ now }) => [[['spec', 'restartAt'], formatTime(now)]]) },
  resume: resumeRollout,
  pause: { disabled: isHeld, run: setting(() => [[['spec', 'paused'], true]]) },
  abort: {
    disabled: (object) => isPromoted(object) || isAborted(object),
    run: setting(() => [[['status', 'abort'], true]]),
  },
  retry: {
    disabled: (object) => isPromoted(object) || !isAborted(object),
    run: setting(() => [[['status', 'abort'], undefined]]),
  },
  'promote-full': { disabled: isPromoted, run: setting(() => [[['status', 'promoteFull'], true]]) },
  'skip-current-step': skipStep,
};

/** What a Workflow made by an action is called and where it comes from. */
function workflowOf(object: KubeObject, minute: string, more: { readonly metadata: object; readonly spec: unknown }) {
  const { namespace, name } = object.metadata;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: {
      name: `${name}-${minute}`,
      ...(namespace === undefined ? {} : { namespace }),
      ownerReferences: ownerOf(object, false),
      ...more.metadata,
    },
    spec: more.spec,
  } as unknown as KubeObject;
}

const fromTemplate: BuiltinAction = {
  displayName: 'Create Workflow',
  iconClass: PLUS,
  run: ({ object, now }) => {
    const { name } = object.metadata;
    const metadata = { labels: { 'workflows.argoproj.io/workflow-template': name } };
    return created(workflowOf(object, minuteOf(now), { metadata, spec: { workflowTemplateRef: { name } } }));
  },
};

const INSTANCE = 'workflows.argoproj.io/controller-instanceid';

const fromCron: BuiltinAction = {
  displayName: 'Create Workflow',
  iconClass: PLUS,
  run: ({ object, now }) => {
    const given = getPath(object, ['spec', 'workflowMetadata']);
    const parts = isObject(given) ? given : {};
    const own = (field: string): object => (isObject(parts[field]) ? parts[field] : {});
    const instance = object.metadata.labels?.[INSTANCE];
    const { finalizers } = parts;
    const metadata = {
      labels: {
        ...own('labels'),
        'workflows.argoproj.io/cron-workflow': object.metadata.name,
        ...(instance === undefined ? {} : { [INSTANCE]: instance }),
      },
      annotations: { ...own('annotations'), 'workflows.argoproj.io/scheduled-time': formatTime(now) },
      ...(Array.isArray(finalizers) ? { finalizers } : {}),
    };
    const spec = compact(getPath(object, ['spec', 'workflowSpec']));
    return created(workflowOf(object, minuteOf(now), { metadata, spec }));
  },
};

const isAutomatic = (object: KubeObject): boolean => {
  const automated = getPath(object, ['spec', 'syncPolicy', 'automated']);
  return isObject(automated) && automated['enabled'] !== false;
};

const toggle = (displayName: string, offered: (object: KubeObject) => boolean): BuiltinAction => ({
  displayName,
  offered,
  run: (input) => setting(() => [[['spec', 'syncPolicy', 'automated', 'enabled'], !isAutomatic(input.object)]])(input),
});

/** One action under two names to show, by what it would do. */
export function autoSyncToggle(object: KubeObject): BuiltinAction {
  return toggle(isAutomatic(object) ? 'Disable Auto-Sync' : 'Enable Auto-Sync', () => true);
}

/** Actions of the Argo projects. */
export const ARGO_ACTIONS: { readonly [groupKind: string]: ActionTable } = {
  'argoproj.io/Rollout': ROLLOUT,
  'argoproj.io/AnalysisRun': {
    terminate: {
      disabled: (object) => !['', 'Pending', 'Running'].includes(textAt(object, ['status', 'phase'])),
      run: setting(() => [[['spec', 'terminate'], true]]),
    },
  },
  'argoproj.io/WorkflowTemplate': { 'create-workflow': fromTemplate },
  'argoproj.io/CronWorkflow': { 'create-workflow': fromCron },
  'argoproj.io/Application': {
    'toggle-auto-sync': toggle('Toggle Auto-Sync', () => true),
  },
};
