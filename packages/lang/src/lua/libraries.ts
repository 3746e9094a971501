import { BASE, type Library } from './lib-base.ts';
import { MATH, MATH_CONSTANTS } from './lib-math.ts';
import { OS } from './lib-os.ts';
import { STRING } from './lib-string.ts';
import { TABLE } from './lib-table.ts';
import { checkText } from './arguments.ts';
import { NEXT } from './iterators.ts';
import type { Run } from './run.ts';
import { LuaFunction, LuaTable, type LuaValue } from './value.ts';

type Members = readonly (readonly [string, LuaValue])[];

function functionsOf(library: Library): readonly (readonly [string, LuaFunction])[] {
  return Object.entries(library).map(([name, call]) => [name, new LuaFunction(name, call)]);
}

// The function objects are shared by all runs: nothing in them changes. The tables are each run's own.
const BASE_MEMBERS: readonly (readonly [string, LuaFunction])[] = [...functionsOf(BASE), ['next', NEXT]];
const MODULES: ReadonlyMap<string, Members> = new Map<string, Members>([
  ['math', [...functionsOf(MATH), ...Object.entries(MATH_CONSTANTS)]],
  ['os', functionsOf(OS)],
  ['string', functionsOf(STRING)],
  ['table', functionsOf(TABLE)],
]);

/** Modules that scripts see only with the open libraries. */
const OPEN_MODULES = new Set(['math', 'string']);

function moduleTable(members: Members): LuaTable {
  return new LuaTable((table) => {
    for (const [name, value] of members) table.set(name, value);
  });
}

/** Puts the libraries into the globals of a run. Without `open` there is neither `string` nor `math`. */
export function openLibraries(run: Run, open: boolean): void {
  const { globals } = run;
  for (const [name, value] of BASE_MEMBERS) globals.set(name, value);
  globals.set('_G', globals);
  globals.set('_VERSION', 'GopherLua 0.1');
  const loaded = new Map<string, LuaTable>();
  for (const [name, members] of MODULES) {
    if (!open && OPEN_MODULES.has(name)) continue;
    const table = moduleTable(members);
    loaded.set(name, table);
    globals.set(name, table);
  }
  const strings = loaded.get('string');
  if (strings !== undefined) {
    run.stringMetatable = new LuaTable((table) => {
      table.set('__index', strings);
    });
  }
  globals.set('require', requireFunction(loaded));
}

/** `require` of what is there already: scripts of Argo CD write `local os = require("os")`. */
function requireFunction(loaded: ReadonlyMap<string, LuaTable>): LuaFunction {
  return new LuaFunction('require', (run, args) => {
    const name = checkText(run, args, { at: 0, name: 'require' });
    const table = loaded.get(name);
    if (table === undefined) throw run.failure(`module ${name} not found`);
    return [table];
  });
}
