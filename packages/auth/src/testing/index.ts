/** For tests only. */
export { createSmallCluster, type SmallCluster } from './small-cluster.ts';
