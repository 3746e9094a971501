/** Numbers of the Jsonnet engine. Run: npx tsx test/bench/lang-jsonnet.bench.ts */
import { compileJsonnet } from '@argosy/lang/jsonnet';

/** Writes one line of the report. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const COMPREHENSION = `
local names = std.map(function(i) 'item-%03d' % i, std.range(1, 1000));
[{ name: n, upper: std.asciiUpper(n), size: std.length(n) } for n in names if std.endsWith(n, '7') || true]
`;

const LIBRARY = `
{
  core: { v1: {
    container: {
      new(name, image):: { name: name, image: image },
      withPorts(ports):: { ports+: if std.isArray(ports) then ports else [ports] },
      withEnv(env):: { env+: [{ name: k, value: std.toString(env[k]) } for k in std.objectFields(env)] },
      withResources(cpu, memory):: { resources+: { requests+: { cpu: cpu, memory: memory }, limits+: { memory: memory } } },
    },
  } },
  apps: { v1: { deployment: {
    new(name, replicas=1, containers=[], labels={}):: {
      local this = self,
      _labels:: { app: name } + labels,
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: name, labels: this._labels },
      spec: {
        replicas: replicas,
        selector: { matchLabels: this._labels },
        template: { metadata: { labels: this._labels }, spec: { containers: containers } },
      },
    },
    mixin:: { withReplicas(n):: { spec+: { replicas: n } } },
  } } },
}
`;

const KUBERNETES = `
local k = import 'k.libsonnet';
local container = k.core.v1.container;
local deployment = k.apps.v1.deployment;
local app(name, n) =
  deployment.new(name, n, [
    container.new(name, 'registry/%s:%s' % [name, std.extVar('tag')])
    + container.withPorts([{ containerPort: 8080 + i } for i in std.range(0, 2)])
    + container.withEnv({ A: 1, B: 'two', C: true })
    + container.withResources('100m', '128Mi'),
  ], { tier: 'backend' }) + deployment.mixin.withReplicas(n + 1);
{ ['%s.yaml' % name]: app(name, std.length(name)) for name in ['web', 'api', 'worker', 'cron', 'db', 'cache', 'auth', 'mail'] }
`;

/** Median time of a run in milliseconds. */
function measure(name: string, rounds: number, run: () => void): void {
  for (let warm = 0; warm < Math.min(20, rounds); warm += 1) run();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  print(`${name}: ${(times[Math.floor(rounds / 2)] ?? 0).toFixed(3)} ms (best ${(times[0] ?? 0).toFixed(3)})`);
}

const files = new Map([['k.libsonnet', LIBRARY]]);

function prepared(source: string): () => void {
  const program = compileJsonnet(source, { files });
  if (!program.ok) throw new Error(program.error.message);
  return () => {
    const result = program.value.run({ extVars: { tag: { value: 'v1' } } });
    if (!result.ok) throw new Error(result.error.message);
  };
}

function limited(source: string): void {
  const start = performance.now();
  const program = compileJsonnet(source);
  const result = program.ok ? program.value.run() : program;
  const ended = result.ok ? 'a value' : (result.error.limit ?? result.error.message);
  print(`  ${source}: ${ended} after ${(performance.now() - start).toFixed(0)} ms`);
}

measure('1,000-item comprehension with std.map and format, run', 100, prepared(COMPREHENSION));
measure('eight deployments from a library, run', 200, prepared(KUBERNETES));
measure('eight deployments from a library, compile and run', 200, () => prepared(KUBERNETES)());
measure('recursion: fib(18)', 20, prepared('local f(n) = if n < 2 then n else f(n - 1) + f(n - 2); f(18)'));
print('default limits:');
limited('local f(n) = f(n + 1) tailstrict; f(0)');
limited('local f(n) = 1 + f(n + 1); f(0)');
limited('std.range(1, 1e15)');
limited('[x + y for x in std.range(1, 9999) for y in std.range(1, 9999)]');
limited('local f(s, n) = if n == 0 then s else f(s + s, n - 1) tailstrict; f("x", 60)');
limited('std.makeArray(4999999, function(i) [i, i])');
