import type { KubeObject } from '@argosy/kube/meta';
import type { FieldError } from '@argosy/kube/schema';
import type { StoredObject } from '../../store/index.ts';
import type { Draft } from '../draft.ts';
import type { ApiState, StepEnv } from '../state.ts';

/** What a kind's rules may look at beside the object. */
export interface KindContext {
  readonly state: ApiState;
  readonly env: StepEnv;
  /** Texts for Warning headers; rules add to it. */
  readonly warnings: string[];
}

/** How one kind departs from a plain object. All members work on the private draft in place. */
export interface KindRules {
  /** Defaults that show; on every create and update, after the schema's own. */
  readonly defaults?: (draft: Draft) => void;
  /** Before a create is validated: first status, admission, allocation. */
  readonly prepareCreate?: (draft: Draft, context: KindContext) => void;
  /** Before an update is validated: members that the server keeps. */
  readonly prepareUpdate?: (draft: Draft, live: KubeObject, context: KindContext) => void;
  readonly validate?: (draft: Draft) => readonly FieldError[];
  readonly validateUpdate?: (draft: Draft, live: KubeObject) => readonly FieldError[];
  /** Checks what was written through a subresource that changes the spec. */
  readonly validateSubresource?: (draft: Draft, live: KubeObject, subresource: string) => readonly FieldError[];
  /** After the object is stored by a create. */
  readonly afterCreate?: (stored: StoredObject, context: KindContext) => void;
  /** Refuses a deletion by throwing. */
  readonly beforeDelete?: (live: KubeObject, context: KindContext) => void;
}
