/**
 * Makes the golden table of packages/lang/src/cel from CEL's own conformance suite (cel-spec, as @bufbuild/cel-spec
 * carries it): every test without messages of protobuf, which Kubernetes' CEL has no types for.
 * Run: npx tsx tools/oracles/cel/make.ts > packages/lang/src/cel/testdata/golden.json
 */
import { isObject } from '@argosy/std';
import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';

interface Row {
  readonly suite: string;
  readonly expr: string;
  readonly vars?: { readonly [name: string]: unknown };
  readonly value?: unknown;
  readonly error?: string;
}

const WRAPPER = /\.(Int32|Int64|UInt32|UInt64)Value$/;

/** Integers are written as text with a mark, since JSON would round them. */
const integer = (text: unknown): unknown => ({ $int: String(text) });

function fromProto(typed: unknown): unknown {
  if (!isObject(typed)) return undefined;
  const [kind = ''] = Object.keys(typed);
  const held = typed[kind];
  if (kind === 'int64Value' || kind === 'uint64Value') return integer(held);
  if (kind === 'listValue') return listOf(held, 'values').map(fromProto);
  if (kind === 'mapValue') return Object.fromEntries(listOf(held, 'entries').map(entryOf));
  if (kind === 'objectValue' && isObject(held)) {
    return WRAPPER.test(String(held['@type'])) ? integer(held['value']) : held['value'];
  }
  return held;
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const list = isObject(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : [];
}

function entryOf(entry: unknown): readonly [string, unknown] {
  const { key, value } = entry as { readonly [key: string]: unknown };
  const name = fromProto(key);
  return [isObject(name) ? String(name['$int']) : String(name), fromProto(value)];
}

const FOREIGN =
  /TestAllTypes|\.proto[23]|google\.protobuf\.[A-Z][a-zA-Z0-9]*\{|GlobalEnum|cel\.@?block|google\.protobuf\.(Int|UInt|Bool|String|Bytes|Double|Float)|proto\.|NestedTestAll|cel\.iterVar/;
const FOREIGN_BINDINGS = /TestAllTypes|objectValue|enumValue|uint64Value|bytesValue|doubleValue|mapValue/;

type Test = (typeof tests)['tests'] extends readonly (infer T)[] | undefined ? T : never;

/** True for what Kubernetes' CEL has no use for. */
function isForeign(original: { readonly [key: string]: unknown }, expr: string): boolean {
  if (FOREIGN.test(expr) || FOREIGN_BINDINGS.test(JSON.stringify(original['bindings'] ?? {}))) return true;
  if (original['container'] !== undefined || original['checkOnly'] === true) return true;
  // Without the type checker an unknown function may hide behind `||`; Kubernetes always checks.
  return original['disableCheck'] === true && /\|\| true/.test(expr);
}

function varsOf(bindings: unknown): Pick<Row, 'vars'> {
  if (!isObject(bindings)) return {};
  const entries = Object.entries(bindings).map(([name, held]) => [name, fromProto((held as { value: unknown }).value)]);
  return { vars: Object.fromEntries(entries) as { readonly [name: string]: unknown } };
}

function rowOf(suite: string, test: Test): Row | undefined {
  const original = test.original as { readonly [key: string]: unknown };
  const expr = String(original['expr']);
  if (isForeign(original, expr)) return undefined;
  const vars = varsOf(original['bindings']);
  const evalError = original['evalError'] as { readonly errors?: readonly { readonly message?: string }[] } | undefined;
  if (evalError !== undefined) return { suite, expr, ...vars, error: evalError.errors?.[0]?.message ?? '' };
  const typed = original['typedResult'] as { readonly result?: unknown } | undefined;
  const value = original['value'] ?? typed?.result;
  return { suite, expr, ...vars, value: value === undefined ? true : fromProto(value) };
}

const rows: Row[] = [];

function walk(suite: typeof tests, name: string): void {
  for (const test of suite.tests ?? []) {
    const row = rowOf(name, test);
    if (row !== undefined) rows.push(row);
  }
  for (const child of suite.suites ?? []) walk(child, name === '' ? child.name : name);
}

walk(tests, '');
process.stdout.write(`[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
