import { jump, leave } from './instructions.ts';
import type { Code, Instruction, Label, Routine } from './machine.ts';

/** The instructions of one routine, before it is known where they will stand. */
export class Chunk {
  readonly instructions: Instruction[] = [];
  readonly labels: Label[] = [];
  /** Where unconditional jumps stand, and where they lead. */
  readonly jumps = new Map<number, Label>();
  /** Where calls stand. */
  readonly calls: number[] = [];
  readonly routine: Routine;

  constructor() {
    const entry: Label = { at: 0 };
    this.labels.push(entry);
    this.routine = { entry, slots: 0 };
  }

  /** Adds an instruction. */
  emit(instruction: Instruction): void {
    this.instructions.push(instruction);
  }

  /** Adds a call, which may turn out to be the last thing its function does. */
  emitCall(instruction: Instruction): void {
    this.calls.push(this.instructions.length);
    this.emit(instruction);
  }

  /** Adds a jump. */
  emitJump(target: Label): void {
    this.jumps.set(this.instructions.length, target);
    this.emit(jump(target));
  }

  /** A label whose place is set later. */
  label(): Label {
    const label: Label = { at: -1 };
    this.labels.push(label);
    return label;
  }

  /** The label stands here. */
  place(label: Label): void {
    label.at = this.instructions.length;
  }
}

/** Where control goes from `at` without doing anything. */
function follow(chunk: Chunk, at: number): number {
  let place = at;
  // A jump leads forwards only, so this ends.
  for (let target = chunk.jumps.get(place); target !== undefined; target = chunk.jumps.get(place)) place = target.at;
  return place;
}

/** Puts all routines one after the other; the first is the program itself. */
export function assemble(chunks: readonly Chunk[]): Code {
  const [first] = chunks;
  const instructions: Instruction[] = [];
  const tails: number[] = [];
  for (const chunk of chunks) {
    const base = instructions.length;
    for (const call of chunk.calls) {
      if (chunk.instructions[follow(chunk, call + 1)] === leave) tails.push(base + call);
    }
    for (const label of chunk.labels) label.at += base;
    for (const instruction of chunk.instructions) instructions.push(instruction);
  }
  const tail = new Uint8Array(instructions.length);
  for (const at of tails) tail[at] = 1;
  return { instructions, tail, main: first?.routine ?? { entry: { at: 0 }, slots: 0 } };
}
