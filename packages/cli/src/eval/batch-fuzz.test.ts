import * as languages from '@argosy/lang/evaluate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerLine } from './batch.ts';
import { createTimeLimit } from './time-limit.ts';

/** Sources that are right: what is fuzzed is cut from them and mixed. */
const VALID: { readonly [language: string]: readonly string[] } = {
  cel: [
    'self.items.all(i, i.size() > 1 && i.matches("^a")) ? [1, 2u, 3.5] : {"a": dyn(1)}',
    'duration("1h") + timestamp("2024-01-01T00:00:00Z")',
  ],
  cron: ['*/5 1-3,7 * JAN MON-FRI', 'CRON_TZ=UTC 0 0 1 1 ?', '@every 1h30m'],
  expr: [
    'let x = filter(items, .ok && # != nil); len(x) > 1 ? map(x, {"a": #.name}) : [1..3, "a" + string(2)]',
    'a?.b ?? {c: [1, -2.5e3][0]} | toJSON()',
  ],
  glob: ['{a,b}*[!c-d]?\\*/**', 'https://*.example.com/{x,y}/**'],
  gotemplate: [
    '{{- define "x" }}[{{ . | quote }}]{{ end -}}{{ range $i, $e := .items }}{{ if eq $i 1 }}{{ continue }}{{ else with $e }}{{ template "x" .name }}{{ end }}{{ end }}',
    '{{ $d := dict "a" (list 1 2.5 "x") }}{{ toJson $d }}{{ printf "%05.2f %q %v" 1.5 "a" nil }}',
  ],
  jq: [
    '[.items[]? | select(.name // "x" | test("a"; "i")) | {(.name): .v[1:-1]}] as [$a] | reduce $a[]? as $i (0; . + 1)',
    'def f($x): if $x > 1 then f($x - 1) else "\\($x)" end; try f(3) catch .',
  ],
  jsonnet: [
    'local f(x, y=2) = x + y; { a: f(1), b+: { c:: self.a }, ["k%d" % i]: $.a for i in [1, 2] if i > 1 }',
    '{ assert self.a > 0 : "no", a: 1 } + { a: super.a, t: |||\n  x\n||| }',
  ],
  jsonpath: ['{range .items[?(@.name=="a")]}{.name}{"\\n"}{end}{..v[-1:]}', "{.items[0:2:1]['name','v']}{.a\\.b}"],
  lua: [
    'local t = {a = 1, [2] = "x"} for k, v in pairs(obj or t) do if k ~= "x" then goto c end ::c:: end return {status = "Healthy", message = ("%d"):format(#t)}',
    'return pcall(function(...) return select("#", ...) end, 1)',
  ],
  semver: ['>=1.2.3-alpha.1 <2 || ~3.x, ^4 - 5', '1.2.* || !=2'],
  tags: ['a {{x}} b {{=items[0].name + "}}"}} {{ y }}', '{{=jsonpath(j, "$.a")}}{{inputs.parameters.x}}'],
  when: ['(n > 3 && s =~ "^a") || !yes ? [a b] in (1, \'x\') : n ** 2 % 3', "'2014-01-02' < '2014-01-03' ?? true"],
  yaml: [
    'a: &x {b: [1, yes, ~], <<: {c: 0x1F}}\nd: |-2\n    t\n? e\n: *x\n---\n- !!str 1',
    '"k\\u00e9": >+\n  folded\n\n# c\nl:\n- - 1\n',
  ],
};
const VARS = {
  items: [{ name: 'a', ok: true, v: [1, 2.5, null] }, { name: 'b' }],
  n: 5,
  s: 'abc',
  obj: { status: {} },
  versions: ['1.2.3', 'x'],
  inputs: ['a', 'b/c', ''],
  from: '2026-01-01T00:00:00Z',
  count: 2,
};

const tokensOf = (sources: readonly string[]): readonly string[] => [
  ...new Set(sources.flatMap((source) => source.match(/\w+|\s+|[^\w\s]/gu) ?? [])),
];

/** A right source with a piece dropped, doubled, moved or replaced. */
function mutated(source: string): fc.Arbitrary<string> {
  const at = fc.nat({ max: source.length });
  return fc
    .tuple(at, at, at, fc.string({ maxLength: 3, unit: 'binary' }), fc.nat({ max: 3 }))
    .map(([a, b, c, text, how]) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const piece = source.slice(from, to);
      const rest = source.slice(0, from) + source.slice(to);
      return (
        [
          rest,
          source.slice(0, to) + piece + source.slice(to),
          rest.slice(0, c) + piece + rest.slice(c),
          rest.slice(0, from) + text + rest.slice(from),
        ][how] ?? ''
      );
    });
}

function sourcesOf(language: string): fc.Arbitrary<string> {
  const valid = VALID[language] ?? [];
  return fc.oneof(
    fc.string({ maxLength: 40, unit: 'binary' }),
    fc.array(fc.constantFrom(...tokensOf(valid)), { maxLength: 25 }).map((tokens) => tokens.join('')),
    ...valid.map(mutated),
  );
}

interface Answer {
  readonly id?: unknown;
  readonly value?: unknown;
  readonly error?: { readonly message: string; readonly line: number; readonly column: number };
}

/** What no user must ever read. */
const INTERNAL =
  /internal error|is not a function|Cannot read prop|Maximum call stack|is not iterable|undefined \(reading/;

function expectTyped(answer: Answer, reason: string): void {
  if (answer.error === undefined) {
    expect(Object.keys(answer), reason).toEqual(['id', 'value']);
    return;
  }
  const { message, line, column } = answer.error;
  expect(message, reason).toMatch(/./);
  expect(message, reason).not.toMatch(INTERNAL);
  expect(Number.isInteger(line) && line >= 1, `${reason}: line ${line}`).toBe(true);
  expect(Number.isInteger(column) && column >= 1, `${reason}: column ${column}`).toBe(true);
}

describe('batch of damaged sources', () => {
  const limit = createTimeLimit();

  it('knows a source of every language', () => {
    expect(Object.keys(VALID)).toEqual(languages.LANGUAGES);
  });

  it.each(languages.LANGUAGES)('%s gives values or typed errors with a place', (lang) => {
    const vars = fc.oneof(
      { weight: 3, arbitrary: fc.constant<unknown>(VARS) },
      { weight: 1, arbitrary: fc.jsonValue() },
    );
    fc.assert(
      fc.property(sourcesOf(lang), vars, (source, given) => {
        const line = JSON.stringify({ id: 7, lang, source, vars: given });
        const answer = JSON.parse(answerLine(languages, line, { limit })) as Answer;
        expect(answer.id).toBe(7);
        expectTyped(answer, `${lang} ${JSON.stringify(source)}`);
      }),
      { numRuns: 400, seed: 20_260_101 },
    );
  });

  it('answers lines of any kind', () => {
    const lines = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.jsonValue().map((id) => JSON.stringify({ id, lang: 'jq', source: '.', vars: id })),
      fc
        .record({ id: fc.jsonValue(), lang: fc.jsonValue(), source: fc.jsonValue() })
        .map((line) => JSON.stringify(line)),
    );
    fc.assert(
      fc.property(lines, (line) => {
        expectTyped(JSON.parse(answerLine(languages, line, { limit })) as Answer, line);
      }),
      { numRuns: 400, seed: 7 },
    );
  });
});
