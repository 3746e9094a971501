import { createRandom } from '@argosy/std';
import { argumentFailure, checkInteger, checkNumber } from './arguments.ts';
import type { Library } from './lib-base.ts';
import { modulo } from './operations.ts';
import { frexp, pow } from '../gomath/index.ts';
import { NOTHING, type Run } from './run.ts';
import type { LuaCall, LuaValue } from './value.ts';

type Arguments = readonly LuaValue[];

function unary(name: string, compute: (value: number) => number): LuaCall {
  return (run, args) => [compute(checkNumber(run, args, { at: 0, name }))];
}

function binary(name: string, compute: (left: number, right: number) => number): LuaCall {
  return (run, args) => [compute(checkNumber(run, args, { at: 0, name }), checkNumber(run, args, { at: 1, name }))];
}

function extreme(name: string, better: (value: number, best: number) => boolean): LuaCall {
  return (run, args) => {
    run.spend(args.length >> 3);
    let best = checkNumber(run, args, { at: 0, name });
    for (let at = 1; at < args.length; at += 1) {
      const value = checkNumber(run, args, { at, name });
      if (better(value, best)) best = value;
    }
    return [best];
  };
}

function randomNumber(run: Run, args: Arguments): Arguments {
  if (args.length === 0) return [run.random.next()];
  const low = args.length === 1 ? 1 : checkInteger(run, args, { at: 0, name: 'random' });
  const high = checkInteger(run, args, { at: args.length === 1 ? 0 : 1, name: 'random' });
  if (low > high) throw argumentFailure(run, { at: Math.min(args.length, 2) - 1, name: 'random' }, 'interval is empty');
  return [low + run.random.below(high - low + 1)];
}

/** The `math` library. `random` is seeded by the caller, so a run can be repeated. */
export const MATH: Library = {
  abs: unary('abs', Math.abs),
  acos: unary('acos', Math.acos),
  asin: unary('asin', Math.asin),
  atan: unary('atan', Math.atan),
  atan2: binary('atan2', Math.atan2),
  ceil: unary('ceil', Math.ceil),
  cos: unary('cos', Math.cos),
  cosh: unary('cosh', Math.cosh),
  deg: unary('deg', (value) => (value * 180) / Math.PI),
  exp: unary('exp', Math.exp),
  floor: unary('floor', Math.floor),
  fmod: binary('fmod', (left, right) => left % right),
  frexp: (run, args) => {
    const { fraction, exponent } = frexp(checkNumber(run, args, { at: 0, name: 'frexp' }));
    return [fraction, exponent];
  },
  ldexp: binary('ldexp', (left, right) => left * 2 ** Math.trunc(right)),
  log: unary('log', Math.log),
  log10: unary('log10', Math.log10),
  max: extreme('max', (value, best) => value > best),
  min: extreme('min', (value, best) => value < best),
  mod: binary('mod', modulo),
  modf: (run, args) => {
    const value = checkNumber(run, args, { at: 0, name: 'modf' });
    const whole = Math.trunc(value);
    return [whole, Number.isFinite(value) ? value - whole : 0];
  },
  pow: binary('pow', pow),
  rad: unary('rad', (value) => (value * Math.PI) / 180),
  random: randomNumber,
  randomseed: (run, args) => {
    run.random = createRandom(checkInteger(run, args, { at: 0, name: 'randomseed' }));
    return NOTHING;
  },
  sin: unary('sin', Math.sin),
  sinh: unary('sinh', Math.sinh),
  sqrt: unary('sqrt', Math.sqrt),
  tan: unary('tan', Math.tan),
  tanh: unary('tanh', Math.tanh),
};

/** The constants of `math`. */
export const MATH_CONSTANTS: { readonly [name: string]: number } = {
  pi: Math.PI,
  // compat(lang-0501): gopher-lua's math.huge is the greatest finite double, not infinity.
  huge: Number.MAX_VALUE,
};
