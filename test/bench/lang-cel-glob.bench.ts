import { compileCel } from '@argosy/lang/cel';
import { compileGlob } from '@argosy/lang/glob';
import { compileRegex } from '@argosy/lang/regex';
import { formatYaml, parseYaml } from '@argosy/lang/yaml';

/** Microseconds for one call, over at least a second. Run: npx tsx test/bench/lang-cel-glob.bench.ts */
function measure(name: string, work: () => unknown): void {
  for (let warm = 0; warm < 1000; warm += 1) work();
  const started = performance.now();
  let calls = 0;
  while (performance.now() - started < 1000) {
    for (let burst = 0; burst < 100; burst += 1) work();
    calls += 100;
  }
  process.stdout.write(`${name}: ${(((performance.now() - started) * 1000) / calls).toFixed(2)} µs\n`);
}

const templates = Array.from({ length: 20 }, (_, index) => ({ name: `t-${index}`, timeout: '1m' }));
const rule = compileCel("self.all(t, t.name.matches('^[a-z]') && t.timeout != '')", { variables: ['self'] });
const small = compileCel('self.a <= 3 && has(self.b)', { variables: ['self'] });
const glob = compileGlob('{dev,prod}-*/*.y?ml', '/');
const prefix = compileGlob('https://github.com/argoproj/*');
const regex = compileRegex('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$');
const manifest = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', labels: { app: 'x' } },
  data: { a: 'b', c: 'x\ny\n' },
};
const text = formatYaml(manifest);

measure('cel compile', () => compileCel('self.a <= 3 && has(self.b)', { variables: ['self'] }));
measure('cel comparison', () => small.ok && small.value.evaluate({ self: { a: 2, b: 1 } }));
measure('cel 20 × all + matches', () => rule.ok && rule.value.evaluate({ self: templates }));
measure('glob with alternatives', () => glob.ok && glob.value.match('prod-eu/values.yaml'));
measure('glob prefix', () => prefix.ok && prefix.value.match('https://github.com/argoproj/argo-cd'));
measure('regex test', () => regex.ok && regex.value.test('my-service-7'));
measure('yaml read', () => parseYaml(text));
measure('yaml write', () => formatYaml(manifest));
