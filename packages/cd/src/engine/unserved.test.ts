import { describe, expect, it } from 'vitest';
import type { Application, AppProject } from '@argosy/api/cd';
import { defaultProject } from './project.ts';
import { findSpecProblems } from './spec-problems.ts';

const app = (more: Partial<Application['spec']> = {}): Application => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'argocd' },
  spec: {
    project: 'default',
    source: { repoURL: 'https://git.example.com/site.git', path: '.' },
    destination: { server: 'https://kubernetes.default.svc', namespace: 'web' },
    ...more,
  },
});

const project = (more: Partial<AppProject['spec']> = {}): AppProject => {
  const whole = defaultProject();
  return { ...whole, spec: { ...whole.spec, ...more } };
};

const texts = (of: Application, under: AppProject): readonly string[] =>
  findSpecProblems(of, under, { namespace: 'argocd', zones: () => undefined }).map(
    ({ type, message }) => `${type}: ${message}`,
  );

describe('what is not served', () => {
  it.each<{ reason: string; spec: Partial<AppProject['spec']>; says: string }>([
    { reason: 'signatures', spec: { signatureKeys: [{ keyID: 'AB' }] }, says: 'unsigned commits' },
    { reason: 'integrity', spec: { sourceIntegrity: {} }, says: 'unverified commits' },
    { reason: 'scoped clusters', spec: { permitOnlyProjectScopedClusters: true }, says: 'other clusters' },
  ])('keeps a project from permitting what it forbids: $reason', ({ spec, says }) => {
    expect(texts(app(), project(spec))).toEqual([
      expect.stringMatching(new RegExp(`^InvalidSpecError: spec.*${says}`)),
    ]);
  });

  it.each<{ reason: string; spec: Partial<Application['spec']>; says: string }>([
    {
      reason: 'the hydrator',
      spec: { sourceHydrator: { drySource: {}, syncSource: { targetBranch: 'x', path: 'y' } } },
      says: 'spec.sourceHydrator is not supported',
    },
    {
      reason: 'an expression that is no jq',
      spec: { ignoreDifferences: [{ kind: 'A' }, { kind: 'B', jqPathExpressions: ['.a', '.spec['] }] },
      says: 'spec.ignoreDifferences[1].jqPathExpressions[1]: ".spec[" is no jq path',
    },
  ])('is refused in an Application: $reason', ({ spec, says }) => {
    expect(texts(app(spec), project())).toEqual([expect.stringContaining(says)]);
  });

  it('names what it cannot read in a window', () => {
    expect(texts(app(), project({ syncWindows: [{ kind: 'deny' }] }))).toEqual([
      'InvalidSpecError: project \'default\': spec.syncWindows[0].schedule "": empty spec string',
    ]);
  });

  it('is not seen in empty and switched-off fields', () => {
    // Without the switch for impersonation the accounts of a project mean nothing, as upstream documents.
    const destinationServiceAccounts = [{ server: '*', defaultServiceAccount: 'a' }];
    const quiet = {
      destinationServiceAccounts,
      syncWindows: [],
      signatureKeys: [],
      permitOnlyProjectScopedClusters: false,
    };
    const spec = { ignoreDifferences: [{ kind: 'A', jsonPointers: ['/x'], jqPathExpressions: [] }] };
    expect(texts(app(spec), project(quiet))).toEqual([]);
  });
});
