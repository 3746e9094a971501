import { describe, expect, it } from 'vitest';
import type { Application } from '@argosy/api/cd';
import { instant, parseTime, type Instant } from '@argosy/std';
import { systemTimeZones } from '@argosy/kube/runtime';
import { judgeWindows, windowProblems, type SyncWindow } from './sync-windows.ts';

const app: Application = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'argocd' },
  spec: { project: 'default', destination: { name: 'in-cluster', namespace: 'prod' } },
};
const at = (text: string): Instant => parseTime(text) ?? instant(0);
const allow: SyncWindow = { kind: 'allow', schedule: '0 10 * * *', duration: '2h', applications: ['*'] };
const deny: SyncWindow = { ...allow, kind: 'deny' };
const [inside, outside] = [at('2026-03-02T11:00:00Z'), at('2026-03-02T15:00:00Z')];

interface Asked {
  readonly now?: Instant;
  readonly manual?: boolean;
  readonly startedAt?: Instant;
}

const judge = (windows: readonly SyncWindow[], { now = inside, manual = false, startedAt }: Asked = {}) =>
  judgeWindows(windows, app, {
    now,
    zones: systemTimeZones,
    manual,
    ...(startedAt === undefined ? {} : { startedAt }),
  });

interface Case {
  readonly reason: string;
  readonly windows: readonly SyncWindow[];
  readonly asked?: Asked;
  readonly allowed: boolean;
}

const cases: readonly Case[] = [
  { reason: 'no window', windows: [], allowed: true },
  { reason: 'an open allow', windows: [allow], allowed: true },
  { reason: 'a closed allow', windows: [allow], asked: { now: outside }, allowed: false },
  { reason: 'a closed allow, by hand', windows: [allow], asked: { now: outside, manual: true }, allowed: false },
  {
    reason: 'a closed allow with manualSync, by hand',
    windows: [{ ...allow, manualSync: true }],
    asked: { now: outside, manual: true },
    allowed: true,
  },
  { reason: 'an active deny beats an allow', windows: [allow, deny], allowed: false },
  { reason: 'an inactive deny', windows: [deny], asked: { now: outside }, allowed: true },
  { reason: 'a deny with manualSync, by policy', windows: [{ ...deny, manualSync: true }], allowed: false },
  {
    reason: 'a deny with manualSync, by hand',
    windows: [{ ...deny, manualSync: true }],
    asked: { manual: true },
    allowed: true,
  },
  {
    reason: 'one of two denies without manualSync',
    windows: [{ ...deny, manualSync: true }, deny],
    asked: { manual: true },
    allowed: false,
  },
  {
    reason: 'overrun of a sync that began in the window',
    windows: [{ ...allow, syncOverrun: true }],
    asked: { now: outside, startedAt: inside },
    allowed: true,
  },
  {
    reason: 'overrun of a sync that began outside',
    windows: [{ ...allow, syncOverrun: true }],
    asked: { now: outside, startedAt: at('2026-03-02T14:00:00Z') },
    allowed: false,
  },
  { reason: 'no overrun', windows: [allow], asked: { now: outside, startedAt: inside }, allowed: false },
  { reason: 'about another application', windows: [{ ...deny, applications: ['api-*'] }], allowed: true },
  { reason: 'about a namespace', windows: [{ ...deny, applications: [], namespaces: ['pro?'] }], allowed: false },
  { reason: 'about the cluster by name', windows: [{ ...deny, applications: [], clusters: ['in-*'] }], allowed: false },
  {
    reason: 'every list must match',
    windows: [{ ...deny, namespaces: ['dev'], andOperator: true }],
    allowed: true,
  },
  {
    reason: 'a time zone: 10:00 in Tokyo is 01:00 UTC',
    windows: [{ ...allow, timeZone: 'Asia/Tokyo' }],
    asked: { now: at('2026-03-02T01:30:00Z') },
    allowed: true,
  },
  { reason: 'what cannot be read permits nothing', windows: [{ ...allow, schedule: 'never' }], allowed: false },
];

describe('judgeWindows', () => {
  it.each(cases)('$allowed: $reason', ({ windows, asked, allowed }) => {
    expect(judge(windows, asked).allowed).toBe(allowed);
  });

  it.each([
    ['closed', outside],
    ['open', inside],
    ['before its start', at('2026-03-02T09:59:59Z')],
    ['at its start', at('2026-03-02T10:00:00Z')],
    ['at its end', at('2026-03-02T12:00:00Z')],
  ])('says exactly when it changes: %s', (_reason, now) => {
    const { allowed, changesAt } = judge([allow], { now });
    expect(changesAt).toBeGreaterThan(now);
    expect(judge([allow], { now: instant((changesAt ?? now) - 1) }).allowed).toBe(allowed);
    expect(judge([allow], { now: changesAt ?? now }).allowed).toBe(!allowed);
  });

  it('names what it cannot read', () => {
    expect(
      windowProblems(
        [
          allow,
          { ...allow, schedule: '61 * * * *' },
          { ...allow, duration: '1x' },
          { ...allow, timeZone: 'Moon/Base' },
        ],
        systemTimeZones,
      ),
    ).toEqual([
      expect.stringContaining('spec.syncWindows[1].schedule "61 * * * *": ') as unknown,
      expect.stringContaining('spec.syncWindows[2].duration "1x": ') as unknown,
      'spec.syncWindows[3].timeZone "Moon/Base": no such time zone',
    ]);
  });
});
