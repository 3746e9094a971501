export { done, mergeNext, requeue, settled, stalled, type Next, type Plan, type PlanEnv } from './plan.ts';
export type { StandardAction, KubeEventRecord } from './action.ts';
