export { adminCommand } from './admin-command.ts';
export { appCommand } from './app-commands.ts';
export { diffCommand } from './diff-command.ts';
export { explainCommand } from './explain-command.ts';
export { healthCommand } from './health-command.ts';
export { planSyncCommand } from './plan-sync-command.ts';
export { previewCommand } from './preview-command.ts';
export { repoCommand } from './repo-commands.ts';
