// Makes the golden table of packages/lang/src/lua with Debian's lua5.1 and with gopher-lua (see main.go):
//   npx tsx tools/oracles/lua/generate.ts ./gopher-lua > packages/lang/src/lua/testdata/golden.json
// A row is [category, program, output of lua5.1, output of gopher-lua when it differs].
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { luaPrograms } from './programs.ts';

/** Outputs that hold an address or a Go pointer cannot be compared. */
const UNSTABLE = /0x[0-9a-f]{6,}|&\{/;

function runLua51(sources: readonly string[]): string[] {
  const input = sources.map((source) => `${Buffer.byteLength(source, 'latin1')}\n${source}`).join('');
  const output = execFileSync('lua5.1', [join(import.meta.dirname, 'driver.lua')], {
    input: Buffer.from(input, 'latin1'),
    maxBuffer: 1 << 28,
  }).toString('latin1');
  const results: string[] = [];
  for (let at = 0; at < output.length;) {
    const line = output.indexOf('\n', at);
    const size = Number(output.slice(at, line));
    results.push(output.slice(line + 1, line + 1 + size));
    at = line + 2 + size;
  }
  return results;
}

function main(gopherLua: string): void {
  const rows = [...luaPrograms()].flatMap(([category, sources]) => sources.map((source) => ({ category, source })));
  const sources = rows.map((row) => row.source);
  const lua = runLua51(sources);
  const gopher = JSON.parse(
    execFileSync(gopherLua, { input: JSON.stringify(sources), maxBuffer: 1 << 28 }).toString(),
  ) as string[];
  const lines: string[] = [];
  for (const [at, { category, source }] of rows.entries()) {
    const [first, second] = [lua[at] ?? '', gopher[at] ?? ''];
    if (UNSTABLE.test(first + second)) continue;
    lines.push(JSON.stringify(first === second ? [category, source, first] : [category, source, first, second]));
  }
  process.stdout.write(`[\n${lines.join(',\n')}\n]\n`);
}

main(process.argv[2] ?? './gopher-lua');
