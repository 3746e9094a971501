import { instant } from '@argosy/std';

import type { KubeObject } from '../meta/index.ts';
import { compileSchema, type TypeSchema } from '../schema/index.ts';
import { applyServerSide } from './apply-server-side.ts';
import { fieldSetPaths } from './field-set.ts';
import { readManagers } from './managed-fields.ts';
import { trackUpdate } from './track-update.ts';

const text = { type: 'string' };
const named = {
  type: 'object',
  required: ['name'],
  properties: {
    name: text,
    value: text,
    other: text,
    tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
  },
};

/** One schema with every kind of list and map. */
export const THING = compileSchema({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        a: text,
        b: text,
        number: { type: 'integer' },
        labels: { type: 'object', additionalProperties: text },
        frozen: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { x: text, y: text } },
        struct: { type: 'object', properties: { x: text, y: text } },
        list: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'], items: named },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, name: text },
          },
        },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
        atoms: { type: 'array', items: text },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { phase: text } },
  },
});

/** One write of a scenario: an apply or an update by a manager. */
export interface Step {
  /** `!` after the name forces an apply. */
  readonly apply?: string;
  readonly update?: string;
  readonly spec?: object;
  readonly metadata?: object;
  readonly status?: object;
  readonly version?: string;
  readonly subresource?: string;
  /** Conflicts that the step must end in. */
  readonly conflict?: string;
}

/** What a scenario ended with. */
export interface State {
  readonly live: KubeObject | undefined;
  readonly refusal: string | undefined;
}

/** The object that a step sends. */
export function objectOf(step: Step): KubeObject {
  return {
    apiVersion: `x.io/${step.version ?? 'v1'}`,
    kind: 'Thing',
    metadata: { name: 'n', ...step.metadata },
    ...(step.spec === undefined ? {} : { spec: step.spec }),
    ...(step.status === undefined ? {} : { status: step.status }),
  };
}

/** Plays the steps, a minute apart, and checks the conflicts that they name. */
export function run(steps: readonly Step[], schema: TypeSchema | undefined = THING): State {
  let state: State = { live: undefined, refusal: undefined };
  steps.forEach((step, index) => {
    const { live } = state;
    const now = instant(index * 60_000);
    const common = { schema, live, now, ...(step.subresource === undefined ? {} : { subresource: step.subresource }) };
    if (step.update !== undefined) {
      const next = {
        ...objectOf(step),
        ...(live === undefined
          ? {}
          : { metadata: { ...objectOf(step).metadata, managedFields: live.metadata.managedFields ?? [] } }),
      };
      state = { live: trackUpdate({ ...common, next, manager: step.update }), refusal: undefined };
      return;
    }
    const manager = step.apply ?? '';
    const result = applyServerSide({
      ...common,
      config: objectOf(step),
      manager: manager.replace('!', ''),
      force: manager.endsWith('!'),
    });
    const message = result.ok ? undefined : result.error.message;
    if (message !== step.conflict) throw new Error(`step ${index}: expected ${step.conflict}, got ${message}`);
    state = result.ok ? { live: result.value.object, refusal: undefined } : { live, refusal: result.error.message };
  });
  return state;
}

/** `manager` → its paths. */
export function owners(object: KubeObject | undefined): { readonly [manager: string]: readonly string[] } {
  const managers = readManagers(object?.metadata.managedFields) ?? [];
  return Object.fromEntries(
    managers.map((manager) => [
      `${manager.name}${manager.operation === 'Update' ? '*' : ''}`,
      fieldSetPaths(manager.set),
    ]),
  );
}
