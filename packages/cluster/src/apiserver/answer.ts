import type { KubeObject } from '@argosy/kube/meta';
import { encodeObject, type StoredObject } from '../store/index.ts';
import type { ApiAnswer } from './contract.ts';
import { presentObject } from './convert.ts';
import type { ServedResource } from './resource.ts';
import type { ApiState, Outcome } from './state.ts';

/** The JSON of a stored object as `resource` serves it; the stored bytes themselves when nothing is converted. */
export function presentBytes(state: ApiState, resource: ServedResource, stored: StoredObject): Uint8Array {
  return resource.converts ? encodeObject(presentObject(state.store, resource, stored)) : stored.bytes;
}

type ListBody = Extract<Outcome['body'], { kind: 'list' }>;

function listTree(state: ApiState, body: ListBody): KubeObject {
  const { resource, metadata } = body;
  const items = body.items.map((stored) => presentObject(state.store, resource, stored));
  return { apiVersion: resource.apiVersion, kind: resource.listKind, metadata, items } as unknown as KubeObject;
}

/** Joins stored bytes: a list costs one copy and no encoding. */
function listBytes(state: ApiState, body: ListBody): Uint8Array {
  const { resource, metadata } = body;
  const head = `{"apiVersion":"${resource.apiVersion}","kind":"${resource.listKind}","metadata":${JSON.stringify(metadata)},"items":[`;
  const comma = Buffer.from(',');
  const pieces: Uint8Array[] = [Buffer.from(head)];
  body.items.forEach((stored, index) => {
    if (index > 0) pieces.push(comma);
    pieces.push(presentBytes(state, resource, stored));
  });
  pieces.push(Buffer.from(']}'));
  return Buffer.concat(pieces);
}

/** Turns an outcome into an answer. Trees and bytes are made when first asked for. */
export function answerOf(state: ApiState, outcome: Outcome): ApiAnswer {
  const { code, warnings, annotations, body } = outcome;
  const facts = { code, warnings, ...(annotations === undefined ? {} : { annotations }) };
  if (body.kind === 'object') return { ...facts, object: body.object };
  if (body.kind === 'stored') {
    return {
      ...facts,
      get object(): KubeObject {
        return presentObject(state.store, body.resource, body.stored);
      },
      get bytes(): Uint8Array {
        return presentBytes(state, body.resource, body.stored);
      },
    };
  }
  return {
    ...facts,
    get object(): KubeObject {
      return listTree(state, body);
    },
    get bytes(): Uint8Array {
      return listBytes(state, body);
    },
  };
}
