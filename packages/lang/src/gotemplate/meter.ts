import type { Random } from '@argosy/std';
import { StepMeter, type StepBudget } from '../diagnostic/index.ts';
import type { TemplateEnv } from './function.ts';

/** Named limits of one execution. */
export interface ExecutionLimits {
  /** Nodes walked, functions called, elements visited. */
  readonly steps: number;
  /** Characters written, those of nested renderings included. */
  readonly outputCharacters: number;
  /** Templates inside templates. */
  readonly depth: number;
  /** Units of slow cryptography (keys, certificates, bcrypt, scrypt); a unit is about 20 ms. */
  readonly cryptography: number;
}

/** What the nested executions of one render share. */
export interface Meter {
  readonly env: TemplateEnv;
  readonly steps: StepMeter;
  characters: number;
  depth: number;
  cryptography: number;
  random: Random | undefined;
}

/** A new meter for a render. */
export function newMeter(env: TemplateEnv, budget: StepBudget): Meter {
  const steps = new StepMeter({ ...budget, deadline: env.deadline });
  return { env, steps, characters: 0, depth: 0, cryptography: 0, random: env.random };
}
