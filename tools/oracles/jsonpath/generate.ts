/**
 * Makes the golden table of packages/lang/src/jsonpath with the real kubectl against the embedded cluster:
 *   npx tsx tools/oracles/jsonpath/generate.ts
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigText } from '@argosy/kube/client';
import { createObject } from '@argosy/kube/port';
import { runTool, toolBinary } from '../../../test/wire/kubectl-binary.ts';
import { admin, openWire } from '../../../test/wire/open-wire.ts';

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'probes.test.argosy.io' },
  spec: {
    group: 'test.argosy.io',
    scope: 'Namespaced',
    names: { kind: 'Probe', plural: 'probes', singular: 'probe', listKind: 'ProbeList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const spec = {
  text: 'hello',
  quote: 'say "hi" & <go>',
  number: 42,
  negative: -7,
  float: 1.5,
  million: 1_000_000,
  tiny: 0.00001,
  yes: true,
  no: false,
  nothing: null,
  empty: '',
  emptyList: [],
  emptyMap: {},
  numbers: [1, 2, 3, 4, 5, 6, 7, 8, 9],
  words: ['b', 'a', 'c'],
  mixed: [1, 'two', 3.5, true, null, { a: 1 }, [1, 2]],
  nested: [[1, 2], [3, 4], []],
  map: { a: 1, b: { c: 2, d: [1, { c: 3 }] }, 'x.y': 'dotted', 'with space': 's' },
  books: [
    { title: 'one', price: 8, author: 'ann', tags: ['x', 'y'], sold: true },
    { title: 'two', price: 12, author: 'bob', tags: ['x'], isbn: '22' },
    { title: 'three', price: 9, author: 'ann', isbn: '33', sold: false },
    { title: 'fo(u)r', price: 20.5, author: "o'hara" },
  ],
  conditions: [
    { type: 'Ready', status: 'True' },
    { type: 'Synced', status: 'False', message: 'not yet' },
  ],
};

const paths = [
  '.spec.text',
  '.spec.quote',
  '.spec.number',
  '.spec.negative',
  '.spec.float',
  '.spec.million',
  '.spec.tiny',
  '.spec.yes',
  '.spec.no',
  '.spec.nothing',
  '.spec.empty',
  '.spec.emptyList',
  '.spec.emptyMap',
  '.spec.numbers',
  '.spec.words',
  '.spec.mixed',
  '.spec.nested',
  '.spec.map',
  '.spec.missing',
  '.spec.missing.deeper',
  '.spec.text.deeper',
  '.spec',
  '.spec.map.a',
  '.spec.map.b.c',
  ".spec.map['a']",
  ".spec.map['x.y']",
  ".spec.map['x\\.y']",
  '.spec.map.x\\.y',
  ".spec['map']['b']['c']",
  ".spec.map['with space']",
  '.spec.map.*',
  '.spec.*.c',
  '.spec.numbers[0]',
  '.spec.numbers[8]',
  '.spec.numbers[9]',
  '.spec.numbers[-1]',
  '.spec.numbers[-9]',
  '.spec.numbers[-10]',
  '.spec.numbers[*]',
  '.spec.numbers[:]',
  '.spec.numbers[1:3]',
  '.spec.numbers[1:1]',
  '.spec.numbers[3:1]',
  '.spec.numbers[-3:]',
  '.spec.numbers[:-2]',
  '.spec.numbers[-3:-1]',
  '.spec.numbers[::2]',
  '.spec.numbers[1:8:3]',
  '.spec.numbers[::0]',
  '.spec.numbers[::-1]',
  '.spec.numbers[0:20]',
  '.spec.numbers[20:30]',
  '.spec.numbers[0,2,4]',
  '.spec.numbers[0,-1]',
  '.spec.numbers[0:2,5:7]',
  '.spec.numbers[]',
  '.spec.numbers[x]',
  '.spec.numbers[1',
  '.spec.numbers[ 1 ]',
  '.spec.numbers[0, 1]',
  '.spec.text[0]',
  '.spec.number[0]',
  '.spec.nothing[0]',
  '.spec.missing[0]',
  '.spec.emptyList[0]',
  '.spec.emptyList[*]',
  '.spec.emptyList[-1]',
  '.spec.mixed[*]',
  '.spec.mixed[5].a',
  '.spec.mixed[6][1]',
  '.spec.mixed[4]',
  '.spec.nested[*][0]',
  '.spec.nested[0][*]',
  '.spec.nested[*][*]',
  '..c',
  '..title',
  '.spec..c',
  '.spec.map..c',
  '..missing',
  '..',
  '.spec..',
  '....',
  '..*',
  '.spec.nested..',
  '.spec.books..tags',
  '..tags[0]',
  '.spec.books[*].title',
  '.spec.books[*].isbn',
  '.spec.books[*].tags',
  '.spec.books[*].tags[*]',
  '.spec.books[*].tags[0]',
  '.spec.books[0].title',
  '.spec.books[-1:].title',
  ".spec.books[*]['title','price']",
  ".spec.books[*]['title', 'isbn']",
  ".spec['text','number']",
  '.spec.books[0:2].title',
  '.spec.books[?(@.isbn)].title',
  '.spec.books[?(@.price < 10)].title',
  '.spec.books[?(@.price<=9)].title',
  '.spec.books[?(@.price>10)].title',
  '.spec.books[?(@.price >= 12)].title',
  '.spec.books[?(@.price==12)].title',
  '.spec.books[?(@.price!=12)].title',
  '.spec.books[?(@.author=="ann")].title',
  ".spec.books[?(@.author=='ann')].title",
  '.spec.books[?(@.author!="ann")].title',
  '.spec.books[?(@.title=="fo(u)r")].price',
  '.spec.books[?(@.author=="o\'hara")].price',
  '.spec.books[?(@.sold==true)].title',
  '.spec.books[?(@.sold==false)].title',
  '.spec.books[?(@.sold)].title',
  '.spec.books[?(@.price==20.5)].title',
  '.spec.books[?(@.price>8.5)].title',
  '.spec.books[?(@.missing=="x")].title',
  '.spec.books[?(@.author==@.title)].title',
  '.spec.books[?(@.tags[0]=="x")].title',
  '.spec.books[?(@.tags[*]=="x")].title',
  '.spec.books[?(@.author=="ann" && @.price==8)].title',
  '.spec.books[?(@.price=~"x")].title',
  '.spec.books[?(@.price=="x")].title',
  '.spec.books[?(@.tags=="x")].title',
  '.spec.books[?(@.price<"x")]',
  '.spec.books[?(@.sold<true)]',
  '.spec.books[?(@.isbn)',
  '.spec.books[?(@.isbn]',
  '.spec.books[?()]',
  '.spec.map[?(@.a)]',
  '.spec.text[?(@.a)]',
  '.spec.numbers[?(@>5)]',
  '.spec.numbers[?(@==3)]',
  '.spec.words[?(@=="a")]',
  '.spec.conditions[?(@.type=="Ready")].status',
  '.spec.conditions[?(@.type=="Synced")].message',
  '.spec.conditions[?(@.type=="Nope")].status',
  '.spec.numbers[?(@ > 2)]',
  '$.spec.text',
  '@.spec.text',
  '$',
  '@',
  'spec.text',
  '"quoted"',
  "'quoted'",
  '"a\\tb"',
  '"\\n"',
  '"unclosed',
  "'it\\'s'",
  '5',
  '-5',
  '1.5',
  '1.2.3',
  'true',
  'false',
  'word',
  'end',
  '.spec.text ',
  ' .spec.text',
  '.spec .text',
  '.spec,',
  '.spec#',
  '.spec.tex*',
  '!',
  '.',
  '.spec.',
  '.[0]',
  '[0]',
  '.spec.words[*] .spec.text',
  '.metadata.name',
  '.kind',
  '.apiVersion',
  '.spec.map.b.d[1].c',
  '.spec.map.b.d[*].c',
];

const templates = [
  '',
  'plain',
  '{}',
  '{',
  '}',
  'a{.spec.text}b',
  '{.spec.text}{.spec.number}',
  '{.spec.text} {.spec.number}',
  '{.spec.text}{"\\n"}{.spec.number}{"\\t"}',
  '{range .spec.books[*]}{.title}{"\\n"}{end}',
  '{range .spec.books[*]}{.title},{.price};{end}done',
  '{range .spec.books[*]}[{range .tags[*]}{@}{"|"}{end}]{end}',
  '{range .spec.emptyList[*]}x{end}y',
  '{range .spec.missing[*]}x{end}y',
  '{range .spec.numbers[*]}{@}{" "}{end}',
  '{range .spec.numbers[0:2]}a{end}{range .spec.words[*]}b{@}{end}',
  '{range .spec.books[*]}{.title}',
  '{end}',
  '{range .spec.books[?(@.isbn)]}{.title} {.isbn}{"\\n"}{end}',
  '{range .spec.conditions[*]}{.type}={.status}{" "}{end}',
  '{range .spec.map}{.a}{end}',
  '{range .spec.books[*].tags[*]}{@}-{end}',
  '{range .spec.nested[*]}({range @[*]}{@},{end}){end}',
  '{.spec.text',
  '{.spec.text}}',
  '{{.spec.text}}',
  '{range .spec.books[*]}{.title}{range .tags[*]} {@}{end}{"\\n"}{end}end',
  '{range .spec.books[*]}{range .missing[*]}x{end}{.title}{end}',
  'héllo {.spec.text} ☃',
];

async function main(): Promise<void> {
  const wire = await openWire();
  const home = await mkdtemp(join(tmpdir(), 'argosy-oracle-'));
  try {
    const binary = await toolBinary('kubectl');
    const { certificate, privateKey } = await wire.authority.clientLeaf(admin.name, admin.groups);
    const config = join(home, 'config');
    await writeFile(
      config,
      kubeconfigText({ server: wire.url, ca: wire.authority.certificate, certificate, privateKey }),
    );
    const api = wire.inProcess(admin);
    const resource = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
    await createObject(api, { resource, namespace: '', object: crd });
    const probe = {
      apiVersion: 'test.argosy.io/v1',
      kind: 'Probe',
      metadata: { name: 'x', namespace: 'default' },
      spec,
    };
    await createObject(api, {
      resource: { group: 'test.argosy.io', version: 'v1', resource: 'probes' },
      namespace: 'default',
      object: probe,
    });
    const all = [...paths.map((path) => `{${path}}`), ...templates];
    const rows = [];
    for (const template of all.filter((text) => text !== '')) {
      const { code, stdout, stderr } = await runTool(binary, ['get', 'probe', 'x', '-o', `jsonpath=${template}`], {
        kubeconfig: config,
        home,
      });
      const error =
        /error: (?:error parsing jsonpath .*?, |error executing jsonpath .*?: Error executing template: )(.*?)(?:\. Printing more information|\n|$)/s.exec(
          stderr,
        )?.[1];
      rows.push(code === 0 ? { template, output: stdout } : { template, error: error ?? stderr });
    }
    const { stdout } = await runTool(binary, ['get', 'probe', 'x', '-o', 'json'], { kubeconfig: config, home });
    const file = join(import.meta.dirname, '../../../packages/lang/src/jsonpath/testdata/golden.json');
    await writeFile(file, `${JSON.stringify({ object: JSON.parse(stdout) as unknown, rows }, undefined, 1)}\n`);
    console.log(`${rows.length} rows`);
  } finally {
    await wire.close();
    await rm(home, { recursive: true, force: true });
  }
}

await main();
