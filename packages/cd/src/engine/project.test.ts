import { describe, expect, it } from 'vitest';
import { matchesGlob } from './glob.ts';
import { isDestinationPermitted, isKindPermitted, isSourcePermitted, normalizeRepoUrl } from './project.ts';

type SourceCase = [repos: string[], url: string, expected: boolean, reason: string];

describe('project permissions', () => {
  it.each<SourceCase>([
    [['*'], 'https://e.com/a', true, 'a bare star is everything'],
    [['https://e.com/*'], 'https://e.com/a.git', true, 'the suffix .git does not matter'],
    [['https://e.com/*'], 'https://e.com/a/b', false, 'a star does not cross a slash'],
    [['https://e.com/**'], 'https://e.com/a/b', true, 'two stars do'],
    [['git@e.com:a/b'], 'ssh://git@e.com/a/b.git', true, 'both spellings of ssh are one'],
    [['*', '!https://e.com/*'], 'https://e.com/a', false, 'a deny that hits refuses'],
    [['!https://e.com/*'], 'https://f.com/a', true, 'denies alone permit the rest'],
    [[], 'https://e.com/a', false, 'no entry permits nothing'],
  ])('sourceRepos %j for %s: %s (%s)', (...[sourceRepos, url, expected]) => {
    expect(isSourcePermitted({ sourceRepos }, url)).toBe(expected);
  });

  const team = [
    { server: '*', namespace: 'team-*' },
    { server: '*', namespace: '!team-secret' },
  ];
  it.each([
    ['team-a', true],
    ['team-secret', false],
    ['other', true],
  ] as const)('destinations: namespace %s is %s', (namespace, expected) => {
    expect(isDestinationPermitted({ destinations: team }, { name: 'in-cluster', namespace })).toBe(expected);
  });

  it.each([
    ['namespaced kinds without a list are all permitted', {}, true, true],
    ['an empty list permits none', { namespaceResourceWhitelist: [] }, true, false],
    ['the blacklist subtracts', { namespaceResourceBlacklist: [{ group: '', kind: 'Conf*' }] }, true, false],
    ['cluster-scoped kinds need a list', {}, false, false],
    [
      'a list with a name permits that name',
      { clusterResourceWhitelist: [{ group: '*', kind: '*', name: 'a*' }] },
      false,
      true,
    ],
  ] as const)('%s', (...[, spec, namespaced, expected]) => {
    expect(isKindPermitted(spec, { group: '', kind: 'ConfigMap', name: 'a' }, namespaced)).toBe(expected);
  });

  it('spells repositories one way', () => {
    const spellings = ['git@E.com:a/B.git', 'ssh://git@e.com/a/b', 'ssh://git@e.com/a/b.git/'];
    expect(new Set(spellings.map(normalizeRepoUrl)).size).toBe(1);
  });
});

describe('matchesGlob', () => {
  it.each([
    ['a*c', 'abbc', true],
    ['a?c', 'abc', true],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['{a,b}*', 'bcd', true],
    ['\\*', '*', true],
    ['a', 'ab', false],
  ])('%s on %s is %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it('is not stalled by a hostile pattern', () => {
    expect(matchesGlob(`${'*a'.repeat(500)}b`, 'a'.repeat(2000))).toBe(false);
  });
});
