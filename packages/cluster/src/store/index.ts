/** The versioned in-memory store behind the API server: bytes, index, undo log, watch history, pinned lists. */
export { DEFAULT_STORE_LIMITS, type StoreLimits } from './limits.ts';
export { decodeObject, encodeObject, freezeTree } from './encode.ts';
export { storedKey, type FieldIndexer, type SelectableFields, type StoredObject } from './stored-object.ts';
export {
  createStore,
  withResourceVersion,
  type Store,
  type StoreChange,
  type StoreOptions,
  type StoreRecord,
} from './store.ts';
export { createWatchHistory, typeChange, type TypedChange, type WatchHistory } from './watch-history.ts';
export { createPinnedLists, type PinnedLists } from './pinned-lists.ts';
