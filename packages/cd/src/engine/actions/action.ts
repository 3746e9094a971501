import { err, getPath, isObject, ok, withPath, type Instant, type Result } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';

/** What a person gives with an action, by name. */
export interface ActionParams {
  readonly [name: string]: string;
}

/** What an action sees. */
export interface ActionInput {
  readonly object: KubeObject;
  readonly params: ActionParams;
  readonly now: Instant;
}

/** One change that an action asks for: a new object, or an object as it shall be. */
export interface ActionImpact {
  readonly operation: 'create' | 'patch';
  readonly object: KubeObject;
}

/** The outcome of an action, or why it cannot be done. */
export type ActionResult = Result<readonly ActionImpact[], string>;

/** How an action is shown. */
export interface ActionLook {
  readonly displayName?: string;
  readonly iconClass?: string;
  readonly params?: readonly { readonly name: string; readonly default?: string }[];
}

/** One action as it is offered for an object now. */
export interface ActionOffer extends ActionLook {
  readonly name: string;
  readonly disabled: boolean;
}

/** An action of ours. */
export interface BuiltinAction extends ActionLook {
  /** False: not offered in this state. @default always */
  readonly offered?: (object: KubeObject) => boolean;
  /** @default never */
  readonly disabled?: (object: KubeObject) => boolean;
  readonly run: (input: ActionInput) => ActionResult;
}

/** Actions of one kind, by name. */
export interface ActionTable {
  readonly [name: string]: BuiltinAction;
}

/** A result that is the object changed. */
export const patched = (object: KubeObject): ActionResult => ok([{ operation: 'patch', object }]);

/** A result that is a new object. */
export const created = (object: KubeObject): ActionResult => ok([{ operation: 'create', object }]);

/** The object without the member at a path. */
export function without(object: KubeObject, path: readonly string[]): KubeObject {
  const parent = getPath(object, path.slice(0, -1));
  const name = path.at(-1) ?? '';
  if (!isObject(parent) || !Object.hasOwn(parent, name)) return object;
  const { [name]: _gone, ...rest } = parent;
  return withPath(object, path.slice(0, -1), rest);
}

/** Sets fields, and does nothing else. */
export function setting(
  fields: (input: ActionInput) => readonly (readonly [path: readonly string[], value: unknown])[],
): BuiltinAction['run'] {
  return (input) => {
    let { object } = input;
    for (const [path, value] of fields(input)) {
      object = value === undefined ? without(object, path) : withPath(object, path, value);
    }
    return patched(object);
  };
}

/** The path of an annotation. */
export const annotationPath = (name: string): readonly string[] => ['metadata', 'annotations', name];

/** A whole number that is not negative, given as a parameter. */
export function replicasParam({ params }: ActionInput): Result<number, string> {
  const { replicas } = params;
  if (replicas === undefined) return err('replicas parameter is required');
  const number = /^\d+$/.test(replicas) ? Number(replicas) : Number.NaN;
  return Number.isSafeInteger(number) ? ok(number) : err(`invalid number: ${replicas} (must be >= 0)`);
}
