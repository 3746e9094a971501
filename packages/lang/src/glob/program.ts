import { DiagnosticError, limitReached } from '../diagnostic/index.ts';

/** The largest pattern that is compiled, in characters. */
export const GLOB_LIMIT_PATTERN = 2048;

/** The longest text that is matched, in characters; pattern × text bounds the work. */
export const GLOB_LIMIT_TEXT = 16_384;

/** Which characters one step accepts. Characters are code points. */
export interface CharacterSet {
  readonly negated: boolean;
  /** Inclusive ranges. */
  readonly ranges: readonly (readonly [number, number])[];
}

/** A pattern as a tree: what every dialect of globs is made of. */
export type GlobNode =
  | { readonly kind: 'text'; readonly text: string }
  /** Any run of characters, none of them in `except`. `crossing` marks one written `**`. */
  | { readonly kind: 'run'; readonly except: string; readonly crossing?: boolean }
  | { readonly kind: 'one'; readonly except: string }
  /** `list` are the characters of a set that was written as a list, not as a range. */
  | { readonly kind: 'set'; readonly set: CharacterSet; readonly list?: string }
  | { readonly kind: 'sequence'; readonly items: readonly GlobNode[] }
  | { readonly kind: 'choice'; readonly items: readonly GlobNode[] };

/** One instruction of the machine. `next` is the state that follows when the character fits. */
type Step =
  | { readonly kind: 'char'; readonly code: number; readonly next: number }
  | { readonly kind: 'except'; readonly codes: ReadonlySet<number>; readonly next: number }
  | { readonly kind: 'set'; readonly set: CharacterSet; readonly next: number }
  | { readonly kind: 'fork'; readonly targets: readonly number[] }
  | { readonly kind: 'end' };

/** A compiled pattern. */
export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
}

const codesOf = (text: string): readonly number[] => [...text].map((char) => char.codePointAt(0) ?? 0);

interface Assembler {
  readonly steps: Step[];
}

function push(assembler: Assembler, step: Step): number {
  assembler.steps.push(step);
  return assembler.steps.length - 1;
}

function assembleRun(assembler: Assembler, except: string, next: number): number {
  const at = assembler.steps.length;
  // The fork at `at` either goes on, or takes a character and comes back.
  push(assembler, { kind: 'fork', targets: [at + 1, next] });
  push(assembler, { kind: 'except', codes: new Set(codesOf(except)), next: at });
  return at;
}

/** Assembles backwards: `next` is the state behind `node`; the result is its entry. */
function assemble(assembler: Assembler, node: GlobNode, next: number): number {
  switch (node.kind) {
    case 'text':
      return codesOf(node.text).reduceRight(
        (after, code) => push(assembler, { kind: 'char', code, next: after }),
        next,
      );
    case 'run':
      return assembleRun(assembler, node.except, next);
    case 'one':
      return push(assembler, { kind: 'except', codes: new Set(codesOf(node.except)), next });
    case 'set':
      return push(assembler, { kind: 'set', set: node.set, next });
    case 'sequence':
      return node.items.reduceRight((after, item) => assemble(assembler, item, after), next);
    default: {
      const targets = node.items.map((item) => assemble(assembler, item, next));
      return push(assembler, { kind: 'fork', targets });
    }
  }
}

/** Turns a tree into the machine that `runProgram` runs. */
export function assembleProgram(root: GlobNode): Program {
  const assembler: Assembler = { steps: [{ kind: 'end' }] };
  const start = assemble(assembler, root, 0);
  return { steps: assembler.steps, start };
}

/** True when a set contains a code point. */
export function isInSet(set: CharacterSet, code: number): boolean {
  return set.ranges.some(([from, to]) => from <= code && code <= to) !== set.negated;
}

function accepts(step: Step, code: number): boolean {
  if (step.kind === 'char') return step.code === code;
  if (step.kind === 'except') return !step.codes.has(code);
  return step.kind === 'set' && isInSet(step.set, code);
}

/** The states that are alive; `mark` tells in O(1) whether a state was added in this round. */
interface States {
  readonly list: Int32Array;
  readonly mark: Int32Array;
  /** Forks that are still to be followed; kept, since it is used for every character. */
  readonly open: number[];
  size: number;
}

/** Adds a state, or what a fork leads to. */
function addState(program: Program, states: States, place: { readonly state: number; readonly round: number }): void {
  const { open, mark, list } = states;
  open.push(place.state);
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (mark[state] === place.round) continue;
    mark[state] = place.round;
    const step = program.steps[state];
    if (step?.kind !== 'fork') list[states.size++] = state;
    else for (const target of step.targets) open.push(target);
  }
}

function newStates(program: Program): States {
  const count = program.steps.length;
  return { list: new Int32Array(count), mark: new Int32Array(count).fill(-1), open: [], size: 0 };
}

/** Reads one character: the states that are alive behind it. */
function advance(
  program: Program,
  { from, to }: { readonly from: States; readonly to: States },
  place: { readonly code: number; readonly round: number },
): void {
  to.size = 0;
  for (let index = 0; index < from.size; index += 1) {
    const step = program.steps[from.list[index] ?? 0];
    if (step === undefined || step.kind === 'fork' || step.kind === 'end' || !accepts(step, place.code)) continue;
    addState(program, to, { state: step.next, round: place.round });
  }
}

/**
 * True when the whole text matches. Never more work than states × characters: no pattern makes it slow.
 * @throws DiagnosticError for a text over `GLOB_LIMIT_TEXT`.
 */
export function runProgram(program: Program, text: string): boolean {
  if (text.length > GLOB_LIMIT_TEXT) throw new DiagnosticError(limitReached('glob text characters', GLOB_LIMIT_TEXT));
  let current = newStates(program);
  let next = newStates(program);
  let round = 0;
  addState(program, current, { state: program.start, round });
  for (const char of text) {
    round += 1;
    advance(program, { from: current, to: next }, { code: char.codePointAt(0) ?? 0, round });
    if (next.size === 0) return false;
    [current, next] = [next, current];
  }
  return current.mark[0] === round;
}
