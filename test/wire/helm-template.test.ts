import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instant } from '@argosy/std';
import { templateChart, type TemplateRequest } from '@argosy/cd/helm';
import { readLocalTree, systemRenderPorts } from '@argosy/cd/renderer';
import { runTool, toolBinary } from './kubectl-binary.ts';

let helm = '';
let home = '';

const tool = (...args: readonly string[]) => runTool(helm, args, { kubeconfig: '/dev/null', home });

beforeAll(async () => {
  helm = await toolBinary('helm');
  home = await mkdtemp(join(tmpdir(), 'helm-template-'));
  // The chart that helm lays out for its users: helpers, conditions, ranges, hooks, notes.
  await tool('create', join(home, 'web'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

type Asked = Pick<TemplateRequest, 'sets' | 'kubeVersion'>;

async function ours(asked: Asked): Promise<string> {
  const files = await readLocalTree(join(home, 'web'));
  const env = { now: instant(0), seed: 1 };
  const result = templateChart(
    { files, releaseName: 'r', namespace: 'default', ...asked },
    { ...systemRenderPorts, env },
  );
  if (!result.ok) return `error: ${result.error.message}`;
  return result.value.map(({ source, content }) => `---\n# Source: ${source}\n${content}\n`).join('');
}

async function theirs({ sets = [], kubeVersion }: Asked): Promise<string> {
  const flags = sets.flatMap(({ kind, text }) => [`--${kind}`, text]);
  const version = kubeVersion === undefined ? [] : ['--kube-version', kubeVersion];
  const { code, stdout, stderr } = await tool('template', 'r', join(home, 'web'), ...flags, ...version);
  return code === 0
    ? stdout
    : `error: ${stderr
        .replace(/^Error: /, '')
        .replace(/\n\nUse --debug[^]*/, '')
        .trim()}`;
}

describe('the chart that helm itself creates', { timeout: 30_000 }, () => {
  const set = (text: string): Asked => ({ sets: [{ kind: 'set', text }] });
  it.each<[string, Asked]>([
    ['as it is', {}],
    ['with ingress and autoscaling', set('ingress.enabled=true,autoscaling.enabled=true,ingress.className=nginx')],
    [
      'with everything filled in',
      set('podAnnotations.a=b,podLabels.c=d,resources.limits.cpu=1,nodeSelector.x=y,tolerations[0].key=k'),
    ],
    ['by another name', set('fullnameOverride=other,image.tag=9.9,replicaCount=7,serviceAccount.create=false')],
    ['on an older cluster', { ...set('ingress.enabled=true'), kubeVersion: '1.17.0' }],
    ['with what does not fit', set('ingress=text')],
  ])('is rendered as helm renders it: %s', async (_reason, asked) => {
    expect(await ours(asked)).toBe(await theirs(asked));
  });
});
