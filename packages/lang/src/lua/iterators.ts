import { checkTable } from './arguments.ts';
import { NOTHING } from './run.ts';
import { LuaFunction, nextMember } from './value.ts';

/** The library's `next`; loops over it run without calling it. */
export const NEXT = new LuaFunction('next', (run, args) => {
  const table = checkTable(run, args, { at: 0, name: 'next' });
  run.spend(1 + table.passSteps());
  const pair = nextMember(table, args[1]);
  if (pair === 'unknown') throw run.failure("invalid key to 'next'");
  return pair ?? [undefined];
});

/** What `ipairs` answers first; loops over it run without calling it. */
export const IPAIRS_STEP = new LuaFunction('ipairs_step', (run, args) => {
  const table = checkTable(run, args, { at: 0, name: 'ipairs' });
  run.spend(1);
  const at = (typeof args[1] === 'number' ? args[1] : 0) + 1;
  const value = table.get(at);
  return value === undefined ? NOTHING : [at, value];
});
