import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compileGlob,
  createPolicy,
  MAX_ALTERNATIVES,
  MAX_PATTERN_LENGTH,
  MAX_POLICY_LENGTH,
  MAX_POLICY_LINES,
  MAX_ROLE_DEPTH,
  parsePolicy,
  PatternError,
  PolicyError,
  projectRoles,
  type Policy,
  type PolicyOptions,
} from './index.ts';

const local = (subject: string): { subject: string; groups: string[]; issuer: string } => ({
  subject,
  groups: [],
  issuer: 'argosy',
});
const sso = (subject: string, groups: string[]): { subject: string; groups: string[]; issuer: string } => ({
  subject,
  groups,
  issuer: 'https://idp.example',
});

function policyOf(csv: string, options: PolicyOptions = {}): Policy {
  const parsed = parsePolicy(csv);
  if (!parsed.ok) throw new Error(`line ${parsed.error.line}: ${parsed.error.message}`);
  return createPolicy({ ...options, document: parsed.value });
}

describe('createPolicy', () => {
  const csv = `
    # developers
    p, role:dev, applications, sync, shop/*, allow
    p, role:dev, applications, delete, shop/prod-*, deny
    p, role:dev, applications, delete, shop/*, allow
    p, role:dev, applications, action/apps/Deployment/restart, "shop/*", allow
    g, alice, role:dev
    g, team-a, role:dev
    g, role:dev, role:readonly
    p, bob, logs, get, */*, allow`;
  const policy = policyOf(csv);

  it.each([
    { reason: 'admin may everything', who: local('admin'), ask: ['clusters', 'delete', 'https://x'], is: true },
    { reason: 'nobody else by default', who: local('carol'), ask: ['applications', 'get', 'shop/a'], is: false },
    { reason: 'a role by name', who: local('alice'), ask: ['applications', 'sync', 'shop/a'], is: true },
    { reason: 'only its objects', who: local('alice'), ask: ['applications', 'sync', 'bank/a'], is: false },
    { reason: 'deny wins over allow', who: local('alice'), ask: ['applications', 'delete', 'shop/prod-1'], is: false },
    { reason: 'no deny, so allow', who: local('alice'), ask: ['applications', 'delete', 'shop/dev'], is: true },
    { reason: 'roles inherit', who: local('alice'), ask: ['projects', 'get', 'shop'], is: true },
    { reason: 'readonly does not execute', who: local('alice'), ask: ['exec', 'create', 'shop/a'], is: false },
    { reason: 'a star crosses slashes', who: local('bob'), ask: ['logs', 'get', 'a/b/c'], is: true },
    {
      reason: 'an action with slashes',
      who: local('alice'),
      ask: ['applications', 'action/apps/Deployment/restart', 'shop/a'],
      is: true,
    },
    { reason: 'a group of an SSO user', who: sso('x', ['team-a']), ask: ['applications', 'sync', 'shop/a'], is: true },
    { reason: 'a group without a g line', who: sso('x', ['bob']), ask: ['logs', 'get', 'a/b'], is: false },
    { reason: 'a group named like a role', who: sso('x', ['role:admin']), ask: ['clusters', 'get', 'x'], is: false },
    { reason: 'a group named admin', who: sso('x', ['admin']), ask: ['clusters', 'get', 'x'], is: false },
    { reason: 'an SSO subject named admin', who: sso('admin', []), ask: ['clusters', 'get', 'x'], is: false },
    { reason: 'an SSO subject named role', who: sso('role:admin', []), ask: ['clusters', 'get', 'x'], is: false },
    { reason: 'nobody', who: local(''), ask: ['applications', 'get', 'a/b'], is: false },
    { reason: 'proto is a plain name', who: local('__proto__'), ask: ['applications', 'get', 'a/b'], is: false },
    { reason: 'extensions are nobody’s', who: local('admin'), ask: ['extensions', 'invoke', 'x'], is: false },
  ])('$reason → $is', ({ who, ask, is }) => {
    const [resource = '', action = '', object = ''] = ask;
    expect(policy.enforce(who, resource, { action, object })).toBe(is);
  });

  it('gives everybody the default role, which a deny cannot take away', () => {
    const open = policyOf('p, eve, applications, get, *, deny', { defaultRole: 'role:readonly' });
    expect(open.enforce(local('eve'), 'applications', { action: 'get', object: 'a/b' })).toBe(true);
    expect(open.enforce(local('eve'), 'applications', { action: 'sync', object: 'a/b' })).toBe(false);
  });

  it('follows role chains to a depth and survives cycles', () => {
    const chain = Array.from({ length: MAX_ROLE_DEPTH + 1 }, (_value, index) => `g, r${index}, r${index + 1}`);
    const allow = (role: string): string => `p, ${role}, applications, get, *, allow`;
    const wish = { action: 'get', object: 'a/b' };
    const near = policyOf([...chain, allow(`r${MAX_ROLE_DEPTH}`)].join('\n'));
    const far = policyOf([...chain, allow(`r${MAX_ROLE_DEPTH + 1}`)].join('\n'));
    expect(near.enforce(local('r0'), 'applications', wish)).toBe(true);
    expect(far.enforce(local('r0'), 'applications', wish)).toBe(false);
    const ring = policyOf('g, a, b\ng, b, a');
    expect(ring.enforce(local('a'), 'applications', wish)).toBe(false);
  });

  it('keeps project roles inside their project', () => {
    const built = projectRoles('shop', [
      { name: 'ci', policies: ['p, proj:shop:ci, applications, sync, shop/*, allow'], groups: ['ci-bots'] },
    ]);
    if (!built.ok) throw new Error(built.error.message);
    const scoped = createPolicy({ projectRoles: (name) => (name === 'shop' ? built.value : undefined) });
    const bot = sso('x', ['ci-bots']);
    expect(scoped.enforce(bot, 'applications', { action: 'sync', object: 'shop/a' })).toBe(true);
    expect(scoped.enforce(bot, 'projects', { action: 'get', object: 'shop' })).toBe(true);
    expect(scoped.enforce(bot, 'applications', { action: 'sync', object: 'bank/a' })).toBe(false);
    expect(scoped.enforce(local('proj:shop:ci'), 'applications', { action: 'sync', object: 'shop/a' })).toBe(true);
  });

  it.each([
    { reason: 'another subject', line: 'p, admin, applications, get, shop/*, allow', says: 'the subject is' },
    { reason: 'another project', line: 'p, proj:shop:ci, applications, get, */*, allow', says: 'the object starts' },
    { reason: 'a global resource', line: 'p, proj:shop:ci, accounts, get, shop/x, allow', says: 'the resource is' },
    { reason: 'a grant', line: 'g, proj:shop:ci, role:admin', says: 'no g lines' },
  ])('refuses a project policy with $reason', ({ line, says }) => {
    const built = projectRoles('shop', [{ name: 'ci', policies: [line] }]);
    expect(built.ok ? '' : built.error.message).toContain(says);
  });

  it('names the line whose pattern is bad', () => {
    expect(() => policyOf('p, a, applications, get, shop/[, allow')).toThrow(PolicyError);
  });

  it('decides in microseconds with a thousand rules', () => {
    const lines = Array.from(
      { length: 1000 },
      (_value, index) => `p, u${index}, applications, get, p${index}/*, allow`,
    );
    const big = policyOf(lines.join('\n'));
    const started = performance.now();
    for (let index = 0; index < 10_000; index += 1) {
      big.enforce(local('u7'), 'applications', { action: 'get', object: 'p7/a' });
    }
    expect((performance.now() - started) / 10_000).toBeLessThan(0.05);
  });
});

describe('parsePolicy', () => {
  it.each([
    { text: 'p, a, b, c, d', line: 1, says: '6 fields' },
    { text: '\n# x\np, a, b, c, d, maybe', line: 3, says: 'allow or deny' },
    { text: 'g, a', line: 1, says: '3 fields' },
    { text: 'x, a', line: 1, says: 'p or g' },
    { text: 'p, "a, b, c, d, allow', line: 1, says: 'quotes' },
    { text: 'x'.repeat(MAX_POLICY_LENGTH + 1), line: 0, says: 'characters' },
    { text: '\n'.repeat(MAX_POLICY_LINES), line: 0, says: 'lines' },
  ])('refuses with $says', ({ text, line, says }) => {
    const parsed = parsePolicy(text);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.error.line).toBe(line);
    expect(parsed.error.message).toContain(says);
  });

  it('reads quoted fields with commas and quotes', () => {
    const parsed = parsePolicy('p, "a, ""b""", applications, get, */*, allow');
    expect(parsed.ok && parsed.value.rules[0]?.subject).toBe('a, "b"');
  });
});

/** The obvious matcher: tries every way a star can go. Twin of compileGlob for `*` and `?`. */
function twin(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const [head, rest] = [pattern.charAt(0), pattern.slice(1)];
  if (head === '*') return twin(rest, text) || (text !== '' && twin(pattern, text.slice(1)));
  return text !== '' && (head === '?' || head === text.charAt(0)) && twin(rest, text.slice(1));
}

describe('compileGlob', () => {
  it.each([
    ['a[b-d]e', 'ace', true],
    ['a[!b-d]e', 'ace', false],
    ['{a,b{c,d}}*', 'bdx', true],
    ['{a,b}', 'c', false],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['*/x', 'a/b/x', true],
    ['', '', true],
  ] as const)('%s on %s is %s', (pattern, text, is) => {
    expect(compileGlob(pattern)(text)).toBe(is);
  });

  it('agrees with its slow twin', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 10 });
    fc.assert(fc.property(letters, text, (pattern, value) => compileGlob(pattern)(value) === twin(pattern, value)));
  });

  it('stays quick on patterns that make naive matchers explode', () => {
    const started = performance.now();
    expect(compileGlob(`${'*a'.repeat(200)}b`)('a'.repeat(5000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it.each(['[', '{a', 'a}', 'x\\', '[]', 'x'.repeat(MAX_PATTERN_LENGTH + 1), '{a,b}'.repeat(7)])(
    'refuses %s',
    (bad) => {
      expect(() => compileGlob(bad)).toThrow(PatternError);
      expect(2 ** 7).toBeGreaterThan(MAX_ALTERNATIVES);
    },
  );
});
