import { describe, expect, it } from 'vitest';

import { instant } from '@argosy/std';

import type { KubeObject, ManagedFieldsEntry } from '../meta/index.ts';
import { ANCIENT_MANAGER, MAX_MANAGERS, MAX_UPDATE_MANAGERS, readManagers } from './managed-fields.ts';
import { trackUpdate } from './track-update.ts';

const thing = (data: object, entries?: readonly ManagedFieldsEntry[]): KubeObject => ({
  apiVersion: 'x.io/v1',
  kind: 'Thing',
  metadata: { name: 'n', ...(entries === undefined ? {} : { managedFields: entries }) },
  data,
});

const update = (
  live: KubeObject | undefined,
  next: KubeObject,
  more: { manager?: string; minute?: number } = {},
): KubeObject =>
  trackUpdate({
    schema: undefined,
    live,
    next,
    manager: more.manager ?? 'm',
    now: instant((more.minute ?? 0) * 60_000),
  });

const names = (object: KubeObject): readonly (string | undefined)[] =>
  (object.metadata.managedFields ?? []).map((entry) => entry.manager);

describe('managed fields of ordinary writes', () => {
  it('leaves untracked objects untracked', () => {
    const next = update(thing({ a: 1 }), thing({ a: 2 }));
    expect(next.metadata.managedFields).toBeUndefined();
  });

  it('keeps the time when the manager changed nothing, and moves it when it did', () => {
    const created = update(undefined, thing({ a: 1 }));
    const entries = created.metadata.managedFields ?? [];
    expect(update(created, thing({ a: 1 }, entries), { minute: 5 }).metadata.managedFields).toEqual(entries);
    const changed = update(created, thing({ a: 2 }, entries), { minute: 5 });
    expect(changed.metadata.managedFields).toEqual([{ ...entries[0], time: '1970-01-01T00:05:00Z' }]);
  });

  it('takes a client that forgets managed fields as one that does not know them', () => {
    const created = update(undefined, thing({ a: 1 }));
    expect(names(update(created, thing({ a: 1 })))).toEqual(['m']);
  });

  it('lets a request take all managed fields away, and nothing else counts as that', () => {
    const created = update(undefined, thing({ a: 1 }));
    expect(update(created, thing({ a: 1 }, [{}])).metadata.managedFields).toBeUndefined();
    expect(names(update(created, thing({ a: 1 }, [])))).toEqual(['m']);
  });

  it('falls back to the stored entries when the request brings malformed ones', () => {
    const created = update(undefined, thing({ a: 1 }));
    const odd: ManagedFieldsEntry = {
      manager: 'odd',
      operation: 'Update',
      fieldsType: 'FieldsV1',
      fieldsV1: { nonsense: 1 },
    };
    expect(names(update(created, thing({ a: 1 }, [odd])))).toEqual(['m']);
    const given: ManagedFieldsEntry = { ...odd, apiVersion: 'x.io/v1', fieldsV1: { 'f:data': { 'f:a': {} } } };
    expect(names(update(created, thing({ a: 1 }, [given])))).toEqual(['odd']);
  });

  it('merges the oldest updaters once there are too many', () => {
    let live = update(undefined, thing({}), { manager: 'first' });
    for (let index = 0; index < MAX_UPDATE_MANAGERS + 4; index += 1) {
      const data: { [key: string]: number } = { ...(live['data'] as object) };
      data[`f${index}`] = 1;
      live = update(live, thing(data, live.metadata.managedFields), { manager: `m${index}`, minute: index + 1 });
    }
    expect(live.metadata.managedFields).toHaveLength(MAX_UPDATE_MANAGERS);
    const ancient = live.metadata.managedFields?.find((entry) => entry.manager === ANCIENT_MANAGER);
    expect(Object.keys(ancient?.fieldsV1?.['f:data'] as object)).toContain('f:f0');
    expect(names(live)).toContain(`m${MAX_UPDATE_MANAGERS + 3}`);
  });

  it('reads only so many entries', () => {
    const entry: ManagedFieldsEntry = {
      manager: 'm',
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:a': {} },
    };
    expect(readManagers(Array.from({ length: MAX_MANAGERS }, () => entry))).toHaveLength(MAX_MANAGERS);
    expect(readManagers(Array.from({ length: MAX_MANAGERS + 1 }, () => entry))).toBeUndefined();
  });
});
