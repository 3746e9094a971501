/** Numbers of the Lua engine beside fengari's. Run: npx tsx test/bench/lang-lua.bench.ts */
import { createRequire } from 'node:module';
import { instant } from '@argosy/std';
import { compileLua, fromJson, runHealthScript } from '@argosy/lang/lua';

/** Writes one line of the report. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const CERTIFICATE = `
local hs = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for i, condition in ipairs(obj.status.conditions) do
    if condition.type == "Issuing" and condition.status == "True" then
      hs.status = "Progressing"
      hs.message = condition.message
      return hs
    end
  end
  for i, condition in ipairs(obj.status.conditions) do
    if condition.type == "Ready" and condition.status == "False" then
      hs.status = "Degraded"
      hs.message = condition.message
      return hs
    end
    if condition.type == "Ready" and condition.status == "True" then
      hs.status = "Healthy"
      hs.message = condition.message
      return hs
    end
  end
end
hs.status = "Progressing"
hs.message = "Waiting for certificate"
return hs
`;

const object = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, generation: 3 },
  spec: { secretName: 'web-tls', dnsNames: ['shop.example.org', 'www.shop.example.org'], issuerRef: { name: 'le' } },
  status: {
    conditions: [
      { type: 'Stale', status: 'False', message: '' },
      { type: 'Ready', status: 'True', message: 'Certificate is up to date and has not expired' },
    ],
  },
};
const env = { now: instant(0), seed: 1 };

/** Microseconds of one call, the best of five rounds. */
function measure(count: number, work: () => void): number {
  let best = Infinity;
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    for (let at = 0; at < count; at += 1) work();
    best = Math.min(best, ((performance.now() - start) * 1000) / count);
  }
  return best;
}

function report(name: string, count: number, work: () => void): void {
  print(`${name.padEnd(44)} ${measure(count, work).toFixed(1).padStart(10)} µs`);
}

/** fengari with a fresh state a run, the object handed over as a table constructor. */
function fengariRun(): (() => void) | undefined {
  const { lua, lauxlib, lualib, to_luastring: text } = createRequire(import.meta.url)('fengari');
  const script = text(`local obj = ${luaLiteral(object)}\n${CERTIFICATE}`);
  return () => {
    const state = lauxlib.luaL_newstate();
    lualib.luaL_openlibs(state);
    if (lauxlib.luaL_dostring(state, script) !== 0) throw new Error('fengari failed');
    lua.lua_close(state);
  };
}

function luaLiteral(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(luaLiteral).join(',')}}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) => `[${JSON.stringify(key)}]=${luaLiteral(item)}`);
  return `{${members.join(',')}}`;
}

const compiled = compileLua(CERTIFICATE);
if (!compiled.ok) throw new Error(compiled.error.message);
report('compile a health script', 2000, () => compileLua(CERTIFICATE));
report('run it on an object, from cache', 20_000, () => runHealthScript(compiled.value, object, { env }));
const fengari = fengariRun();
if (fengari !== undefined) report('fengari: the same, fresh state', 200, fengari);

const loops = [
  ['3 M rounds of a numeric loop', 'local s = 0 for i = 1, 3000000 do s = s + i % 7 end return s'],
  [
    'fib(24): 75,000 calls',
    'local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end return fib(24)',
  ],
  [
    '100,000 table writes and reads',
    'local t = {} for i = 1, 100000 do t[i] = i end local s = 0 for i, v in ipairs(t) do s = s + v end return s',
  ],
  [
    '20,000 pattern matches',
    'local n = 0 for i = 1, 20000 do if string.match("name-" .. i, "^(%a+)%-(%d+)$") then n = n + 1 end end return n',
  ],
] as const;
for (const [name, source] of loops) {
  const chunk = compileLua(source);
  if (!chunk.ok) throw new Error(chunk.error.message);
  report(name, 1, () => {
    const result = chunk.value.run({
      env,
      globals: { obj: fromJson(object) },
      limits: { steps: 1e9, memoryBytes: 1e9 },
    });
    if (!result.ok) throw new Error(result.error.message);
  });
}
const endless = compileLua('while true do end');
if (endless.ok) report('an endless loop until its limit', 1, () => endless.value.run({ env }));
