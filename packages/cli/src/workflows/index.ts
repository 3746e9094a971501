export { workflowCommands, workflowFlags } from './workflow-commands.ts';
