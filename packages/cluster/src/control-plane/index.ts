/** The embedded control plane in one process: the API server over a durable log, with watches and access control. */
export { MAX_WEBHOOK_ROUNDS, MAX_WEBHOOKS_AT_ONCE, type WebhookCaller } from './ask-webhooks.ts';
export { openControlPlane, type ApiExtension, type ControlPlaneOptions } from './open-control-plane.ts';
export { inMemoryCommitLog, type InMemoryCommitLog } from './in-memory-commit-log.ts';
export { BOOKMARK_INTERVAL_MS } from './watch-hub.ts';
export { WATCH_QUEUE_LIMIT } from './watch-stream.ts';
export { actingUser } from './access.ts';
