import type { Random } from '@argosy/std';
import { chartYaml, oneTemplate, pick, randomOf, SHOW_VALUES, type Asked, type Case, type ChartTree } from './case.ts';

const SETS: readonly string[] = [
  'a=1',
  'a=b,c=d',
  'a.b.c=x',
  'a={x,y,1,true,null}',
  'a={}',
  'a={x',
  'a={x}y',
  'a={x},b=2',
  'a[0]=1',
  'a[2]=z',
  'a[0].b=1,a[0].c=2',
  'a[1][0]=q',
  'a[0][1].x=1',
  'a=null',
  'm=null',
  'm.b=null',
  'm.b.c=new',
  'list[1]=changed',
  'list[5]=far',
  'list=null',
  'list={}',
  'a=',
  'a=,b=1',
  'a',
  'a,b',
  ',',
  '=',
  '=x',
  'a=b=c',
  'a=1.5',
  'a=007',
  'a=0',
  'a=-5',
  'a=+5',
  'a=9223372036854775807',
  'a=9223372036854775808',
  'a=1e3',
  'a=0x10',
  'a=TRUE',
  'a=False',
  'a=Null',
  'a=nil',
  'a=x\\,y',
  'a\\.b=1',
  'a.b\\.c.d=1',
  'a=\\{x\\}',
  'a="q"',
  "a='q'",
  'a= b ',
  ' a =b',
  'a[=1',
  'a[x]=1',
  'a[-1]=1',
  'a[65537]=1',
  'a[0]',
  'a[0]x=1',
  'a[0]=',
  'a[0]={x,y}',
  'a.=1',
  'a.b',
  '.a=1',
  'a..b=1',
  'text.x=1',
  'text[0]=1',
  'list.x=1',
  'm[0]=1',
  'a[0]=1,a.b=2',
  'é=ü',
  'a=x\\',
  'a=b,',
  'global.x=1',
  'a.b=1,a.c=2,a.b=3',
  'm.b.d[0]=q',
  'm.b.d[5]=q',
  'a[0]=1,a[0]=2',
  'nothing.x=1',
  'nothing=5',
  'a={x,{y}}',
  'a={x\\,y,z}',
  'a={ x , y }',
  'a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f=1',
];
const JSON_SETS: readonly string[] = [
  'a={"b":[1,2.5,"x",null,true]}',
  'a=5',
  'a="x"',
  'a=null',
  'a=',
  'a=[1,2],b={"c":3}',
  'a= {"b":1} , c=2',
  'm={"b":null}',
  'm.b={"c":9}',
  'list[0]={"x":1}',
  'a={',
  'a=x',
  'a',
  'a[1]=[]',
  'a="x,y",b=1',
  'a=1e3',
  'a={"b":1}x',
];
const BASE = 'text: hello\nlist: [x, y]\nnothing: null\nm: {a: 1, b: {c: deep, d: [1, two]}}\n';

function setCases(): readonly Case[] {
  const chart = oneTemplate(SHOW_VALUES, { 'values.yaml': BASE });
  const of = (kind: string, text: string): Case => ({ chart, asked: { sets: [[kind, text]] } });
  const mixed: readonly Asked[] = [
    {
      sets: [
        ['set', 'a=1'],
        ['set-string', 'a=2'],
        ['set-json', 'a=3'],
      ],
    },
    {
      sets: [
        ['set-literal', 'a=x,y=z'],
        ['set', 'b=1'],
      ],
    },
    { sets: [['set-literal', 'a.b=\\{,']] },
    {
      sets: [
        ['set', 'a=1'],
        ['set', 'a=null'],
      ],
      values: ['a: {b: 1}'],
    },
    { sets: [['set-string', 'a.b=true,c=1,d=null']], values: ['a: {c: 1}'] },
  ];
  return [
    ...SETS.map((text) => of('set', text)),
    ...SETS.slice(0, 45).map((text) => of('set-string', text)),
    ...JSON_SETS.map((text) => of('set-json', text)),
    ...mixed.map((asked) => ({ chart, asked })),
  ];
}

const SCALARS = ['1', 'x', 'null', 'true', '[1, 2]', '[]', '{}', '"null"', '1.5'];

/** A random table as flow YAML. */
function table(random: Random, depth: number): string {
  const keys = ['a', 'b', 'c', 'global', 'sub', 'leaf'];
  const members = Array.from({ length: 1 + random.below(4) }, () => {
    const value = depth > 0 && random.below(2) === 0 ? table(random, depth - 1) : pick(random, SCALARS);
    return [pick(random, keys), value] as const;
  });
  // `global`, `sub` and `leaf` are tables wherever they mean something to Helm.
  const fit = members.map(
    ([key, value]) => [key, /^[gsl]/.test(key) && !value.startsWith('{') ? '{q: 1}' : value] as const,
  );
  return `{${[...new Map(fit)].map(([key, value]) => `${key}: ${value}`).join(', ')}}`;
}

const document = (name: string): string =>
  `kind: ConfigMap\nmetadata: {name: "${name}"}\nvalues: {{ toYaml .Values | nindent 2 }}\nsub: {{ keys .Subcharts | sortAlpha }}\ntemplate: {{ .Template.Name }}\n`;

/** Three charts inside of one another, with random values everywhere. */
function nestedCase(seed: number): Case {
  const random = randomOf(seed);
  const chart: ChartTree = {
    'Chart.yaml': chartYaml('top'),
    'values.yaml': table(random, 3),
    'templates/t.yaml': document('top'),
    'charts/sub/Chart.yaml': chartYaml('sub'),
    'charts/sub/values.yaml': table(random, 3),
    'charts/sub/templates/t.yaml': document('sub'),
    'charts/sub/charts/leaf/Chart.yaml': chartYaml('leaf'),
    'charts/sub/charts/leaf/values.yaml': table(random, 2),
    'charts/sub/charts/leaf/templates/t.yaml': document('leaf'),
  };
  const values = random.below(3) === 0 ? [] : [table(random, 3)];
  const sets =
    random.below(3) === 0
      ? [['set', pick(random, ['sub.a=null', 'a=5', 'sub.leaf.b=7', 'global.z=1', 'sub.global.y=2'])] as const]
      : [];
  return { chart, asked: { values, sets } };
}

const CONDITIONS = ['', 'on', 'sub.enabled', 'sub.enabled,on', 'no.such', 'text', 'off,on', ' on'];
const TAGS = ['[]', '[front]', '[back]', '[front, back]', '[none]'];
const IMPORTS = [
  '[]',
  '[data]',
  '[data, other]',
  '[{child: own, parent: got}]',
  '[{child: own, parent: .}]',
  '[{child: own.deep, parent: a.b}]',
  '[nope, {child: nope, parent: x}]',
];
const ALIASES = ['', '', '', 'other', 'sub2'];
const VERSIONS = ['', '1.2.3', '~1.2.0', '>1.0', '^2.0.0', '1.2.x', '*'];
const SUB_VALUES =
  'exports:\n  data: {fromData: 1, a: {x: 1}}\n  other: {fromOther: 2, a: {y: 2}}\nown: {k: v, deep: {z: 1}, n: null}\nenabled: true\n';

const optional = (key: string, value: string): string => (value === '' ? '' : `, ${key}: "${value}"`);

function dependency(random: Random, name: string): string {
  const version = pick(random, VERSIONS);
  const condition = pick(random, CONDITIONS);
  const alias = pick(random, ALIASES);
  return `{name: ${name}, repository: "", version: "${version}"${optional('condition', condition)}${optional('alias', alias)}, tags: ${pick(random, TAGS)}, import-values: ${pick(random, IMPORTS)}}`;
}

const subchart = (name: string, values = SUB_VALUES): ChartTree => ({
  'Chart.yaml': chartYaml(name),
  'values.yaml': values,
  'templates/t.yaml': document(name),
  'templates/_h.tpl': `{{ define "who" }}${name}{{ end }}`,
});

const under = (prefix: string, tree: ChartTree): ChartTree =>
  Object.fromEntries(Object.entries(tree).map(([path, value]) => [`${prefix}/${path}`, value]));

const TOP_VALUES = [
  '',
  'on: true',
  'on: false',
  'off: false',
  'tags: {front: true}',
  'tags: {front: false}',
  'tags: {front: false, back: true}\non: false',
  'sub: {enabled: false}',
  'text: x\ngot: {k: mine}',
  'a: {x: top, b: {z: 9}}\nother: {own: {k: w}}',
];

/** Declared dependencies: conditions, tags, aliases, versions, imports, directories and archives. */
function dependencyCase(seed: number): Case {
  const random = randomOf(1000 + seed);
  const names = random.below(3) === 0 ? ['sub', 'extra'] : ['sub'];
  const declared = names.map((name) => dependency(random, name));
  if (random.below(4) === 0) declared.push('{name: sub, version: "", alias: second, repository: ""}');
  const oldForm = random.below(5) === 0;
  const list = `dependencies:\n${declared.map((each) => `- ${each}\n`).join('')}`;
  const packed = random.below(3) === 0;
  const bundled = names.map((name): ChartTree =>
    packed ? { [`charts/${name}-1.2.3.tgz`]: subchart(name) } : under(`charts/${name}`, subchart(name)),
  );
  const chart: ChartTree = {
    'Chart.yaml': oldForm ? 'apiVersion: v1\nname: top\nversion: 0.1.0\n' : chartYaml('top', list),
    ...(oldForm ? { 'requirements.yaml': list } : {}),
    'values.yaml': pick(random, TOP_VALUES),
    'templates/t.yaml': `${document('top')}deps: {{ toJson .Chart.Dependencies }}\n`,
    ...Object.assign({}, ...bundled),
  };
  return { chart, asked: { values: random.below(2) === 0 ? [] : [pick(random, TOP_VALUES)] } };
}

/** Dependencies of dependencies, library charts, templates that replace one another. */
function shapeCases(): readonly Case[] {
  const leaf = under('charts/sub/charts/leaf', subchart('leaf', 'exports: {data: {leafy: 1}}\nown: {k: leaf}\n'));
  const imports =
    'dependencies: [{name: sub, repository: "", version: "", import-values: [data, {child: got, parent: fromSub}]}]\n';
  const chain: ChartTree = {
    'Chart.yaml': chartYaml('top', imports),
    'templates/t.yaml': document('top'),
    ...under('charts/sub', subchart('sub')),
    'charts/sub/Chart.yaml': chartYaml(
      'sub',
      'dependencies: [{name: leaf, repository: "", version: "", condition: leaf.enabled, tags: [front], import-values: [data, {child: own, parent: got}]}]\n',
    ),
    ...leaf,
  };
  const library: ChartTree = {
    'Chart.yaml': chartYaml('top', 'dependencies: [{name: lib, repository: "", version: ""}]\n'),
    'templates/t.yaml': 'kind: A\nx: {{ include "lib.x" . }}\ny: {{ include "who" . }}\n',
    'templates/_own.tpl': '{{ define "who" }}top{{ end }}',
    'charts/lib/Chart.yaml': chartYaml('lib', 'type: library\n'),
    'charts/lib/templates/_x.tpl': '{{ define "lib.x" }}lib {{ .Chart.Name }}{{ end }}{{ define "who" }}lib{{ end }}',
    'charts/lib/templates/no.yaml': 'kind: B\n',
  };
  const twice: ChartTree = {
    'Chart.yaml': chartYaml(
      'top',
      'dependencies: [{name: sub, repository: "", version: "", alias: one}, {name: sub, repository: "", version: "", alias: two}]\n',
    ),
    'values.yaml': 'one: {own: {k: first}}\ntwo: {own: {k: second}}\n',
    'templates/t.yaml': document('top'),
    ...under('charts/sub', subchart('sub')),
    ...leaf,
  };
  const globals: ChartTree = {
    'Chart.yaml': chartYaml('top'),
    'values.yaml': 'global: {a: 1, t: {x: 1}}\nsub: {global: {b: 2, t: {y: 2}}, leaf: {global: {c: 3}}}\n',
    'templates/t.yaml': document('top'),
    ...under('charts/sub', subchart('sub', 'global: {d: 4, a: sub}\n')),
    ...leaf,
  };
  const mismatch: ChartTree = { ...globals, 'values.yaml': 'sub: text\n' };
  const odd: ChartTree = {
    'Chart.yaml': chartYaml('top'),
    'templates/t.yaml': document('top'),
    'charts/README.md': 'no chart',
    'charts/_hidden/Chart.yaml': 'broken: [',
    'charts/.hidden/x': '',
  };
  const broken: ChartTree = { 'Chart.yaml': chartYaml('top'), 'charts/sub/Chart.yaml': 'name: sub\n' };
  const order: ChartTree = {
    'Chart.yaml': chartYaml('top'),
    'templates/a.yaml': 'kind: A\nx: {{ template "t" }}\n{{ define "t" }}from a{{ end }}',
    'templates/b.yaml': '{{ define "t" }}from b{{ end }}kind: B\ny: {{ template "t" }}\n',
    'templates/z/_c.tpl': '{{ define "t" }}from z/c{{ end }}',
    'templates/z/c.yaml': 'kind: C\nz: {{ include "t" . }}\nname: {{ .Template.Name }} {{ .Template.BasePath }}\n',
    'templates/_partial.yaml': 'kind: Partial\n',
    'templates/.dot.yaml': 'kind: Dot\n',
    'templates/data.json': '{"kind": "J", "n": {{ 1 }}}',
    'templates/text.txt': 'kind: T\n',
  };
  const charts = [chain, library, twice, globals, mismatch, odd, broken, order];
  const asked: readonly Asked[] = [
    {},
    { values: ['tags: {front: false}'] },
    { values: ['sub: {leaf: {enabled: false}}\nglobal: {q: 1}'] },
    { values: ['sub: {own: null, global: null}\none: null'] },
  ];
  return charts.flatMap((chart) => asked.map((each) => ({ chart, asked: each })));
}

/** Families of generated charts. */
export function familyCases(): readonly Case[] {
  return [
    ...setCases(),
    ...Array.from({ length: 120 }, (_, index) => nestedCase(index)),
    ...Array.from({ length: 160 }, (_, index) => dependencyCase(index)),
    ...shapeCases(),
  ];
}
