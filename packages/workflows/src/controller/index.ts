export { COLLECT_TIMEOUT_MS } from './collect-result.ts';
export { startWorkflowController, type WorkflowControllerOptions } from './workflow-controller.ts';
