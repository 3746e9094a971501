// @table: files, imports, external variables and top-level arguments for the oracle

/** Files that the programs below import. */
export const FILES: Readonly<Record<string, string>> = {
  'lib.libsonnet': '{ a: 1, f(x):: x + self.a, here:: std.thisFile }',
  'dir/inner.libsonnet': '{ up: (import "../lib.libsonnet").a, near: import "near.jsonnet", file: std.thisFile }',
  'dir/near.jsonnet': '"near"',
  'text.txt': 'line é\nnext\n',
  'bad.jsonnet': '{ a: ',
  'fails.jsonnet': '{ a: error "inside" }',
  'vendor/pkg/main.libsonnet': 'import "dep.libsonnet"',
  'vendor/pkg/dep.libsonnet': '{ dep: true }',
  'vendor/only.libsonnet': '"vendor"',
  'other/only.libsonnet': '"other"',
  'loop.jsonnet': '{ a: (import "loop.jsonnet").b, b: 2 }',
};

/** A program and the options of the tool. */
export const IMPORTS: readonly (readonly [string, ...string[]])[] = [
  ['import "lib.libsonnet"'],
  ['(import "lib.libsonnet").f(2)'],
  ['(import "lib.libsonnet") + { a: 10, b: self.f(1) }'],
  ['import "dir/inner.libsonnet"'],
  ['import "./dir/../lib.libsonnet"'],
  ['importstr "text.txt"'],
  ['import "bad.jsonnet"'],
  ['(import "fails.jsonnet").a'],
  ['local l = import "lib.libsonnet"; [l.a, l.f(1), (import "lib.libsonnet").a]'],
  ['import "only.libsonnet"', '-J', 'vendor'],
  ['import "only.libsonnet"', '-J', 'vendor', '-J', 'other'],
  ['import "pkg/main.libsonnet"', '-J', 'vendor'],
  ['import "only.libsonnet"'],
  ['import "loop.jsonnet"'],
  ['(import "lib.libsonnet").here'],
  ['[importstr "dir/near.jsonnet", import "dir/near.jsonnet"]'],
];

/** Programs with variables from outside. */
export const VARIABLES: readonly (readonly [string, ...string[]])[] = [
  ['std.extVar("x")', '-V', 'x=1'],
  ['std.extVar("x") + 1', '--ext-code', 'x=1'],
  ['std.extVar("x")', '--ext-code', 'x={a: 1, b: self.a}'],
  ['std.extVar("x")', '--ext-code', 'x=error "from outside"'],
  ['std.extVar("x")', '--ext-code', 'x=1 +'],
  ['[std.extVar("a"), std.extVar("b")]', '-V', 'a=x y', '--ext-code', 'b=std.extVar("a")'],
  ['function(a, b="d") [a, b]', '-A', 'a=1'],
  ['function(a, b="d") [a, b]', '-A', 'a=1', '--tla-code', 'b=2+3'],
  ['function(a) a'],
  ['function(a=1) a'],
  ['function(a) a', '-A', 'b=1'],
  ['function(a) a', '--tla-code', 'a=error "tla"'],
  ['{ a: 1 }', '-A', 'a=1'],
  ['function(a) function(b) a', '-A', 'a=1'],
  ['std.extVar("__proto__")', '-V', '__proto__=p'],
  ['function(constructor) constructor', '-A', 'constructor=c'],
];
