export { userLabel } from './change-workflow.ts';
export { workflowRoutes, type WorkflowServiceOptions } from './workflow-routes.ts';
