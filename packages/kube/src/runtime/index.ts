export type {
  Change,
  ControllerContext,
  EventRecorder,
  Informer,
  InformerFactory,
  Journal,
  JournalEntry,
  Lister,
  Reconciler,
  RunningController,
} from './contract.ts';
export { applyStandardAction, type StandardIo } from './apply-action.ts';
export { backoffMs, QUEUE_BACKOFF, WATCH_BACKOFF, type BackoffPolicy } from './backoff.ts';
export {
  DEFAULT_WORKERS,
  ownKeys,
  ownerKeys,
  startController,
  type ControllerMetrics,
  type ControllerOptions,
  type ControllerSource,
  type MeasuredController,
} from './controller.ts';
export { aborted, delay } from './delay.ts';
export {
  createEventRecorder,
  MAX_PENDING_EVENTS,
  SPAM_BURST,
  type BufferedEventRecorder,
  type EventRecorderOptions,
} from './event-recorder.ts';
export { createInformerFactory, LIST_PAGE_SIZE, type InformerFactoryOptions } from './informer.ts';
export { createMemoryJournal, replay, type MemoryJournal, type Replay } from './journal.ts';
export { runWithLease, type LeaseOptions } from './lease.ts';
export { ObjectCache } from './object-cache.ts';
export { reconcileOnce, seedForKey, type RoundIo } from './reconcile.ts';
export { createSystemClock, systemClock } from './system-clock.ts';
export { systemTimeZones } from './time-zones.ts';
export {
  createWorkQueue,
  MAX_QUEUE_LENGTH,
  type WorkQueue,
  type WorkQueueMetrics,
  type WorkQueueOptions,
} from './work-queue.ts';
