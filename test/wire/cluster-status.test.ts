import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clusterCommand } from '@argosy/argosy/cluster';
import { runCommand, type Terminal } from '@argosy/cli';
import { kubeconfigText } from '@argosy/kube/client';
import { openLiveWire } from './live-wire.ts';
import { admin } from './open-wire.ts';

it('argosy cluster status tells of a cluster that runs', async () => {
  const wire = await openLiveWire();
  const home = await mkdtemp(join(tmpdir(), 'argosy-status-'));
  const leaf = await wire.authority.clientLeaf(admin.name, admin.groups);
  const config = kubeconfigText({ server: wire.url, ca: wire.authority.certificate, ...leaf });
  await writeFile(join(home, 'kubeconfig'), config, { mode: 0o600 });
  let text = '';
  const terminal: Terminal = {
    out: (part) => void (text += part),
    err: (part) => void (text += part),
    readInput: () => Promise.resolve(''),
    readFile: () => Promise.resolve(''),
    env: {},
    interactive: false,
    signal: new AbortController().signal,
  };
  const code = await runCommand(clusterCommand, ['status', '-o', 'json', '--data-dir', home], terminal);
  expect([code, JSON.parse(text)]).toMatchObject([0, { nodes: [{ name: 'node-a', ready: true }], pods: {} }]);
  await wire.close();
  await rm(home, { recursive: true, force: true });
});
