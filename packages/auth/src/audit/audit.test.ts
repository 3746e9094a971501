import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVirtualClock } from '@argosy/sim';
import { AuditError, MAX_FIELD_LENGTH, openAudit, verifyAudit, type AuditEntry } from './index.ts';

let directory = '';
let file = '';
const clock = createVirtualClock(0);
const entry: AuditEntry = { actor: 'admin', action: 'a/sync', object: 'p/x', outcome: 'allowed', address: '::1' };
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trim().split('\n');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'argosy-audit-'));
  file = join(directory, 'audit.log');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('openAudit', () => {
  it('writes private, chained lines and goes on after a restart', () => {
    for (let round = 0; round < 2; round += 1) {
      const audit = openAudit({ file, clock });
      audit.record(entry);
      audit.record({ ...entry, outcome: 'denied', reason: 'because' });
      audit.close();
    }
    const lines = linesOf(file);
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([1, 2, 3, 4]);
    expect(verifyAudit(lines)).toBe(-1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ time: '1970-01-01T00:00:00.000000Z', ...entry });
  });

  it('shows a changed, a removed and a moved line', () => {
    const audit = openAudit({ file, clock });
    for (let index = 0; index < 5; index += 1) audit.record({ ...entry, object: String(index) });
    audit.close();
    const lines = linesOf(file);
    const [a = '', b = '', c = '', d = '', e = ''] = lines;
    expect(verifyAudit([a, b.replace('"1"', '"9"'), c, d, e])).toBe(2);
    expect(verifyAudit([a, c, d, e])).toBe(1);
    expect(verifyAudit([a, c, b, d, e])).toBe(1);
    expect(verifyAudit(['no json'])).toBe(0);
  });

  it('rotates at its size and keeps a bounded number of files', () => {
    const audit = openAudit({ file, clock, maxFileBytes: 600, maxFiles: 3 });
    for (let index = 0; index < 20; index += 1) audit.record(entry);
    audit.close();
    expect(readdirSync(directory).sort()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2']);
    expect(statSync(file).size).toBeLessThanOrEqual(600);
    expect(verifyAudit(['.2', '.1', ''].flatMap((ending) => linesOf(file + ending)))).toBe(-1);
  });

  it('lets nobody forge lines or fill the log with one field', () => {
    const audit = openAudit({ file, clock });
    audit.record({ ...entry, actor: `a\n{"seq":9}\u001b[31m`, object: 'x'.repeat(1000) });
    audit.close();
    const [line = '', ...more] = linesOf(file);
    expect(more).toEqual([]);
    const written = JSON.parse(line) as AuditEntry;
    expect(written.actor).toBe('a\ufffd{"seq":9}\ufffd[31m');
    expect(written.object).toHaveLength(MAX_FIELD_LENGTH);
  });

  it('says so when it cannot write', () => {
    expect(() => openAudit({ file: join(directory, 'none', 'x'), clock })).toThrow(AuditError);
    const audit = openAudit({ file, clock });
    audit.close();
    expect(() => audit.record(entry)).toThrow(AuditError);
  });
});
