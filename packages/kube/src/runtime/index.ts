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
