export { COLLECT_TIMEOUT_MS } from './collect-result.ts';
export { startWorkflowController, type WorkflowControllerOptions } from './workflow-controller.ts';
export { readTemplates } from './read-templates.ts';
export { startCronController } from './cron-controller.ts';
