import { DiagnosticError, limitReached, placeOf, StepMeter, type Deadline } from '../diagnostic/index.ts';
import type { JsonnetLimits } from './limits.ts';
import { formatSpan, type Span } from './source.ts';
import {
  JsonnetArray,
  JsonnetFunction,
  TailCall,
  Thunk,
  typeName,
  type Lazy,
  type TypeName,
  type Value,
} from './value.ts';

/** How many lines of a stack trace are shown; go-jsonnet leaves out the middle. */
const TRACE_LIMIT_LINES = 20;

/** What a run may ask of the outside: everything is a value given beforehand. */
export interface RuntimePorts {
  /** The value of an external variable; `undefined` when there is none. */
  externalVariable(name: string): Lazy | undefined;
  /** Receives each line that `std.trace` would print. */
  trace(line: string): void;
  /** Works out an import; called once a site and run. */
  importFile(request: ImportRequest): Value;
  /** Asked now and then whether time is over. */
  readonly deadline?: Deadline | undefined;
}

/** An import as it stands in a source. */
export interface ImportRequest {
  readonly form: 'import' | 'importstr' | 'importbin';
  readonly path: string;
  readonly span: Span;
}

/** The state of one run: what is being evaluated, and how much may still be done. */
export class Runtime {
  readonly limits: JsonnetLimits;
  readonly ports: RuntimePorts;
  /** Frames being evaluated, outermost first. Errors end the whole run, so nothing unwinds it on failure. */
  readonly #labels: string[] = [];
  /** Where each frame was asked for. */
  readonly #places: (Span | undefined)[] = [];
  readonly #meter: StepMeter;
  /** Where the expression being evaluated stands; what an error without a better place is reported at. */
  place: Span | undefined;
  /** What the run is doing, as the last line of a stack trace says. */
  #phase = 'During evaluation';

  /** What `+` does; objects need it for `+:`, and it needs objects. */
  readonly plus: (left: Value, right: Value) => Value;

  constructor(
    limits: JsonnetLimits,
    ports: RuntimePorts,
    plus: (left: Value, right: Value, runtime: Runtime) => Value,
  ) {
    this.limits = limits;
    this.plus = (left, right) => plus(left, right, this);
    this.ports = ports;
    this.#meter = new StepMeter({
      limit: 'jsonnet steps',
      allowed: limits.steps,
      deadline: ports.deadline,
      place: () => this.#position(),
    });
  }

  /** From here on the value is there and its parts are worked out. */
  startManifestation(): void {
    this.#phase = 'During manifestation';
    this.place = undefined;
  }

  /** Counts work; stops the run when the budget is spent. */
  step(count = 1): void {
    this.#meter.spend(count);
  }

  /** The error that says which limit was reached, at the place being evaluated. */
  limit(name: string, allowed: number): DiagnosticError {
    return new DiagnosticError(limitReached(name, allowed, this.#position()));
  }

  #position(): { readonly line?: number; readonly column?: number } {
    return this.place === undefined ? {} : placeOf(this.place.file.text, this.place.start);
  }

  /** Enters a frame; every enter has a leave unless an error ends the run. */
  enter(label: string): void {
    this.step();
    if (this.#labels.length >= this.limits.stackFrames) throw this.stackOverflow();
    this.#labels.push(label);
    this.#places.push(this.place);
  }

  /** Leaves the frame entered last, and goes back to the place that asked for it. */
  leave(): void {
    this.#labels.pop();
    this.place = this.#places.pop();
  }

  /** The error for too deep a stack; its message is Jsonnet's. */
  stackOverflow(limit = 'jsonnet stack frames'): DiagnosticError {
    const failure = this.error('max stack frames exceeded.');
    return new DiagnosticError({ ...failure.diagnostic, limit });
  }

  /** An error of the program: message, then where it happened and what asked for it, innermost first. */
  error(message: string, span: Span | undefined = this.place): DiagnosticError {
    const place = span === undefined ? { line: 0, column: 0 } : placeOf(span.file.text, span.start);
    const lines = this.#frames(span).map(({ at, label }) => `\t${formatSpan(at)}\t${label}`);
    lines.push(`\t${this.#phase}`);
    return new DiagnosticError({ message: [`RUNTIME ERROR: ${message}`, ...lines].join('\n'), ...place });
  }

  /** What is being evaluated, innermost first; of many frames the middle is left out. */
  #frames(span: Span | undefined): readonly { readonly at: Span; readonly label: string }[] {
    const frames: { at: Span; label: string }[] = [];
    let at = span;
    for (let depth = this.#labels.length - 1; depth >= 0; depth -= 1) {
      if (at !== undefined) frames.push({ at, label: this.#labels[depth] ?? '' });
      at = this.#places[depth];
    }
    if (at !== undefined) frames.push({ at, label: '$' });
    if (frames.length <= TRACE_LIMIT_LINES) return frames;
    const half = TRACE_LIMIT_LINES / 2;
    return [...frames.slice(0, half), ...frames.slice(-half)];
  }

  /** Works out a lazy value. */
  force(lazy: Lazy): Value {
    if (!(lazy instanceof Thunk)) return lazy;
    const { code, frame } = lazy;
    if (code === undefined || frame === undefined) return lazy.value;
    this.enter(lazy.label);
    const value = code(frame, this);
    this.leave();
    lazy.settle(value);
    return value;
  }

  /** Calls a function with one entry a parameter, following tail calls. */
  call(target: JsonnetFunction, values: (Lazy | undefined)[]): Value {
    if (target.native) {
      this.step();
      const made = target.invoke(values, this);
      if (typeof made === 'string') this.step(made.length >>> 3);
      return made as Value;
    }
    this.enter(target.label);
    let result: unknown = target.invoke(values, this);
    while (result instanceof TailCall) {
      this.step();
      result = result.target.invoke(result.values, this);
    }
    this.leave();
    return result as Value;
  }

  /** Calls a function that was passed as a value, with positional values. */
  callWith(target: JsonnetFunction, ...values: Lazy[]): Value {
    return this.call(target, this.bind(target, values));
  }

  /** Lines positional and named values up with the parameters; fails as go-jsonnet does. */
  bind(target: JsonnetFunction, positional: Lazy[], named?: ReadonlyMap<string, Lazy>): (Lazy | undefined)[] {
    const { parameters } = target;
    if (positional.length > parameters.length) {
      throw this.error(`function expected ${parameters.length} positional argument(s), but got ${positional.length}`);
    }
    const values: (Lazy | undefined)[] = positional;
    if (named !== undefined) this.#bindNamed(parameters, values, named);
    if (values.length === parameters.length && named === undefined) return values;
    for (let index = 0; index < parameters.length; index += 1) {
      const parameter = parameters[index];
      if (values[index] === undefined && parameter?.optional === false) {
        throw this.error(`Missing argument: ${parameter.name}`);
      }
      if (index >= values.length) values.push(undefined);
    }
    return values;
  }

  #bindNamed(
    parameters: JsonnetFunction['parameters'],
    values: (Lazy | undefined)[],
    named: ReadonlyMap<string, Lazy>,
  ): void {
    for (const [name, value] of named) {
      const index = parameters.findIndex((parameter) => parameter.name === name);
      if (index < 0) throw this.error(`function has no parameter ${name}`);
      if (values[index] !== undefined) throw this.error(`Argument ${name} already provided`);
      while (values.length <= index) values.push(undefined);
      values[index] = value;
    }
  }

  /** Refuses a value of another type. */
  typeError(value: Value, expected?: TypeName): DiagnosticError {
    const found = typeName(value);
    return this.error(
      expected === undefined ? `Unexpected type ${found}` : `Unexpected type ${found}, expected ${expected}`,
    );
  }

  /** The value as a number, or an error. */
  number(value: Value): number {
    if (typeof value !== 'number') throw this.typeError(value, 'number');
    return value;
  }

  /** The value as a string, or an error. */
  string(value: Value): string {
    if (typeof value !== 'string') throw this.typeError(value, 'string');
    this.step(value.length >>> 4);
    return value;
  }

  /** The value as a boolean, or an error. */
  boolean(value: Value): boolean {
    if (typeof value !== 'boolean') throw this.typeError(value, 'boolean');
    return value;
  }

  /** The value as an array, or an error. */
  array(value: Value): JsonnetArray {
    if (!(value instanceof JsonnetArray)) throw this.typeError(value, 'array');
    this.step(value.items.length >>> 3);
    return value;
  }

  /** The value as a function, or an error. */
  function(value: Value): JsonnetFunction {
    if (!(value instanceof JsonnetFunction)) throw this.typeError(value, 'function');
    return value;
  }

  /** A number that came out of arithmetic: not a number and infinities are errors. */
  finite(value: number): number {
    if (Number.isFinite(value)) return value;
    throw this.error(Number.isNaN(value) ? 'Not a number' : 'Overflow');
  }

  /** Makes an array and counts its items against the budget. */
  list(items: readonly Lazy[]): JsonnetArray {
    this.reserve(items.length);
    return new JsonnetArray(items);
  }

  /** Counts items before they are made. */
  reserve(count: number): void {
    if (count > this.limits.arrayItems) throw this.limit('jsonnet array items', this.limits.arrayItems);
    this.step(count);
  }

  /** Counts a string that was made. */
  text(text: string): string {
    this.reserveText(text.length);
    return text;
  }

  /** Counts characters before they are made. */
  reserveText(length: number): void {
    if (length > this.limits.stringCharacters)
      throw this.limit('jsonnet string characters', this.limits.stringCharacters);
    this.step(length >>> 2);
  }
}
