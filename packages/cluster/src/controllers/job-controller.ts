import type { StandardAction } from '@argosy/kube/plan';
import {
  ownerKeys,
  ownKeys,
  startController,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import { isTracked, planJob, targets, type Job, type JobObserved, type JobStatus } from '../workloads/index.ts';
import { orphanKeys } from './orphan-keys.ts';
import { podInformer } from './pod-informer.ts';
import { createPodOwner } from './pod-owner.ts';
import { publishStatus } from './publish.ts';

/** Starts the controller of batch/v1 Jobs. */
export function startJobController(context: ControllerContext): MeasuredController {
  const pods = podInformer(context);
  const jobs = context.informers.informer<Job>(targets.jobs);
  const owner = createPodOwner(context, pods);
  const reconciler: Reconciler<JobObserved, StandardAction, JobStatus | undefined> = {
    name: 'job-controller',
    observe: (key) => {
      const job = jobs.lister.get(key);
      const named = pods.ofNamed(key.namespace, 'Job', key.name);
      if (job === undefined) {
        const waiting = owner.view(named).filter(isTracked);
        return waiting.length === 0 ? undefined : { pods: waiting, takenNames: [] };
      }
      const { uid = '', namespace = '' } = job.metadata;
      const { selector } = job.spec;
      const candidates = pods.candidates({ uid, namespace, ...(selector === undefined ? {} : { selector }) });
      // Pods of a predecessor with the same name hold names that a new pod would take.
      const takenNames = named.map((pod) => pod.metadata.name);
      return { job, pods: owner.view(candidates), takenNames, ...owner.failureOf(job) };
    },
    plan: planJob,
    apply: (action, seen) => owner.apply(seen.job, action),
    publish: async (seen, status) => {
      if (seen.job !== undefined) await publishStatus(context, targets.jobs, { object: seen.job, status });
    },
  };
  return startController({
    context,
    reconciler,
    sources: [ownKeys(jobs), ownerKeys(pods, { group: 'batch', kind: 'Job' }), orphanKeys(pods, jobs)],
  });
}
