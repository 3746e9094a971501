/** `argosy cluster`: the embedded Kubernetes of a data directory, from outside. */
import type { Command } from '@argosy/cli';
import { serveCommand } from '../up/index.ts';
import { kubeconfigCommand } from './kubeconfig-command.ts';
import { resetCommand } from './reset-command.ts';
import { snapshotCommand } from './snapshot-command.ts';
import { clusterStatusCommand } from './status-command.ts';

/** The group of commands. */
export const clusterCommand: Command = {
  name: 'cluster',
  summary: 'The embedded Kubernetes: serve, kubeconfig, status, snapshots, reset',
  children: [serveCommand, kubeconfigCommand, clusterStatusCommand, snapshotCommand, resetCommand],
};
