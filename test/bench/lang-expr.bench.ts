// Evaluations of the expression languages from a warm cache. Run: npx tsx test/bench/lang-expr.bench.ts
import { performance } from 'node:perf_hooks';
import { ARGO_FUNCTIONS, compileExpr, createExprCache, environmentOf } from '@argosy/lang/expr';
import { compileTags, renderTags, scopeOf } from '@argosy/lang/tags';
import { compileWhen, evaluateArgoWhen, parametersOf } from '@argosy/lang/when';

const variables = {
  inputs: { parameters: { n: '5', name: 'demo', list: '[1,2,3]' } },
  steps: { gen: { outputs: { result: 'ok' } } },
  result: [0.2, 0.4, 0.1],
  items: Array.from({ length: 20 }, (_, index) => ({ name: `pod-${index}`, ready: index % 3 === 0 })),
};

function measure(name: string, work: () => unknown): void {
  for (let index = 0; index < 2000; index += 1) work();
  const rounds = 20_000;
  const start = performance.now();
  for (let index = 0; index < rounds; index += 1) work();
  const microseconds = ((performance.now() - start) * 1000) / rounds;
  process.stdout.write(`${name.padEnd(58)} ${microseconds.toFixed(2).padStart(8)} µs\n`);
}

const cache = createExprCache(ARGO_FUNCTIONS);
for (const source of [
  'asInt(inputs.parameters.n) > 1 && inputs.parameters.name == "demo"',
  'steps.gen?.outputs?.result ?? "none"',
  'all(result, # < 0.5)',
  'items | filter(.ready) | map(.name) | join(",")',
  'inputs.parameters.name matches "^d[a-z]+$"',
  'toJson({name: inputs.parameters.name, n: int(inputs.parameters.n)})',
]) {
  measure(`expr, from cache: ${source.slice(0, 38)}`, () => {
    const program = cache.get(source, variables);
    return program.ok && program.value.run(variables);
  });
}
const source = 'asInt(inputs.parameters.n) > 1 && inputs.parameters.name == "demo"';
measure('expr, compile', () =>
  compileExpr(source, { functions: ARGO_FUNCTIONS, environment: environmentOf(variables) }),
);

const text = 'echo {{inputs.parameters.name}} {{=asInt(inputs.parameters.n) + 1}} of {{workflow.name}}';
const compiled = compileTags(text);
const scope = scopeOf({ 'inputs.parameters.name': 'demo', 'inputs.parameters.n': '5', 'workflow.name': 'w' });
measure('tags, render a compiled text', () => renderTags(compiled, scope, { mode: 'lenient' }));
measure('tags, compile a text', () => compileTags(text));

const condition = 'n > 3 && s =~ "^a" || t in ("x", "y")';
const program = compileWhen(condition);
const parameters = parametersOf({ n: 5, s: 'abc', t: 'z' });
measure('when, run a compiled condition', () => program.ok && program.value.run(parameters));
measure('when, compile and run as Argo does', () => evaluateArgoWhen('"heads" == heads && 5 > 3'));
