import type { Application, AppProjectSpec } from '@argosy/api/cd';
import { instant, type Instant } from '@argosy/std';
import { nextFire, parseCron, UTC, type Schedule, type TimeZones, type ZoneRules } from '@argosy/lang/cron';
import { parseGoDuration } from '@argosy/lang/duration';
import { matchesGlob } from './glob.ts';
import { resolveDestination } from './project.ts';

/** One window of a project, as its author wrote it. */
export type SyncWindow = NonNullable<AppProjectSpec['syncWindows']>[number];

/** Who wants to sync, and when. */
export interface SyncRequestFacts {
  readonly now: Instant;
  readonly zones: TimeZones;
  /** A person asked, not the automated policy. */
  readonly manual: boolean;
  /** When a sync that is already running began. */
  readonly startedAt?: Instant;
}

/** Whether a sync may go on, and when that may change next (absent: never by itself). */
export interface WindowVerdict {
  readonly allowed: boolean;
  readonly changesAt?: Instant;
}

/** A window that can be read. */
interface Timetable {
  readonly window: SyncWindow;
  readonly schedule: Schedule;
  readonly durationMs: number;
  readonly zone: ZoneRules;
}

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

function problemOf({ schedule = '', duration = '', timeZone: zone = '', kind }: SyncWindow, zones: TimeZones) {
  const cron = parseCron(schedule);
  if (!cron.ok) return `schedule ${JSON.stringify(schedule)}: ${cron.error.message}`;
  const span = parseGoDuration(duration);
  if (!span.ok) return `duration ${JSON.stringify(duration)}: ${span.error.message}`;
  if (zone !== '' && zones(zone) === undefined) return `timeZone ${JSON.stringify(zone)}: no such time zone`;
  if (kind === undefined) return 'kind: allowed are allow, deny';
  return undefined;
}

/** What cannot be read in the windows of a project, by field; empty when all is well. */
export function windowProblems(windows: AppProjectSpec['syncWindows'], zones: TimeZones): readonly string[] {
  return (windows ?? []).flatMap((window, index) => {
    const problem = problemOf(window, zones);
    return problem === undefined ? [] : [`spec.syncWindows[${index}].${problem}`];
  });
}

function timetableOf(window: SyncWindow, zones: TimeZones): Timetable | undefined {
  const schedule = parseCron(window.schedule ?? '');
  const duration = parseGoDuration(window.duration ?? '');
  const zone = (window.timeZone ?? '') === '' ? UTC : zones(window.timeZone ?? '');
  if (!schedule.ok || !duration.ok || zone === undefined) return undefined;
  return { window, schedule: schedule.value, durationMs: Number(duration.value / NANOSECONDS_PER_MILLISECOND), zone };
}

/** The wall clock of the zone, told as if it were UTC: windows open by it, and offsets are those of the moment asked. */
const wallClock = (at: Instant, zone: ZoneRules): Instant => instant(at + zone(at));

/** The start of the window that covers the moment, on the wall clock; undefined when none does. */
function openedAt({ schedule, durationMs, zone }: Timetable, at: Instant): Instant | undefined {
  const wall = wallClock(at, zone);
  const start = nextFire(schedule, instant(wall - durationMs));
  return start !== undefined && start < wall ? start : undefined;
}

/** When a window opens or closes next. */
function nextChange(table: Timetable, now: Instant): Instant | undefined {
  const wall = wallClock(now, table.zone);
  const opened = openedAt(table, now);
  if (opened !== undefined) return instant(now + opened + table.durationMs - wall);
  // The moment of the schedule itself is not yet inside, by upstream's comparison.
  const atStart = nextFire(table.schedule, instant(wall - 1));
  return atStart === undefined ? undefined : instant(now + atStart - wall + 1);
}

const matchesOne = (patterns: readonly string[], values: readonly string[]): boolean =>
  patterns.some((pattern) => values.some((value) => matchesGlob(pattern, value)));

/** True when the window is about this Application: any list that matches, or every list that is set. */
export function concerns(window: SyncWindow, app: Application): boolean {
  const { server = '', name = '', namespace = '' } = resolveDestination(app.spec.destination);
  const checks = (
    [
      [window.applications, [app.metadata.name]],
      [window.clusters, [name, server].filter((text) => text !== '')],
      [window.namespaces, [namespace]],
    ] as const
  ).filter(([patterns]) => (patterns ?? []).length > 0);
  const verdicts = checks.map(([patterns, values]) => matchesOne(patterns ?? [], values));
  return window.andOperator === true ? verdicts.length > 0 && !verdicts.includes(false) : verdicts.includes(true);
}

interface Sorted {
  readonly active: readonly Timetable[];
  readonly inactive: readonly Timetable[];
}

function sortAt(tables: readonly Timetable[], at: Instant): Sorted {
  const active = tables.filter((table) => openedAt(table, at) !== undefined);
  return { active, inactive: tables.filter((table) => !active.includes(table)) };
}

const ofKind = (tables: readonly Timetable[], kind: 'allow' | 'deny'): readonly SyncWindow[] =>
  tables.map(({ window }) => window).filter((window) => window.kind === kind);

/** True when the closed windows let this sync through: by hand, or because it began while it was permitted. */
function mayPass(closed: readonly SyncWindow[], tables: readonly Timetable[], facts: SyncRequestFacts): boolean {
  if (facts.manual && closed.every(({ manualSync }) => manualSync === true)) return true;
  const { startedAt } = facts;
  const overruns = closed.every(({ syncOverrun }) => syncOverrun === true);
  if (startedAt === undefined || !overruns) return false;
  return isAllowed(tables, { now: startedAt, zones: facts.zones, manual: facts.manual });
}

function isAllowed(tables: readonly Timetable[], facts: SyncRequestFacts): boolean {
  const { active, inactive } = sortAt(tables, facts.now);
  const denies = ofKind(active, 'deny');
  if (denies.length > 0) return mayPass(denies, tables, facts);
  if (ofKind(active, 'allow').length > 0) return true;
  const closed = ofKind(inactive, 'allow');
  return closed.length === 0 || mayPass(closed, tables, facts);
}

/**
 * Whether the windows of a project let an Application sync now. A window that cannot be read is no permission: the
 * project's problems (`windowProblems`) keep its Applications from syncing.
 */
export function judgeWindows(
  windows: AppProjectSpec['syncWindows'],
  app: Application,
  facts: SyncRequestFacts,
): WindowVerdict {
  const own = (windows ?? []).filter((window) => concerns(window, app));
  if (own.length === 0) return { allowed: true };
  const tables = own.map((window) => timetableOf(window, facts.zones));
  const known = tables.filter((table) => table !== undefined);
  const changes = known.map((table) => nextChange(table, facts.now)).filter((at) => at !== undefined);
  const allowed = known.length === tables.length && isAllowed(known, facts);
  return changes.length === 0 ? { allowed } : { allowed, changesAt: instant(Math.min(...changes)) };
}
