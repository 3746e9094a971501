/** Whole pages, drawn from what they are given. */
export { ApplicationScreen, type ApplicationProps } from './application-screen.tsx';
export { ApplicationsScreen, type ApplicationsProps } from './applications-screen.tsx';
export { LoginScreen } from './login-screen.tsx';
export { EventList, ResourcePanel, SourceText, type ResourceTab } from './resource-panel.tsx';
export { WorkflowNodePanel, WorkflowScreen, type WorkflowProps } from './workflow-screen.tsx';
export { WorkflowsScreen, type WorkflowsProps } from './workflows-screen.tsx';
