import { unreachable } from '@argosy/std';
import { hasReason, keyOf } from '../meta/index.ts';
import type { StandardAction } from '../plan/index.ts';
import { createObject, deleteObject, patchObject, updateObject, updateStatus, type ClusterApi } from '../port/index.ts';
import type { EventRecorder } from './contract.ts';

/** Where standard actions are performed. */
export interface StandardIo {
  readonly api: ClusterApi;
  readonly events: EventRecorder;
  /** Recorded in managedFields. */
  readonly fieldManager?: string;
  readonly signal?: AbortSignal;
}

async function applyCreate(action: StandardAction & { readonly kind: 'create' }, io: StandardIo): Promise<void> {
  const { resource, object, subresource } = action;
  const { namespace, name } = keyOf(object);
  const posted = subresource === undefined ? {} : { subresource, name };
  try {
    await createObject(io.api, { resource, namespace, object, ...posted, ...callOptions(io) });
  } catch (error) {
    if (subresource !== undefined || !hasReason(error, 'AlreadyExists')) throw error;
  }
}

function callOptions(io: StandardIo): { readonly fieldManager?: string; readonly signal?: AbortSignal } {
  return {
    ...(io.fieldManager === undefined ? {} : { fieldManager: io.fieldManager }),
    ...(io.signal === undefined ? {} : { signal: io.signal }),
  };
}

/**
 * Performs one planned write. AlreadyExists on create and NotFound on delete are success: names are deterministic and
 * every action may be repeated.
 * @throws KubeError every other refusal; the adapter's own error when the cluster cannot be reached.
 */
export async function applyStandardAction(action: StandardAction, io: StandardIo): Promise<void> {
  switch (action.kind) {
    case 'create':
      return applyCreate(action, io);
    case 'update': {
      const { kind: _kind, ...write } = action;
      await updateObject(io.api, { ...write, key: keyOf(action.object), ...callOptions(io) });
      return;
    }
    case 'update-status': {
      const { resource, object } = action;
      await updateStatus(io.api, { resource, object, key: keyOf(object), ...callOptions(io) });
      return;
    }
    case 'patch': {
      const { kind: _kind, ...write } = action;
      await patchObject(io.api, { ...write, ...callOptions(io) });
      return;
    }
    case 'delete': {
      const signal = io.signal === undefined ? {} : { signal: io.signal };
      return deleteObject(io.api, { resource: action.resource, key: action.key, ...signal }, action.options);
    }
    case 'record-event':
      io.events.record(action.about, action.event);
      return;
    default:
      return unreachable(action);
  }
}
