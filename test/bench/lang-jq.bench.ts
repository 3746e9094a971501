// Speed of the jq engine: npx tsx test/bench/lang-jq.bench.ts
import type { JsonValue } from '@argosy/std';
import { compileJq } from '../../packages/lang/src/jq/index.ts';

const container = {
  name: 'app',
  image: 'nginx:1.25',
  env: [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ],
  ports: [{ containerPort: 80 }],
};
const deployment: JsonValue = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: { a: 'b', c: 'd' } },
  spec: { replicas: 3, template: { spec: { containers: [container, { ...container, name: 'sidecar' }] } } },
};
const list: JsonValue = Array.from({ length: 1000 }, (_, id) => ({ id, name: `n${id}`, size: id % 17 }));

const CASES: readonly (readonly [string, JsonValue])[] = [
  ['.spec.replicas', deployment],
  ['del(.spec.replicas)', deployment],
  [
    '.spec.template.spec.containers[] | select(.name == "sidecar") | .env[] | select(.name == "B") | .value',
    deployment,
  ],
  ['del(.spec.template.spec.containers[] | select(.name == "sidecar").env)', deployment],
  ['[.. | strings] | length', deployment],
  ['map(select(.size > 8) | .name) | length', list],
  ['group_by(.size) | map({size: .[0].size, count: length})', list],
  ['reduce .[] as $item (0; . + $item.size)', list],
];

function perSecond(work: () => void): number {
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < 300; count += 1) work();
  return Math.round((count * 1000) / (performance.now() - start));
}

for (const [source, input] of CASES) {
  const program = compileJq(source);
  if (!program.ok) throw new Error(program.error.message);
  const compiles = perSecond(() => void compileJq(source));
  const runs = perSecond(() => void program.value.run(input));
  process.stdout.write(`${String(compiles).padStart(8)} compiles/s ${String(runs).padStart(8)} runs/s  ${source}\n`);
}
