import { StepMeter, type Deadline } from '../diagnostic/index.ts';
import { overLimit, EXPR_LIMIT_MEMORY, EXPR_LIMIT_STEPS, EXPR_LIMIT_TEXT_CHARACTERS } from './limits.ts';
import { fail } from './failure.ts';
import type { ExprContext } from './functions.ts';
import { Walk } from './walk.ts';
import type { ExprValue, GoRecord } from './values.ts';

/** Characters that are read in one step. */
const EXPR_CHARACTERS_PER_STEP = 4;

/** The state of one evaluation. */
export class Frame {
  readonly environment: GoRecord;
  readonly context: ExprContext;
  readonly variables: ExprValue[] = [];
  /** The code point that a failure points to. */
  at = 0;
  item: ExprValue = null;
  index = 0;
  accumulator: ExprValue = null;
  private memory = 0;
  private readonly meter: StepMeter;

  constructor(environment: GoRecord, context: Omit<ExprContext, 'grow' | 'environment' | 'spend'>, meter: StepMeter) {
    this.environment = environment;
    this.meter = meter;
    const { now, seed, zones } = context;
    const spend = (steps: number): void => meter.spend(steps);
    this.context = { now, seed, zones, environment, spend, grow: (elements) => this.grow(elements) };
  }

  /** Counts created elements against the memory budget. */
  grow(elements: number): void {
    this.memory += elements;
    if (this.memory >= EXPR_LIMIT_MEMORY) fail('memory budget exceeded');
    this.meter.spend(elements >> 2);
  }

  /** Counts calls of a predicate or a function, or as many units of bulk work. */
  step(steps = 1): void {
    this.meter.spend(steps);
  }

  /** Counts what it costs to read a value once, not what is inside its items. */
  read(value: ExprValue): void {
    if (typeof value === 'string') this.meter.spend(value.length / EXPR_CHARACTERS_PER_STEP);
    else if (Array.isArray(value)) this.meter.spend(value.length);
  }

  /** Counts what it costs to read the arguments of a call. */
  readAll(values: readonly ExprValue[]): void {
    for (const value of values) this.read(value);
  }

  /** A walk over a value whose visits count as steps. */
  walk(): Walk {
    return new Walk((steps) => this.meter.spend(steps));
  }

  /** Passes a text through if it is not too long. */
  text(value: string): string {
    if (value.length > EXPR_LIMIT_TEXT_CHARACTERS) overLimit('expression text characters', EXPR_LIMIT_TEXT_CHARACTERS);
    this.meter.spend(value.length / EXPR_CHARACTERS_PER_STEP);
    return value;
  }
}

/** Stands for an element of a map, which a predicate can count but not look at. */
export const MAP_ELEMENT: ExprValue = Object.freeze({});

/** The element that a predicate looks at. Throws ExprFailure when it is one of a map. */
export function readable(item: ExprValue): ExprValue {
  return item === MAP_ELEMENT ? fail('reflect: call of reflect.Value.Index on map Value') : item;
}

/** A meter for one evaluation, or for several that share their limits. */
export function newExprMeter(deadline?: Deadline): StepMeter {
  return new StepMeter({ limit: 'expression steps', allowed: EXPR_LIMIT_STEPS, deadline });
}

/** What a chain passes up once a `?.` met nil. */
export const BROKEN: unique symbol = Symbol('broken chain');

/** A compiled node. */
export type Exec = (frame: Frame) => ExprValue;
