/** The built-in controllers of the embedded cluster: the planners of `workloads` on the reconcile runtime. */
export {
  startClusterControllers,
  type ClusterControllers,
  type ClusterControllersOptions,
} from './start-cluster-controllers.ts';
