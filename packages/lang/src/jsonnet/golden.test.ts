import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonValue, Result } from '@argosy/std';
import type { Diagnostic } from '../diagnostic/index.ts';
import { compileJsonnet, formatJsonnetJson, type JsonnetVariable } from './index.ts';

interface Row {
  readonly group: string;
  readonly program: string;
  readonly options?: readonly string[];
  readonly output?: string;
  readonly error?: string;
}

// Made by tools/oracles/jsonnet with Debian's tool (0.18), the group `newer` with libjsonnet 0.20.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as readonly Row[];

/** Rows in which go-jsonnet, which Argo CD uses, differs from the C++ tool on purpose. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([
  ['|||-\n  a\n|||', 'newer syntax: a text block without its last line break'],
  ['1e20 & 1', 'go-jsonnet refuses numbers that are no int64'],
  ['std.decodeUTF8([195, 97])', 'go-jsonnet replaces only the broken byte'],
  ['std.flattenArrays(["a"])', 'only arrays can be flattened'],
  ['std.format("%g", 0)', 'newer versions print 0'],
  ['"[% 8.3g]" % 0', 'newer versions print 0'],
  ['"[%-+12.0g]" % 0', 'newer versions print 0'],
  ['"[%-+G]" % 0', 'newer versions print 0'],
  ['local f(x, x) = 1; f(1, 2)', 'the place is the repeated name, not the function'],
  ['function(a, a) 1', 'the place is the repeated name, not the function'],
  ['std.abs(0)', 'go-jsonnet has no negative zero here'],
  ['std.setInter("", null)', 'only arrays are sets'],
  ['std.stringChars({})', 'only strings have characters'],
  ['std.rstripChars({}, {})', 'only strings can be stripped'],
  ['std.reverse("a")', 'go-jsonnet reverses arrays only'],
  ['std.parseYaml("x: null")', 'libjsonnet 0.20 reads null as text; go-jsonnet reads null'],
  ['std.parseYaml("\\"quoted\\"")', 'libjsonnet 0.20 makes a list of a scalar'],
  ['std.thisFile', 'the name of the program differs'],
]);

/** Complaints of one meaning: what the C++ tool says, and what go-jsonnet says. */
const SAME_MEANING: readonly (readonly [RegExp, RegExp])[] = [
  [/^too many args|^makeArray function must take/, /^function expected \d+ positional/],
  [/^function parameter \w+ not bound/, /^Missing argument: /],
  [/^binding parameter a second time/, /already provided$/],
  [/bounds error: /, /^Index -?\d+ out of bounds, not within/],
  [/^can only index objects/, /^Value non indexable: /],
  [/^array index was not integer/, /^Expected an integer/],
  [/^field (name was not a|must be) string/, /^Field name must be string/],
  [/^couldn't manifest function/, /^Couldn't manifest function/],
  [/^couldn't lex number, junk after/, /^Couldn't lex number, junk after/],
  [/^Element \d+ of the provided array was not an integer/, /^Bytes must be integers/],
  [/base64 encode/, /^base64 encountered/],
  [/^Not a base64 encoded string/, /appears not to be a base64 encoded string/],
  [/^text block syntax/, /^Text block/],
  [/STRING_DOUBLE/, /STRING/],
  [/unexpected end of file/, /Unexpected end of file/],
];

/** Complaints about types: the C++ library is written in Jsonnet and fails wherever the wrong type hurts first. */
const TYPE_COMPLAINT =
  /type|does not operate|operates on|expected .* got|only functions can be|must be|should be|can only iterate|index an|^Unexpected type|requires a string|can only base64|argument|^Value non|base64|too many args|function expected|Missing argument|not bound|field does not exist|not a number|was (number|string|not)|have length|must return/i;

function plain(message: string): string {
  return message
    .replace(/\n[^]*/, '')
    .replace(/^(STATIC|RUNTIME) ERROR: /, '')
    .replace(/^<cmdline>:[^ ]+ /, '');
}

function sameComplaint(want: string, got: string): 'exact' | 'meaning' | 'type' | undefined {
  const normal = (text: string): string => text.toLowerCase().replace(/[. ]+$/, '');
  if (normal(want) === normal(got)) return 'exact';
  if (SAME_MEANING.some(([cpp, go]) => cpp.test(want) && go.test(got))) return 'meaning';
  return TYPE_COMPLAINT.test(want) && TYPE_COMPLAINT.test(got) ? 'type' : undefined;
}

// What the rows of the group `outside` import.
const files = new Map(
  Object.entries(
    JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/files.json'), 'utf8')) as Record<string, string>,
  ),
);

interface Variables {
  readonly libraryPaths: string[];
  readonly extVars: Map<string, JsonnetVariable>;
  readonly topLevelArguments: Map<string, JsonnetVariable>;
}

function addOption(variables: Variables, flag: string, text: string): void {
  const [name = '', ...rest] = text.split('=');
  const group = flag === '-V' || flag === '--ext-code' ? variables.extVars : variables.topLevelArguments;
  if (flag === '-J') variables.libraryPaths.push(text);
  else group.set(name, flag.endsWith('code') ? { code: rest.join('=') } : { value: rest.join('=') });
}

function run(row: Row): Result<JsonValue, Diagnostic> {
  const variables: Variables = { libraryPaths: [], extVars: new Map(), topLevelArguments: new Map() };
  const options = row.options ?? [];
  for (let index = 0; index < options.length; index += 2) {
    addOption(variables, options[index] ?? '', options[index + 1] ?? '');
  }
  const compiled = compileJsonnet(row.program, { files, libraryPaths: variables.libraryPaths });
  if (!compiled.ok) return compiled;
  return compiled.value.run({
    extVars: Object.fromEntries(variables.extVars),
    topLevelArguments: Object.fromEntries(variables.topLevelArguments),
  });
}

function verdict(row: Row): string {
  const result = run(row);
  if (row.output !== undefined) {
    if (!result.ok) return `wanted ${row.output}, failed: ${result.error.message}`;
    const text = formatJsonnetJson(result.value);
    return text.trimEnd() === row.output.trimEnd() ? 'output' : `wanted ${row.output}, got ${text}`;
  }
  if (result.ok) return `wanted the error ${row.error}, got ${formatJsonnetJson(result.value)}`;
  const place = /^STATIC ERROR: <cmdline>:\(?(\d+):(\d+)/.exec(row.error ?? '');
  const { line, column } = result.error;
  if (place !== null && place[0] !== `STATIC ERROR: <cmdline>:${line}:${column}`) {
    return `wanted ${place[0]}, got ${line}:${column}`;
  }
  const [want, got] = [plain(row.error ?? ''), plain(result.error.message)];
  return sameComplaint(want, got) ?? `wanted the error ${want}, got ${got}`;
}

describe('jsonnet against the real tool', () => {
  it('gives the same output or complains of the same thing, in every row', () => {
    expect(golden.length).toBeGreaterThan(3000);
    const counts = new Map<string, number>();
    const misses: string[] = [];
    for (const row of golden) {
      const found = verdict(row);
      const known = ['output', 'exact', 'meaning', 'type'].includes(found);
      if (known) counts.set(found, (counts.get(found) ?? 0) + 1);
      else if (!DIFFERENT.has(row.program)) misses.push(`${row.program}: ${found}`);
    }
    expect(misses).toEqual([]);
    expect(counts.get('output')).toBeGreaterThan(2200);
    expect(counts.get('exact')).toBeGreaterThan(600);
  });
});
