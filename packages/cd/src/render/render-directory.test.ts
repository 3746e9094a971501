import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RENDER_LIMITS, isManifestPath, renderDirectory } from './index.ts';

const cm = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
const file = (path: string, text: string) => ({ path, text });

function names(files: readonly { path: string; text: string }[], options = {}): readonly string[] | string {
  const result = renderDirectory(files, options);
  return result.ok ? result.value.map((object) => object.metadata.name) : result.error.message;
}

describe('renderDirectory', () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: x}}\n- null\n`;
  const cases: readonly { reason: string; files: Parameters<typeof names>[0]; options?: object; expected: unknown }[] =
    [
      {
        reason: 'files in path order, documents in file order',
        files: [file('b.yml', cm('c')), file('a.yaml', `${cm('a')}---\n${cm('b')}`)],
        expected: ['a', 'b', 'c'],
      },
      {
        reason: 'JSON files hold one object',
        files: [file('a.json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j"}}')],
        expected: ['j'],
      },
      {
        reason: 'empty documents and comments are skipped',
        files: [file('a.yaml', `---\n# nothing\n---\n${cm('a')}---\n`)],
        expected: ['a'],
      },
      { reason: 'lists are unfolded, null items dropped', files: [file('a.yaml', list)], expected: ['x'] },
      {
        reason: 'only the top directory without recurse',
        files: [file('a.yaml', cm('a')), file('d/b.yaml', cm('b'))],
        expected: ['a'],
      },
      {
        reason: 'everything below with recurse',
        files: [file('a.yaml', cm('a')), file('d/b.yaml', cm('b'))],
        options: { recurse: true },
        expected: ['a', 'b'],
      },
      {
        reason: 'exclude wins over include',
        files: [file('a.yaml', cm('a')), file('b.yaml', cm('b'))],
        options: { include: '{a,b}.yaml', exclude: 'b*' },
        expected: ['a'],
      },
      {
        reason: 'a file that asks to be skipped is',
        files: [file('a.yaml', `# +argocd:skip-file-rendering\n${cm('a')}`)],
        expected: [],
      },
      { reason: 'broken YAML that is no manifest is skipped', files: [file('values.yaml', 'a: [\n')], expected: [] },
      {
        reason: 'a missing kind is told with its place',
        files: [file('a.yaml', `${cm('a')}---\napiVersion: v1\nmetadata: {name: b}\n`)],
        expected: 'a.yaml:6:1: kind: Required value: every manifest has a text here',
      },
      {
        reason: 'a missing name is told',
        files: [file('a.yaml', 'apiVersion: v1\nkind: X\nmetadata: {}\n')],
        expected: 'a.yaml:1:1: metadata.name: Required value: a manifest has a name or a generateName',
      },
      {
        reason: 'a list is no manifest',
        files: [file('a.yaml', '- a\n')],
        expected: 'a.yaml:1:1: a manifest is an object',
      },
      {
        reason: 'jsonnet gives an object, or a list of them',
        files: [
          file('a.jsonnet', '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "one"}}'),
          file('b.jsonnet', '[(import "a.jsonnet") + {metadata+: {name: n}} for n in ["two", "three"]]'),
        ],
        expected: ['one', 'two', 'three'],
      },
      {
        reason: 'jsonnet that fails tells where',
        files: [file('a.jsonnet', '{\n a: error "no"}')],
        expected: expect.stringMatching(/^a\.jsonnet: RUNTIME ERROR: no/),
      },
      {
        reason: 'jsonnet that gives text is no manifest',
        files: [file('a.jsonnet', '"x"')],
        expected: 'a.jsonnet: a jsonnet file gives an object or a list of objects',
      },
      {
        reason: 'jsonnet that is excluded is nobody’s business',
        files: [file('a.jsonnet', '{}')],
        options: { exclude: '*.jsonnet' },
        expected: [],
      },
      {
        reason: 'broken JSON is told',
        files: [file('a.json', '{')],
        expected: expect.stringContaining('a.json: not valid JSON'),
      },
    ];
  it.each(cases)('$reason', ({ files, options, expected }) => {
    expect(names(files, options)).toEqual(expected);
  });

  const small = {
    ...DEFAULT_RENDER_LIMITS,
    files: 2,
    totalBytes: 300,
    fileBytes: 200,
    documentsPerFile: 3,
    objects: 2,
    depth: 5,
    nodesPerFile: 50,
  };
  const limits: readonly { limit: string; files: Parameters<typeof names>[0] }[] = [
    { limit: 'files', files: [1, 2, 3].map((n) => file(`${n}.yaml`, cm('a'))) },
    { limit: 'fileBytes', files: [file('a.yaml', `${cm('a')}#${'x'.repeat(200)}`)] },
    { limit: 'totalBytes', files: [1, 2].map((n) => file(`${n}.yaml`, `${cm('a')}#${'x'.repeat(110)}`)) },
    { limit: 'documentsPerFile', files: [file('a.yaml', '---\n{}\n'.repeat(5))] },
    { limit: 'objects', files: [file('a.yaml', [1, 2, 3].map((n) => cm(`a${n}`)).join('---\n'))] },
    { limit: 'depth', files: [file('a.json', '{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}')] },
    { limit: 'nodesPerFile', files: [file('a.yaml', 'a: &a [1,2,3,4,5,6,7,8]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n')] },
  ];
  it.each(limits)('keeps the limit on $limit', ({ files }) => {
    expect(renderDirectory(files, {}, { limits: small }).ok).toBe(false);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('a.yaml', 'a.json'), (text, path) => {
        expect(typeof renderDirectory([file(path, text)]).ok).toBe('boolean');
      }),
    );
  });

  it('keeps __proto__ an ordinary key', () => {
    const result = renderDirectory([file('a.yaml', `${cm('a')}data:\n  __proto__: x\n`)]);
    expect(result.ok && Object.hasOwn(result.value[0]?.['data'] as object, '__proto__')).toBe(true);
  });
});

describe('isManifestPath', () => {
  it.each([
    ['a.yaml', {}, true],
    ['a.txt', {}, false],
    ['a.txt', { disableExtensionFilter: true }, true],
    ['d/a.yaml', { recurse: true, exclude: '*' }, false],
    ['d/a.yaml', { recurse: true, include: 'd/*' }, true],
  ] as const)('%s with %j is %s', (path, options, expected) => {
    expect(isManifestPath(path, options)).toBe(expected);
  });
});
