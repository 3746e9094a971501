import type { Command } from '../command/index.ts';
import { copyCommand } from './copy-command.ts';
import { lintCommand } from './lint-command.ts';
import { operationCommands } from './operation-commands.ts';
import { simulateCommand } from './simulate-command.ts';
import { templateCommands } from './template-commands.ts';
import { coreCommands } from './workflow-commands.ts';

export { workflowFlags } from './workflow-commands.ts';

/** The commands of `argosy wf`, and of `argo`. */
export const workflowCommands: readonly Command[] = [
  ...coreCommands,
  ...operationCommands,
  lintCommand,
  simulateCommand,
  copyCommand,
  ...templateCommands,
];
