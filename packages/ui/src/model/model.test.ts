import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agoText,
  appendLog,
  applicationRow,
  countHealth,
  createStreamParser,
  durationText,
  EMPTY_LOG,
  filterApplications,
  filterWorkflows,
  MAX_LINE_LENGTH,
  MAX_LOG_LINE_LENGTH,
  MAX_LOG_LINES,
  MAX_PLAIN_ROWS,
  NOTHING_YET,
  OVERSCAN_ROWS,
  parseRoute,
  reduceLive,
  RETRY_WAITS_MS,
  retryWaitMs,
  rowWindow,
  safeReturnPath,
  spanText,
  StreamFormatError,
  toneOf,
  watchItemOf,
  workflowRow,
  type ApiObject,
  type LiveState,
} from './index.ts';

const object = (name: string, version: number, uid = name): ApiObject => ({
  metadata: { namespace: 'ns', name, uid, resourceVersion: String(version) },
});
const versions = (state: LiveState): unknown => [...(state.items ?? [])].map(([key, one]) => [key, one['metadata']]);

describe('reduceLive', () => {
  const listed = reduceLive(NOTHING_YET, { kind: 'listed', items: [object('a', 5), object('b', 6)] });

  it('knows nothing before the first list, also when the connection breaks', () => {
    const broken = reduceLive(NOTHING_YET, { kind: 'broken', nowMs: 7, reason: 'x' });
    expect(broken).toEqual({ items: undefined, link: { kind: 'broken', sinceMs: 7, reason: 'x' } });
  });

  it.each([
    { reason: 'newer replaces', change: { type: 'MODIFIED', object: object('a', 9) }, is: ['9', '6'] },
    { reason: 'older is dropped', change: { type: 'MODIFIED', object: object('a', 4) }, is: ['5', '6'] },
    {
      reason: 'a new object of the same name',
      change: { type: 'ADDED', object: object('a', 4, 'other') },
      is: ['4', '6'],
    },
    { reason: 'gone', change: { type: 'DELETED', object: object('a', 9) }, is: ['6'] },
    { reason: 'added', change: { type: 'ADDED', object: object('c', 7) }, is: ['5', '6', '7'] },
  ] as const)('$reason', ({ change, is }) => {
    const next = reduceLive(listed, { kind: 'changed', changes: [change] });
    const found = [...(next.items?.values() ?? [])].map((one) => (one['metadata'] as ApiObject)['resourceVersion']);
    expect(found).toEqual(is);
  });

  it('counts the age from the first break and ends it with a list', () => {
    const once = reduceLive(listed, { kind: 'broken', nowMs: 100, reason: 'x' });
    const twice = reduceLive(once, { kind: 'broken', nowMs: 200, reason: 'y' });
    expect(twice.link).toEqual({ kind: 'broken', sinceMs: 100, reason: 'y' });
    expect(versions(twice)).toEqual(versions(listed));
    expect(reduceLive(twice, { kind: 'listed', items: [] }).link).toEqual({ kind: 'live' });
  });

  it('reads both systems’ items and nothing else', () => {
    expect(watchItemOf({ type: 'ADDED', application: object('a', 1) })?.object).toEqual(object('a', 1));
    expect(watchItemOf({ type: 'DELETED', object: object('a', 1) })?.type).toBe('DELETED');
    for (const bad of [undefined, 1, { type: 'BOOKMARK', object: {} }, { type: 'ADDED' }]) {
      expect(watchItemOf(bad)).toBeUndefined();
    }
  });

  it('waits longer and longer, up to a limit', () => {
    expect([1, 2, 3, 100].map(retryWaitMs)).toEqual([500, 1000, 2000, RETRY_WAITS_MS.at(-1)]);
  });
});

describe('createStreamParser', () => {
  const text = ':\n\ndata: {"result":1}\n\n\n{"result":2}\ndata:{"result":"ü"}\r\n\r\nevent: x\nid: 3\n';

  it('finds the same items however the stream is cut', () => {
    const cuts = fc.array(fc.nat(text.length), { maxLength: 10 });
    fc.assert(
      fc.property(cuts, (points) => {
        const parser = createStreamParser();
        const edges = [0, ...points.sort((a, b) => a - b), text.length];
        const items = edges.slice(1).flatMap((edge, index) => parser.push(text.slice(edges[index], edge)));
        expect(items).toEqual([{ result: 1 }, { result: 2 }, { result: 'ü' }]);
      }),
    );
  });

  it('refuses what is not JSON and lines without end', () => {
    expect(() => createStreamParser().push('{"a"\n')).toThrow(StreamFormatError);
    expect(() => createStreamParser().push('x'.repeat(MAX_LINE_LENGTH + 1))).toThrow(StreamFormatError);
  });
});

describe('rows', () => {
  const app = (name: string, health: string, sync = 'Synced'): ApiObject => ({
    metadata: { namespace: 'argocd', name },
    spec: { project: 'shop', destination: { name: 'east', namespace: 'web' } },
    status: { health: { status: health }, sync: { status: sync, revision: 'a'.repeat(40) } },
  });
  const rows = [app('b', 'Healthy'), app('a', 'Degraded', 'OutOfSync'), app('c', '')].map(applicationRow);

  it('says Unknown where the API says nothing', () => {
    expect(applicationRow({})).toMatchObject({ sync: 'Unknown', health: 'Unknown', revision: '', syncedAt: '' });
    expect(applicationRow({ status: 'odd', spec: null, metadata: [] })).toMatchObject({ health: 'Unknown' });
    expect(toneOf('Unknown')).toBe('unknown');
    expect(toneOf('NeverHeardOf')).toBe('unknown');
  });

  it('filters by every word and sorts by name', () => {
    expect(filterApplications(rows, '').map((row) => row.name)).toEqual(['a', 'b', 'c']);
    expect(filterApplications(rows, 'SHOP outof').map((row) => row.name)).toEqual(['a']);
    expect(filterApplications(rows, 'nothing')).toEqual([]);
    expect(rows[0]).toMatchObject({ destination: 'east/web', revision: 'aaaaaaa' });
  });

  it('counts troubles first', () => {
    expect(countHealth(rows).map(({ word }) => word)).toEqual(['Degraded', 'Unknown', 'Healthy']);
  });

  it('puts running workflows before finished ones, newest first', () => {
    const workflow = (name: string, startedAt: string, finishedAt = ''): ApiObject => ({
      metadata: { namespace: 'ci', name },
      status: { startedAt, finishedAt },
    });
    const list = [
      workflow('old', '2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'),
      workflow('run', '2026-01-01T00:00:00Z'),
      workflow('new', '2026-01-03T00:00:00Z', '2026-01-03T00:01:00Z'),
    ].map(workflowRow);
    expect(filterWorkflows(list, '').map((row) => row.name)).toEqual(['run', 'new', 'old']);
    expect(workflowRow({}).phase).toBe('Pending');
  });
});

describe('times', () => {
  it.each([
    [-5, '0s'],
    [999, '0s'],
    [4000, '4s'],
    [200_000, '3m 20s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [90_061_000, '1d 1h'],
  ])('%d ms reads %s', (spanMs, text) => {
    expect(spanText(spanMs)).toBe(text);
  });

  it('makes nothing up', () => {
    expect([agoText('', 5), agoText('x', 5), durationText('', '', 5)]).toEqual(['', '', '']);
    expect(durationText('1970-01-01T00:00:00Z', '', 5000)).toBe('5s');
    expect(durationText('1970-01-01T00:00:00Z', '1970-01-01T00:00:02Z', 5000)).toBe('2s');
  });
});

describe('appendLog', () => {
  it('keeps the newest lines and says how many went', () => {
    const many = Array.from({ length: MAX_LOG_LINES }, (_value, index) => `line ${index}`);
    const full = appendLog(appendLog(EMPTY_LOG, many), ['one', 'x'.repeat(MAX_LOG_LINE_LENGTH + 1)]);
    expect(full.lines).toHaveLength(MAX_LOG_LINES);
    expect(full.droppedCount).toBe(2);
    expect(full.lines[0]).toBe('line 2');
    expect(full.lines.at(-1)).toHaveLength(MAX_LOG_LINE_LENGTH);
  });
});

describe('rowWindow', () => {
  it('draws short lists whole and of long ones what is near the visible part', () => {
    const list = { rowHeight: 10, scrolled: 10_000, visibleHeight: 100 };
    expect(rowWindow({ ...list, count: MAX_PLAIN_ROWS })).toEqual({ first: 0, end: MAX_PLAIN_ROWS });
    expect(rowWindow({ ...list, count: 5000 })).toEqual({ first: 1000 - OVERSCAN_ROWS, end: 1010 + OVERSCAN_ROWS });
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(1_000_000), (count, scrolled) => {
        const { first, end } = rowWindow({ ...list, count, scrolled });
        return first >= 0 && first <= end && end <= count;
      }),
    );
  });
});

describe('parseRoute', () => {
  it.each([
    ['/', { page: 'applications' }],
    ['/applications/', { page: 'applications' }],
    ['/applications/web', { page: 'application', namespace: 'argocd', name: 'web' }],
    ['/applications/a/b%2Fc', { page: 'application', namespace: 'a', name: 'b/c' }],
    ['/workflows', { page: 'workflows', namespace: '' }],
    ['/workflows/ci', { page: 'workflows', namespace: 'ci' }],
    ['/workflows/ci/x', { page: 'workflow', namespace: 'ci', name: 'x' }],
    ['/workflows/ci/x/y', { page: 'nothing' }],
    ['/login', { page: 'login' }],
    ['/%zz', { page: 'nothing' }],
  ])('%s', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });

  it.each([null, '//evil', '/\\evil', 'https://evil', 'javascript:alert(1)', '/a\nb', '', '/login?x', '/api/x', '/'])(
    'does not lead %s',
    (wanted) => {
      expect(safeReturnPath(wanted)).toBe('/applications');
    },
  );

  it('leads back to a page', () => {
    expect(safeReturnPath('/workflows/ci/x')).toBe('/workflows/ci/x');
  });
});
