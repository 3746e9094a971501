import { getPath, isObject, type Clock, type Logger } from '@argosy/std';
import { resources } from '@argosy/api';
import { hasReason, type KubeObject } from '@argosy/kube/meta';
import { createObject, patchObject, type ClusterApi } from '@argosy/kube/port';
import type { SessionClaims } from '@argosy/auth/tokens';
import { followObject } from './follow-object.ts';

/** The ConfigMap of ended sessions; durable, so that a restart revives nothing. */
export const REVOCATIONS_NAME = 'argosy-ended-sessions';

/** Ended sessions that one account may have listed; one more ends all its sessions so far instead. */
export const MAX_ENDED_PER_ACCOUNT = 200;

/** Which sessions were ended before their time. */
export interface Revocations {
  isRevoked(account: string, claims: SessionClaims): boolean;
  /** Ends a session durably; in force when it resolves. */
  revoke(account: string, claims: SessionClaims): Promise<void>;
}

/** What it needs. */
export interface RevocationOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

interface Entry {
  readonly account: string;
  readonly expiresAt: number;
}

interface State {
  readonly ended: Map<string, Entry>;
  /** Account → seconds since the epoch: sessions issued until then are over. */
  readonly endedUntil: Map<string, number>;
}

const ID_KEY = /^id\.([A-Za-z0-9_-]{1,64})$/;
const UNTIL_KEY = /^until\.(.{1,200})$/;

/** Loads the list and keeps it current with what other replicas end. Rejects when the first read fails. */
export async function openRevocations(options: RevocationOptions): Promise<Revocations> {
  let state: State = { ended: new Map(), endedUntil: new Map() };
  const key = { namespace: options.namespace, name: REVOCATIONS_NAME };
  const resource = resources.configMaps;
  await followObject({ ...options, resource, key, onState: (object) => (state = readState(object)) });
  return {
    isRevoked: (account, claims) =>
      state.ended.has(claims.jti) || claims.iat <= (state.endedUntil.get(account) ?? -Infinity),
    async revoke(account, claims) {
      const nowSeconds = Math.floor(options.clock.now() / 1000);
      const revocation = { account, claims, nowSeconds };
      const data = planRevocation(state, revocation);
      await write(options, data);
      applyRevocation(state, revocation, data);
    },
  };
}

function applyRevocation(
  state: State,
  { account, claims }: Revocation,
  data: { readonly [key: string]: string | null },
): void {
  state.ended.set(claims.jti, { account, expiresAt: claims.exp });
  const until = data[`until.${account}`];
  if (typeof until === 'string') state.endedUntil.set(account, Number(until));
}

function readState(object: KubeObject | undefined): State {
  const state: State = { ended: new Map(), endedUntil: new Map() };
  const data = getPath(object, ['data']);
  if (!isObject(data)) return state;
  for (const [key, value] of Object.entries(data)) {
    if (typeof value !== 'string') continue;
    const id = ID_KEY.exec(key)?.[1];
    const account = UNTIL_KEY.exec(key)?.[1];
    const [expiresAt = '', owner = ''] = value.split(' ');
    if (id !== undefined) state.ended.set(id, { account: owner, expiresAt: Number(expiresAt) });
    else if (account !== undefined) state.endedUntil.set(account, Number(value));
  }
  return state;
}

interface Revocation {
  readonly account: string;
  readonly claims: SessionClaims;
  readonly nowSeconds: number;
}

/** The merge patch of `data`: the new entry, without those that have run out; bounded for each account. */
function planRevocation(state: State, revocation: Revocation): { readonly [key: string]: string | null } {
  const { account, claims, nowSeconds } = revocation;
  const data: { [key: string]: string | null } = {};
  let count = 0;
  for (const [id, entry] of state.ended) {
    if (entry.expiresAt <= nowSeconds) data[`id.${id}`] = null;
    else if (entry.account === account) count += 1;
  }
  if (count < MAX_ENDED_PER_ACCOUNT) return { ...data, [`id.${claims.jti}`]: `${claims.exp} ${account}` };
  for (const [id, entry] of state.ended) if (entry.account === account) data[`id.${id}`] = null;
  return { ...data, [`until.${account}`]: String(nowSeconds) };
}

async function write(options: RevocationOptions, data: { readonly [key: string]: string | null }): Promise<void> {
  const { api, namespace } = options;
  const resource = resources.configMaps;
  const key = { namespace, name: REVOCATIONS_NAME };
  try {
    await patchObject(api, { resource, key, patchType: 'merge', patch: { data } });
    return;
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
  const metadata = { namespace, name: REVOCATIONS_NAME };
  try {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} } as KubeObject;
    await createObject(api, { resource, namespace, object });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
  await patchObject(api, { resource, key, patchType: 'merge', patch: { data } });
}
