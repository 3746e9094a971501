const prefix = 'workflows.argoproj.io/';

/** Labels that clients select by. */
export const workflowLabels = Object.freeze({
  workflow: `${prefix}workflow`,
  completed: `${prefix}completed`,
  phase: `${prefix}phase`,
  onExit: `${prefix}on-exit`,
  instanceId: `${prefix}controller-instanceid`,
  creator: `${prefix}creator`,
  actor: `${prefix}actor`,
  action: `${prefix}action`,
  resubmittedFrom: `${prefix}resubmitted-from-workflow`,
  workflowTemplate: `${prefix}workflow-template`,
  clusterWorkflowTemplate: `${prefix}cluster-workflow-template`,
  cronWorkflow: `${prefix}cron-workflow`,
  archivingStatus: `${prefix}workflow-archiving-status`,
});

/** Annotations on workflows, pods and events. */
export const workflowAnnotations = Object.freeze({
  nodeId: `${prefix}node-id`,
  nodeName: `${prefix}node-name`,
  nodeType: `${prefix}node-type`,
  nodeStartTime: `${prefix}node-start-time`,
  podNameFormat: `${prefix}pod-name-format`,
  scheduledTime: `${prefix}scheduled-time`,
  displayName: `${prefix}display-name`,
  podGcStrategy: `${prefix}pod-gc-strategy`,
  defaultContainer: 'kubectl.kubernetes.io/default-container',
});
