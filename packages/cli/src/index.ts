import {
  adminCommand,
  appCommand,
  diffCommand,
  explainCommand,
  healthCommand,
  planSyncCommand,
  previewCommand,
  repoCommand,
} from './cd/index.ts';
import type { Command } from './command/index.ts';
import { evalCommand } from './eval/index.ts';
import { renderCommand } from './render/index.ts';
import { statusCommand } from './status/index.ts';
import { workflowCommands, workflowFlags } from './workflows/index.ts';

export {
  CommandError,
  inputLines,
  runCommand,
  UsageError,
  type Command,
  type Flag,
  type FlagValues,
  type Invocation,
  type Terminal,
} from './command/index.ts';
export { formatTable, formatValue } from './print/index.ts';
export { defaultDataDirectory, LOCAL_SERVER_FILE, type LocalServer } from './client/index.ts';

const deliveryCommand: Command = {
  name: 'cd',
  summary: 'GitOps delivery: applications and projects (as argocd)',
  children: [
    appCommand,
    repoCommand,
    explainCommand,
    previewCommand,
    healthCommand,
    diffCommand,
    planSyncCommand,
    adminCommand,
  ],
};

const workflowCommand: Command = {
  name: 'wf',
  aliases: ['workflow', 'workflows'],
  summary: 'Job orchestration: workflows (as argo)',
  flags: workflowFlags,
  children: workflowCommands,
};

/**
 * The command tree for the name that the program was called by: `argosy` holds everything, `argocd` and `argo` are
 * the trees that their users know. `own` are the commands of the composition root (`up` and so on).
 */
export function commandTree(program: string, own: readonly Command[]): Command {
  if (program === 'argocd') return { ...deliveryCommand, name: 'argocd' };
  if (program === 'argo') return { ...workflowCommand, name: 'argo', aliases: [] };
  return {
    name: 'argosy',
    summary: 'GitOps delivery, job orchestration, progressive delivery and event automation as one product.',
    example:
      'argosy up                              # everything on this machine\nargosy cd app list\nargosy wf submit hello.yaml --wait',
    children: [...own, statusCommand, deliveryCommand, workflowCommand, renderCommand, evalCommand],
  };
}
