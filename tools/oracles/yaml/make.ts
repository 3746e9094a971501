/**
 * Makes the golden table of packages/lang/src/yaml with the real helm (sigs.k8s.io/yaml): what `fromYaml` reads, as
 * JSON, and what `toYaml` writes. Run: npx tsx tools/oracles/yaml/make.ts > packages/lang/src/yaml/testdata/golden.json
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@argosy/std';
import { runTool, toolBinary } from '../../../test/wire/kubectl-binary.ts';
import { USER_DOCUMENTS } from './user-documents.ts';

const random = createRandom(42);
const below = (count: number): number => Math.floor(random.next() * count);
const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
const text = (alphabet: readonly string[], most: number): string =>
  Array.from({ length: below(most + 1) }, () => pick(alphabet)).join('');

const WORDS = (
  'y Y yes Yes YES yEs n N no on On off OFF true True TRUE tRue false null Null NULL ~ nil 0 00 01 07 08 010 0o10 0O10 0x1F 0X1f 0b11 0B11 -0b11 ' +
  '+1 -1 -0 +0 1_000 _1 1__0 0x_1 1. .5 -.5 +.5 . .. ... 1.5 1e3 1E3 1e+3 1e-3 1.e3 .e3 1e 1e400 -1e400 .inf .Inf .INF -.inf +.inf .nan .NaN .NAN inf nan ' +
  '12e03 0.1e1 1,000 1:30 1:30:00 190:20:30.15 2001-01-01 2001-1-1 2001-01-01T00:00:00Z 2001-12-14t21:59:43.10-05:00 2001-12-14T21:59:43 2001-13-45 ' +
  '9007199254740991 -9007199254740991 0777 0888 1e21 1e20 123456789012 0.0001 0.00001 1e-7 3.0 1e0 100000000000000000000000 << = !!str 1a a1 a-b a.b a/b a_b 1-2 1.2.3 v1 0x 0b 0o 0xg ++1 --1 1+1 é ü 日本 🙂 ' +
  '-a ?a :a a: a:b #a a#b &a *b !a |a >a %a @a `a {a [a ]a }a ,a a, "a \'a a" a\' --- -- - ? :'
).split(' ');
const NASTY = [
  'a',
  'b',
  ' ',
  '  ',
  '\n',
  '\t',
  ':',
  '#',
  '-',
  "'",
  '"',
  '\\',
  '~',
  '0',
  '.',
  'é',
  '\u2028',
  '|',
  '>',
  '[',
  ']',
  '{',
  '}',
  ',',
  '&',
  '*',
  '!',
  '%',
  '@',
  '?',
  '=',
  '\r',
  '\u0085',
  '\ufeff',
  '🙂',
  '\u0007',
  '1',
  'y',
];
const PLAIN = ['a', 'b', ' ', ':', '#', '-', ',', '.', '1', '0', 'e', '_', '/', 'x', 'Z', ': ', ' #', '\n  ', '\n'];

const DOCUMENTS = [
  'a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2',
  'a: &x {b: 1, z: 3}\nd:\n  b: 5\n  <<: *x',
  'a: &x {b: 1}\ny: &z {b: 2, c: 3}\nd:\n  <<: [*x, *z]',
  'a: 1\na: 2',
  '1: x\ntrue: y\nnull: z\n1.5: w\n~: u\n0x10: h\nyes: q',
  'a: |\n  x\n  y\nb: >\n  x\n  y\n\n  z\nc: |-\n  x\nd: |+\n  x\n\ne: >-\n  a\n  b\n   c\n  d',
  'a: |2\n   x\n  y',
  'a: "x\\ty\\u00e9\\x41\\n\\\n  z"',
  "a: 'it''s\n  folded\n\n  text'",
  'a: plain\n  folded\n\n  text',
  'a:\n- 1\n- 2\nb:\n  - 3\n-  x',
  'a:\n- - 1\n  - 2\n- {b: 1}\n- [c, d]',
  '# comment\na: 1 # comment\n#b: 2\nc: "#x"',
  'a: !!str 1\nb: !!int "2"\nc: !!float 3\nd: !!bool "yes"\ne: !!null ""\nf: !!binary aGVsbG8=',
  'a: !custom x',
  'a: 2001-01-01\nb: !!timestamp 2001-01-01',
  '? a\n: b\n? [x, y]\n: c',
  '{a: 1, b: , c}',
  '{"a":1,"b":[true,null]}',
  'a: [1, 2,]\nb: {x: 1,}',
  '%YAML 1.1\n---\na: 1',
  '---\na: 1\n---\nb: 2',
  'a: 1\n...\nb: 2',
  'a:\tb',
  '\ta: b',
  'a: b: c',
  'a: "unclosed',
  'a: [1, 2',
  'a: *nope',
  'a: 1\n b: 2',
  'a:\n  b: 1\n c: 2',
  'a: @x',
  'a: `x',
  '',
  '[]',
  'x',
  '- a\n- b',
  'null',
  'a: \u0085b',
  'a: "\\q"',
  'a: ""\nb: \'\'\nc:\nd: ~',
  'a: !!set {x, y}',
  'a: &a [*a]',
  'key with spaces: v\n"quoted": w\n\'single\': x',
  'a: -\nb: - 1',
  'a: 12_34\nb: 1_2.3_4\nc: 0b1_0\nd: 0o17\ne: 0o8',
];

function readRows(): readonly string[] {
  const rows = [...DOCUMENTS, ...USER_DOCUMENTS];
  for (const word of WORDS)
    rows.push(`v: ${word}`, `${word}: 1`, `v: [${word}]`, `v: {a: ${word}}`, `- ${word}`.replace('-', 'v:\n-'));
  for (let count = 0; count < 1400; count += 1) rows.push(`v: ${text(PLAIN, 9)}`);
  for (let count = 0; count < 300; count += 1) rows.push(`v: ${JSON.stringify(text(NASTY, 8))}`);
  for (let count = 0; count < 300; count += 1) rows.push(`v: '${text(NASTY, 7).replaceAll("'", "''")}'`);
  for (let count = 0; count < 300; count += 1) {
    rows.push(
      `v: ${pick(['|', '>', '|-', '>-', '|+', '>+', '|1', '>2'])}\n${text(['  a', '  b\n', '   c\n', '\n', '  \n', '  # x\n', 'd'], 7)}`,
    );
  }
  return rows;
}

function value(depth: number): unknown {
  const kind = below(depth > 2 ? 6 : 9);
  if (kind === 0) return pick(WORDS);
  if (kind < 3) return text(NASTY, 7);
  if (kind === 3) return pick([0, 1, -1, 1.5, 1e21, 1e-7, 123456789, 1e6, 1234567.5, 0.1, 100000, 1e20, -0.0001]);
  if (kind === 4) return pick([true, false, null, '', [], {}]);
  if (kind === 5)
    return pick([
      'x\ny',
      'x\ny\n',
      '\nx',
      ' x\ny',
      'x\n\n',
      'x \ny',
      'long '.repeat(30),
      'a\tb\nc',
      '# a\nb',
      'a: b\nc: d\n',
    ]);
  if (kind === 6) return Array.from({ length: below(4) }, () => value(depth + 1));
  return Object.fromEntries(
    Array.from({ length: below(4) }, () => [pick([text(NASTY, 4), pick(WORDS), 'a', 'b']), value(depth + 1)]),
  );
}

const TEMPLATE = `{{- range $i, $t := .Files.Get "read.json" | fromJsonArray }}
r{{ $i }}: {{ toJson (toJson (fromYaml $t)) }}
{{- end }}
{{- range $i, $t := .Files.Get "write.json" | fromJsonArray }}
w{{ $i }}: {{ toJson (toYaml $t) }}
{{- end }}
`;

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'argosy-yaml-'));
  try {
    const read = readRows();
    const write = [...WORDS, ...Array.from({ length: 1800 }, () => value(0))];
    await mkdir(join(directory, 'templates'));
    await writeFile(join(directory, 'Chart.yaml'), 'apiVersion: v2\nname: golden\nversion: 0.1.0\n');
    await writeFile(join(directory, 'read.json'), JSON.stringify(read));
    await writeFile(join(directory, 'write.json'), JSON.stringify(write));
    await writeFile(join(directory, 'templates/out.yaml'), TEMPLATE);
    const helm = await toolBinary('helm');
    const done = await runTool(helm, ['template', 'x', directory], { kubeconfig: '', home: directory });
    if (done.code !== 0) throw new Error(done.stderr);
    const answers = new Map<string, string>();
    for (const line of done.stdout.split('\n')) {
      const match = /^([rw]\d+): (".*")$/.exec(line);
      if (match !== null) answers.set(match[1] ?? '', JSON.parse(match[2] ?? '""') as string);
    }
    const lines = [
      ...read.map((source, index) => {
        const json = answers.get(`r${index}`) ?? '';
        return { source, ...(json.startsWith('{"Error":') ? { error: true } : { json }) };
      }),
      ...write.map((item, index) => ({ value: item, yaml: answers.get(`w${index}`) ?? '' })),
    ];
    process.stdout.write(`[\n${lines.map((line) => JSON.stringify(line)).join(',\n')}\n]\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

await main();
