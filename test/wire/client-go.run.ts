// Drives a real client-go program against a living cluster: `npm run test:client-go`. It fetches the program (78 MB, Linux
// on amd64) on its first run, therefore it is no part of `npm test`. Ends with 1 when anything is not as expected.
import { equal, match, rejects } from 'node:assert/strict';
import { join } from 'node:path';
import { startGoClient } from './go-client.ts';
import { openLiveWire } from './live-wire.ts';
import { openToolSession } from './tool-session.ts';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: {
        labels: { app: 'web' },
        annotations: { 'simulation.argosy.io/run': '600s;stdout=hello;exec-stdout=inside' },
      },
      spec: { containers: [{ name: 'main', image: 'example/web:1', command: ['run'] }] },
    },
  },
};

const session = await openToolSession(await openLiveWire());
const go = await startGoClient(join(session.home, 'config'), session.home);
const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
let steps = 0;

async function step(tool: string, args: object, says: RegExp): Promise<string> {
  const text = await go.call(tool, args);
  match(text, says, tool);
  steps += 1;
  process.stdout.write(`ok  ${tool}\n`);
  return text;
}

try {
  // Lists as tables, discovery, a rest mapper, server-side apply of unstructured objects.
  await step('namespaces_list', {}, /kube-system +Active/);
  await step('resources_create_or_update', { resource: JSON.stringify(deployment) }, /created or updated/);
  await session.good('kubectl rollout status deploy/web');
  await step('pods_list', {}, /web-\w+-\w+ +1\/1 +Running/);
  await step('pods_list_in_namespace', { namespace: 'default', labelSelector: 'app=other' }, /^(?!.*web-)/s);
  const name = await session.good('kubectl get pods -l app=web -o jsonpath={.items[0].metadata.name}');
  const pod = { namespace: 'default', name };
  await step('pods_get', pod, /phase: Running/);
  // Typed reads: the log stream and exec by the streams of client-go.
  equal((await step('pods_log', pod, /hello/)).trim(), 'hello');
  await step('pods_exec', { ...pod, command: ['anything'] }, /inside/);
  await step('events_list', { namespace: 'default' }, /Reason: Scheduled/);
  await step('resources_list', { apiVersion: 'apps/v1', kind: 'Deployment' }, /web +2\/2 +2 +2/);
  await step('resources_get', web, /availableReplicas: 2/);
  await step('resources_scale', { ...web, scale: 3 }, /replicas: 3/);
  await step('pods_top', { namespace: 'default' }, /web-\w+-\w+ +main/);
  await step('nodes_top', {}, /node-a/);
  await step('pods_delete', pod, /deleted/);
  await step('resources_delete', web, /deleted/);
  await rejects(go.call('resources_get', { ...web, name: 'nope' }), /deployments\.apps "nope" not found/);
  process.stdout.write(`${steps + 1} steps of client-go, all as expected\n`);
} finally {
  await go.close();
  await session.close();
}
