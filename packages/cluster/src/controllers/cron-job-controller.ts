import { controllerOf } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import { getObjectOrUndefined } from '@argosy/kube/port';
import {
  applyStandardAction,
  ownerKeys,
  ownKeys,
  startController,
  systemTimeZones,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import {
  activeJobKeys,
  planCronJob,
  targets,
  type CronJob,
  type CronJobObserved,
  type CronJobStatus,
  type Job,
} from '../workloads/index.ts';
import { publishStatus } from './publish.ts';

const byCronJob = (job: Job): readonly string[] => {
  const owner = controllerOf(job);
  return owner?.kind === 'CronJob' ? [owner.uid] : [];
};

/** A Job `nightly-29000000` is filed under `nightly`: the names that a new one's could collide with. */
const byStem = (job: Job): readonly string[] => {
  const { name, namespace = '' } = job.metadata;
  return [`${namespace}/${name.slice(0, Math.max(0, name.lastIndexOf('-')))}`];
};

/** Starts the controller of batch/v1 CronJobs. */
export function startCronJobController(context: ControllerContext): MeasuredController {
  const cronJobs = context.informers.informer<CronJob>(targets.cronJobs);
  const jobs = context.informers.informer<Job>(targets.jobs);
  jobs.addIndex('cron-job', byCronJob);
  jobs.addIndex('stem', byStem);

  /** Jobs of the status that the copy does not show yet are asked for: one that is only late is not missing. */
  async function lateJobs(cronJob: CronJob): Promise<readonly Job[]> {
    const absent = activeJobKeys(cronJob).filter((key) => jobs.lister.get(key) === undefined);
    const found = await Promise.all(
      absent.map((key) => getObjectOrUndefined<Job>(context.api, { resource: targets.jobs, key })),
    );
    return found.filter((job) => job !== undefined && controllerOf(job)?.uid === cronJob.metadata.uid) as Job[];
  }

  const reconciler: Reconciler<CronJobObserved, StandardAction, CronJobStatus> = {
    name: 'cronjob-controller',
    observe: async (key) => {
      const cronJob = cronJobs.lister.get(key);
      if (cronJob === undefined) return undefined;
      const { uid = '' } = cronJob.metadata;
      const late = await lateJobs(cronJob);
      const namesakes = jobs.lister.byIndex('stem', `${key.namespace}/${key.name}`);
      return {
        cronJob,
        jobs: [...jobs.lister.byIndex('cron-job', uid), ...late],
        takenNames: namesakes.filter((job) => controllerOf(job)?.uid !== uid).map((job) => job.metadata.name),
      };
    },
    plan: (seen, env) => planCronJob(seen, env, systemTimeZones),
    apply: (action) => applyStandardAction(action, context),
    publish: (seen, status) => publishStatus(context, targets.cronJobs, { object: seen.cronJob, status }),
  };
  return startController({
    context,
    reconciler,
    sources: [ownKeys(cronJobs), ownerKeys(jobs, { group: 'batch', kind: 'CronJob' })],
  });
}
