import type { Application } from '@argosy/api/cd';
import { REMOTE_ERROR_EXIT_CODE, type RestClient } from '../client/index.ts';
import { CommandError, type Terminal } from '../command/index.ts';
import { findApp, watchApp, type AppName } from './app-client.ts';
import { progressRow, resourceRows } from './app-text.ts';

/** What must hold before waiting ends. Several health words are alternatives. */
export interface WaitFor {
  readonly synced: boolean;
  readonly healths: readonly string[];
  readonly operation: boolean;
  readonly deleted: boolean;
}

const healthOf = (app: Application | undefined): string => app?.status?.health?.status ?? 'Unknown';

function isOperating(app: Application): boolean {
  return app.operation !== undefined || app.status?.operationState?.phase === 'Running';
}

/** True when everything asked for holds. */
export function isReached(app: Application, wanted: WaitFor): boolean {
  if (wanted.deleted) return false;
  if (wanted.synced && app.status?.sync?.status !== 'Synced') return false;
  if (wanted.operation && isOperating(app)) return false;
  return wanted.healths.length === 0 || wanted.healths.includes(healthOf(app));
}

function printChanges(before: Application | undefined, app: Application, terminal: Terminal): void {
  const old = before === undefined ? new Map<string, unknown>() : resourceRows(before);
  for (const [key, row] of resourceRows(app)) {
    if (JSON.stringify(old.get(key)) === JSON.stringify(row)) continue;
    terminal.out(`${progressRow(new Date().toISOString().replace(/\.\d+Z$/, 'Z'), row)}\n`);
  }
}

function degraded(before: Application | undefined, app: Application, wanted: WaitFor): string | undefined {
  const from = healthOf(before);
  const watched = wanted.healths.includes('Healthy') && !wanted.healths.includes('Degraded');
  if (!watched || healthOf(app) !== 'Degraded' || from === 'Unknown' || from === 'Degraded') return undefined;
  return `application '${app.metadata.name}' health state has transitioned from ${from} to Degraded`;
}

interface Waiting {
  readonly client: RestClient;
  readonly app: AppName;
  readonly wanted: WaitFor;
  readonly terminal: Terminal;
  /** 0 waits for ever. */
  readonly timeoutMs: number;
  readonly quiet: boolean;
}

async function follow(waiting: Waiting, signal: AbortSignal): Promise<Application | undefined> {
  let before: Application | undefined;
  for await (const { app, deleted } of watchApp(waiting.client, waiting.app, signal)) {
    if (deleted) {
      throw new CommandError(`application '${waiting.app.name}' was deleted while waiting`, REMOTE_ERROR_EXIT_CODE);
    }
    if (!waiting.quiet) printChanges(before, app, waiting.terminal);
    if (isReached(app, waiting.wanted)) return app;
    const problem = degraded(before, app, waiting.wanted);
    if (problem !== undefined) throw new CommandError(problem, REMOTE_ERROR_EXIT_CODE);
    before = app;
  }
  throw new CommandError('the server ended the stream', REMOTE_ERROR_EXIT_CODE);
}

/** How often a deletion is looked for: a stream that opens after the end would never tell of it. */
const LOOK_EVERY_MS = 200;

async function untilGone(waiting: Waiting, signal: AbortSignal): Promise<undefined> {
  while ((await findApp(waiting.client, waiting.app)) !== undefined) {
    signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
  return undefined;
}

/**
 * Follows an application until what was asked for holds; prints each resource's change on the way.
 * @throws CommandError when the time is over, the application degrades, or it disappears.
 */
export async function waitForApp(waiting: Waiting): Promise<Application | undefined> {
  const timeout = new AbortController();
  const timer = waiting.timeoutMs > 0 ? setTimeout(() => timeout.abort(), waiting.timeoutMs) : undefined;
  const stop = AbortSignal.any([timeout.signal, waiting.terminal.signal]);
  try {
    return await (waiting.wanted.deleted ? untilGone(waiting, stop) : follow(waiting, stop));
  } catch (error) {
    if (timeout.signal.aborted) {
      const seconds = Math.round(waiting.timeoutMs / 1000);
      const text = `timed out (${seconds}s) waiting for app "${waiting.app.name}" match desired state`;
      throw new CommandError(text, REMOTE_ERROR_EXIT_CODE);
    }
    if (waiting.terminal.signal.aborted) throw new CommandError('interrupted', 130);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
