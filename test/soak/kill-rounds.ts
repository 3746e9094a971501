import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSnapshot } from '@argosy/cluster/disk';
import { ConnectionError } from '@argosy/kube/client';
import type { KubeObject } from '@argosy/kube/meta';
import { createObject, deleteObject, listObjects, patchObject, type ClusterApi } from '@argosy/kube/port';
import { createRandom, type Random } from '@argosy/std';
import { faultOf, valueOf, versionOf, type Slot } from './kill-model.ts';
import { openKillableCluster, type KillableCluster } from './kill-server.ts';
import { createReplay, type Replay } from './watch-replay.ts';

const configMaps = { group: '', version: 'v1', resource: 'configmaps' };
const LANES = 16;
const SLOTS_OF_LANE = 12;
/** Makes objects big enough that the file is compacted (its write-ahead log taken over) within rounds. */
const FILLER = 'x'.repeat(3000);
/** A round lives so long at most after its server serves. */
const MOST_LIFE_MS = 500;
/** One round in so many is killed at any moment from its start on, ready or not. */
const EARLY_EVERY = 5;
const MOST_EARLY_MS = 900;

/** What a run found. */
export interface KillReport {
  readonly kills: number;
  readonly killedWhileStarting: number;
  readonly acknowledged: number;
  /** Writes that were under way at a kill: how many turned out done, how many not. */
  readonly doneUnderWay: number;
  readonly undoneUnderWay: number;
  readonly watchEvents: number;
  readonly watchesResumed: number;
  readonly watchesExpired: number;
  readonly snapshotsChecked: number;
  /** Everything that must not be. */
  readonly faults: readonly string[];
}

type Counts = { -readonly [field in Exclude<keyof KillReport, 'faults'>]: number };

interface Run {
  readonly cluster: KillableCluster;
  readonly random: Random;
  readonly lanes: readonly (readonly Slot[])[];
  readonly replay: Replay;
  readonly counts: Counts;
  readonly faults: string[];
  highest: number;
  snapshotVersion: number;
  serial: number;
}

interface Found {
  readonly items: readonly KubeObject[];
  readonly version: number;
}

const target = (name: string) => ({ resource: configMaps, key: { namespace: 'default', name } });

async function put(api: ClusterApi, slot: Slot, value: string): Promise<KubeObject> {
  if (slot.held !== undefined)
    return patchObject(api, { ...target(slot.name), patchType: 'merge', patch: { data: { value } } });
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: slot.name },
    data: { value, filler: FILLER },
  };
  return createObject(api, { resource: configMaps, namespace: 'default', object });
}

async function writeOnce(run: Run, api: ClusterApi, slot: Slot): Promise<void> {
  const drop = slot.held !== undefined && run.random.below(4) === 0;
  const value = drop ? undefined : String((run.serial += 1));
  const before = run.highest;
  slot.pending = { value };
  if (value === undefined) {
    await deleteObject(api, target(slot.name));
    slot.held = undefined;
  } else {
    slot.held = await put(api, slot, value);
    const version = versionOf(slot.held);
    if (version <= before) run.faults.push(`${slot.name}: version ${version} was given after ${before}`);
    run.highest = Math.max(run.highest, version);
  }
  slot.pending = undefined;
  run.counts.acknowledged += 1;
}

/** Writes until the server is gone. An answer that refuses is a fault: nobody else writes here. */
async function writeForever(run: Run, api: ClusterApi, slots: readonly Slot[]): Promise<void> {
  for (;;) {
    const slot = slots[run.random.below(slots.length)];
    if (slot === undefined) return;
    try {
      await writeOnce(run, api, slot);
    } catch (error) {
      if (!(error instanceof ConnectionError)) run.faults.push(`${slot.name}: ${String(error)}`);
      return;
    }
  }
}

/** Compares what is there with what was acknowledged, told and under way. Gives the list. */
async function inspect(run: Run, api: ClusterApi): Promise<Found> {
  const list = await listObjects(api, { resource: configMaps, namespace: 'default' });
  const version = Number(list.metadata.resourceVersion);
  const least = Math.max(run.highest, run.replay.version());
  if (version < least) run.faults.push(`the list has version ${version}, ${least} was told before`);
  const found = new Map(list.items.map((item) => [item.metadata.name, item]));
  for (const slot of run.lanes.flat()) {
    const object = found.get(slot.name);
    const fault = faultOf(slot, object, run.replay.known.get(slot.name));
    if (fault !== undefined) run.faults.push(fault);
    if (slot.pending !== undefined) {
      run.counts[valueOf(object) === slot.pending.value ? 'doneUnderWay' : 'undoneUnderWay'] += 1;
    }
    slot.pending = undefined;
    slot.held = object;
    found.delete(slot.name);
  }
  found.delete('marker');
  for (const name of found.keys()) run.faults.push(`${name} is there and nobody made it`);
  run.highest = Math.max(run.highest, version);
  return { items: list.items, version };
}

async function mark(run: Run, api: ClusterApi): Promise<number> {
  const value = String((run.serial += 1));
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'marker', namespace: 'default' },
    data: { value },
  };
  const stored = await patchObject(api, {
    ...target('marker'),
    patchType: 'apply',
    patch: object,
    fieldManager: 'soak',
  });
  return versionOf(stored);
}

const imageOf = (objects: Iterable<KubeObject>): string =>
  [...objects]
    .map((object) => `${object.metadata.name} ${versionOf(object)} ${String(valueOf(object))}`)
    .toSorted()
    .join('\n');

/** Watches on where the watch was when the server died, or from the list when that is too old. */
async function resume(run: Run, api: ClusterApi, list: Found): Promise<void> {
  const { replay, counts } = run;
  if (replay.version() === 0) replay.reset(list.items, list.version);
  const quit = new AbortController();
  const marked = await mark(run, api);
  const outcome = await Promise.race([
    replay.until(marked).then(() => 'told' as const),
    replay.follow(api, quit.signal),
  ]);
  quit.abort();
  counts[outcome === 'expired' ? 'watchesExpired' : 'watchesResumed'] += 1;
  if (outcome === 'ended') run.faults.push('the watch ended while its server lived');
  if (outcome === 'expired') replay.reset(list.items, list.version);
}

/** Opens the watch for a round, with changes made since it was left, and compares what it then knows with a list. */
async function follow(run: Run, api: ClusterApi): Promise<{ readonly end: Promise<unknown> }> {
  await mark(run, api);
  const marked = await mark(run, api);
  const end = run.replay.follow(api);
  const outcome = await Promise.race([run.replay.until(marked).then(() => 'told' as const), end]);
  run.counts.watchesResumed += 1;
  if (outcome !== 'told') run.faults.push(`a watch of changes just made ended: ${outcome}`);
  const { items } = await listObjects(api, { resource: configMaps, namespace: 'default' });
  if (imageOf(items) !== imageOf(run.replay.known.values())) run.faults.push('the watch and the list differ');
  run.highest = Math.max(run.highest, marked);
  return { end };
}

/** A snapshot that is there is whole, whatever died while it was saved. */
async function inspectSnapshot(run: Run): Promise<void> {
  const files = await readdir(run.cluster.directory).catch((): string[] => []);
  for (const file of files) if (file.endsWith('.part')) await rm(join(run.cluster.directory, file));
  if (!files.includes('saved.snapshot')) return;
  const { info } = await readSnapshot(run.cluster.snapshot);
  run.counts.snapshotsChecked += 1;
  if (info.resourceVersion < run.snapshotVersion) run.faults.push('a snapshot is older than the one before');
  run.snapshotVersion = info.resourceVersion;
}

async function round(run: Run, early: boolean): Promise<void> {
  const server = run.cluster.start();
  if (early) {
    run.counts.killedWhileStarting += 1;
    await server.kill(run.random.below(MOST_EARLY_MS));
    return;
  }
  const api = await server.api;
  if (api === undefined) throw new Error('the server does not start');
  await resume(run, api, await inspect(run, api));
  const { end } = await follow(run, api);
  const writers = run.lanes.map((slots) => writeForever(run, api, slots));
  await server.kill(run.random.below(MOST_LIFE_MS));
  await Promise.all([end, ...writers]);
}

function newRun(cluster: KillableCluster, seed: number): Run {
  const lane = (index: number): readonly Slot[] =>
    Array.from({ length: SLOTS_OF_LANE }, (_, at) => ({
      name: `slot-${index}-${at}`,
      held: undefined,
      pending: undefined,
    }));
  return {
    cluster,
    random: createRandom(seed),
    lanes: Array.from({ length: LANES }, (_, index) => lane(index)),
    replay: createReplay(),
    counts: {
      kills: 0,
      killedWhileStarting: 0,
      acknowledged: 0,
      doneUnderWay: 0,
      undoneUnderWay: 0,
      watchEvents: 0,
      watchesResumed: 0,
      watchesExpired: 0,
      snapshotsChecked: 0,
    },
    faults: [],
    highest: 0,
    snapshotVersion: 0,
    serial: 0,
  };
}

/**
 * Kills a serving cluster so often, at random moments of writes, patches, deletions, snapshots and compaction, and looks
 * after each kill whether everything that was acknowledged or told by a watch is there.
 */
export async function killRounds(options: { readonly kills: number; readonly seed: number }): Promise<KillReport> {
  const cluster = await openKillableCluster();
  const run = newRun(cluster, options.seed);
  try {
    while (run.counts.kills < options.kills) {
      await round(run, run.random.below(EARLY_EVERY) === 0);
      await inspectSnapshot(run);
      run.counts.kills += 1;
    }
    const last = cluster.start();
    const api = await last.api;
    if (api === undefined) throw new Error('the server does not start');
    await inspect(run, api);
    await last.kill(0);
  } finally {
    await cluster.close();
  }
  return { ...run.counts, watchEvents: run.replay.count(), faults: [...run.faults, ...run.replay.disorder] };
}
