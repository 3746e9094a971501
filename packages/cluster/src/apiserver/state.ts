import { formatTime, instant, type Instant, type Random } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';
import {
  createPinnedLists,
  createStore,
  DEFAULT_STORE_LIMITS,
  type PinnedLists,
  type Store,
  type StoredObject,
  type StoreLimits,
} from '../store/index.ts';
import type { AnsweredCall } from './admission/webhook-calls.ts';
import { indexFields } from './field-selector.ts';
import { createRegistry, type Registry } from './registry.ts';
import type { ServedResource } from './resource.ts';

/** An IPv4 range, `127.64.0.0/16`. */
export type Cidr = string;

/** What an API server is configured with. */
export interface ServerConfig {
  /** Where cluster IPs of Services come from. @default 127.64.0.0/16 */
  readonly serviceCidr: Cidr;
  /** Inclusive range of node ports. @default 30000–32767 */
  readonly nodePorts: { readonly from: number; readonly to: number };
  /** Largest encoded object, in bytes. @default 3 MiB */
  readonly objectBytes: number;
  /** How long Events live, in milliseconds. @default one hour */
  readonly eventTtlMs: number;
  readonly store: StoreLimits;
}

/** The defaults of `ServerConfig`. */
export const DEFAULT_SERVER_CONFIG: ServerConfig = Object.freeze({
  serviceCidr: '127.64.0.0/16',
  nodePorts: Object.freeze({ from: 30_000, to: 32_767 }),
  objectBytes: 3 * 1024 * 1024,
  eventTtlMs: 3_600_000,
  store: DEFAULT_STORE_LIMITS,
});

/** One more check or change of a write, before it is validated. Throws a KubeError to refuse. */
export interface AdmissionReview {
  readonly user: UserInfo;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly resource: ServedResource;
  readonly subresource: string;
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly dryRun: boolean;
}

/** An admission plug-in from outside (escalation checks, policies). Answers texts for Warning headers. */
export type AdmissionPlugin = (review: AdmissionReview) => readonly string[];

/** Everything the API server knows between two requests. */
export interface ApiState {
  readonly store: Store;
  readonly registry: Registry;
  readonly pins: PinnedLists;
  readonly config: ServerConfig;
  readonly plugins: readonly AdmissionPlugin[];
  /** RFC 3339 text of an instant; remembers the last second. */
  readonly timeText: (at: Instant) => string;
}

/** What one request brings with it: time, randomness and who asks. */
export interface StepEnv {
  readonly now: Instant;
  readonly random: Random;
  readonly newUid: () => string;
  readonly user: UserInfo;
  /** Answers of webhooks that earlier tries of this request asked for. */
  readonly answered?: readonly AnsweredCall[];
}

function createTimeText(): (at: Instant) => string {
  let second = Number.NaN;
  let text = '';
  return (at) => {
    const current = Math.floor(at / 1000);
    if (current !== second) {
      second = current;
      text = formatTime(instant(current * 1000));
    }
    return text;
  };
}

/** Builds the state of an empty server. */
export function createApiState(
  config: ServerConfig = DEFAULT_SERVER_CONFIG,
  options: { readonly plugins?: readonly AdmissionPlugin[]; readonly freeze?: boolean } = {},
): ApiState {
  const found: { registry?: Registry } = {};
  const store = createStore({
    limits: config.store,
    ...(options.freeze === undefined ? {} : { freeze: options.freeze }),
    indexFields: (storage, object) => {
      const custom = storage.includes('.') ? found.registry?.ofStorage(storage)[0]?.definition?.selectableFields : [];
      return indexFields(storage, object, custom ?? []);
    },
  });
  const registry = createRegistry(store);
  found.registry = registry;
  const pins = createPinnedLists(config.store);
  return { store, registry, pins, config, plugins: options.plugins ?? [], timeText: createTimeText() };
}

/** The answer of one step. `tells` is the version that must be durable before anybody may see the answer. */
export interface Outcome {
  readonly code: number;
  readonly tells: number;
  readonly warnings: readonly string[];
  /** Facts for the audit log, by key. */
  readonly annotations?: ReadonlyMap<string, string>;
  readonly body: OutcomeBody;
}

/** What an answer consists of. */
export type OutcomeBody =
  | { readonly kind: 'stored'; readonly resource: ServedResource; readonly stored: StoredObject }
  | { readonly kind: 'object'; readonly object: KubeObject }
  | {
      readonly kind: 'list';
      readonly resource: ServedResource;
      readonly items: readonly StoredObject[];
      readonly metadata: { readonly [field: string]: unknown };
    };
