import type { ClusterApi } from '@argosy/kube/port';
import {
  createEventRecorder,
  type ControllerContext,
  type ControllerMetrics,
  type MeasuredController,
} from '@argosy/kube/runtime';
import type { ResourceDescriptor } from '../apiserver/index.ts';
import { startAutoscalerController } from './autoscaler-controller.ts';
import { startClusterRoleController } from './cluster-role-controller.ts';
import { startCronJobController } from './cron-job-controller.ts';
import { startDaemonSetController } from './daemon-set-controller.ts';
import { startDeploymentController } from './deployment-controller.ts';
import { startDisruptionBudgetController } from './disruption-budget-controller.ts';
import { startEndpointsController } from './endpoints-controller.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { startJobController } from './job-controller.ts';
import { startLoadBalancerController } from './load-balancer-controller.ts';
import { createMetadataWatch } from './metadata-watch.ts';
import { startNamespaceController } from './namespace-controller.ts';
import { startNamespaceDefaultsController } from './namespace-defaults-controller.ts';
import { startReplicaSetController } from './replica-set-controller.ts';
import { startScheduler } from './scheduler.ts';
import { startStatefulSetController } from './stateful-set-controller.ts';

import {
  ensureLocalPathClass,
  startPersistentVolumeController,
  startVolumeClaimController,
  type LocalVolumes,
} from './volume-controllers.ts';

const DEFINITIONS = Object.freeze({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
});

/** What the embedded cluster's controllers need beside their context. */
export interface ClusterControllersOptions {
  /** What the API server serves now; asked again when CustomResourceDefinitions change. */
  readonly discovery: () => readonly ResourceDescriptor[];
  /**
   * PEM of the certificates that pods trust the API server by.
   * @default '' (none)
   */
  readonly rootCa?: string;
  /**
   * Where folders for PersistentVolumeClaims are made; with it comes the default StorageClass `local-path`.
   * @default none are made
   */
  readonly localVolumes?: LocalVolumes;
  /** Acts as a controller's own ServiceAccount, e.g. `deployment-controller`. @default the context's own api */
  readonly apiFor?: (component: string) => ClusterApi;
}

/** The running controllers. */
export interface ClusterControllers {
  /** Resolves when all have finished after the context's signal aborted. */
  stopped(): Promise<void>;
  /** Counters by controller. */
  metrics(): { readonly [controller: string]: ControllerMetrics };
}

/** A context that writes, and records events, as one component. */
function contextFor(context: ControllerContext, options: ClusterControllersOptions, component: string) {
  const api = options.apiFor?.(component) ?? context.api;
  const { clock, logger } = context;
  return { ...context, api, events: createEventRecorder({ api, clock, component, host: '', logger }) };
}

/** Starts every built-in controller of the embedded cluster. They end when the context's signal aborts. */
export function startClusterControllers(
  context: ControllerContext,
  options: ClusterControllersOptions,
): ClusterControllers {
  const as = (component: string): ControllerContext => contextFor(context, options, component);
  const collector = as('generic-garbage-collector');
  const watch = createMetadataWatch(collector, options.discovery);
  const controllers: readonly MeasuredController[] = [
    startReplicaSetController(as('replicaset-controller')),
    startDeploymentController(as('deployment-controller')),
    startJobController(as('job-controller')),
    startCronJobController(as('cronjob-controller')),
    startStatefulSetController(as('statefulset-controller')),
    startDaemonSetController(as('daemonset-controller')),
    startAutoscalerController(as('horizontal-pod-autoscaler'), { discovery: options.discovery }),
    startEndpointsController(as('endpoint-controller')),
    startLoadBalancerController(as('service-controller')),
    startDisruptionBudgetController(as('disruption-controller')),
    startScheduler(as('default-scheduler')),
    startNamespaceDefaultsController(as('service-account-controller'), { rootCa: options.rootCa ?? '' }),
    startVolumeClaimController(as('persistent-volume-binder'), options.localVolumes),
    startPersistentVolumeController(as('persistent-volume-binder'), options.localVolumes),
    startClusterRoleController(as('clusterrole-aggregation-controller')),
    startGarbageCollector(collector, watch),
    startNamespaceController(as('namespace-controller'), watch),
  ];
  watch.refresh();
  if (options.localVolumes !== undefined) {
    void ensureLocalPathClass(as('persistent-volume-binder')).catch((error: unknown) => {
      context.logger.warn('the default storage class was not made', { error });
    });
  }
  context.informers.informer(DEFINITIONS).onChange(() => watch.refresh());
  return {
    stopped: async () => {
      await Promise.all(controllers.map((controller) => controller.stopped()));
    },
    metrics: () => Object.fromEntries(controllers.map((controller) => [controller.name, controller.metrics()])),
  };
}
