// Measures open watches of the embedded cluster over HTTPS: `npx tsx test/bench/watches.bench.ts [watches]`. Prints a table.
import { createObject } from '@argosy/kube/port';
import { openManyWatches } from '../wire/many-watches.ts';
import { admin, openWire } from '../wire/open-wire.ts';

const count = Number(process.argv[2] ?? 10_000);
const configMaps = { group: '', version: 'v1', resource: 'configmaps' };

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(40)}${value.padStart(16)}\n`);
}

const megabytes = (): number => Math.round(process.memoryUsage().rss / 2 ** 20);

const wire = await openWire();
const api = wire.inProcess(admin);
const before = megabytes();
const started = performance.now();
const watches = await openManyWatches(wire, count);
print(`opening ${count} watches, ms`, String(Math.round(performance.now() - started)));
// Clients and server share this process: the figure is for both ends.
print('memory of both ends, MiB', String(megabytes() - before));
const spans: number[] = [];
for (let turn = 0; turn < 5; turn += 1) {
  const told = watches.told(`told-${turn}`);
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `told-${turn}` } };
  const at = performance.now();
  await createObject(api, { resource: configMaps, namespace: 'default', object });
  await told;
  spans.push(Math.round(performance.now() - at));
}
print('one change until all have it, ms', spans.join(' '));
watches.close();
await wire.close();
