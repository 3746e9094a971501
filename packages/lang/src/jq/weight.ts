import type { Machine } from './machine.ts';
import { type Value, isArray, isObject } from './value.ts';

/** How many parts of a value count as one step of work. */
const PARTS_A_STEP = 4;

/**
 * Counts the parts of a value as work, and gives their number. Parts may be shared, so that fifty steps make a value with
 * 2^50 parts; whoever is about to walk through a whole value weighs it first, and the step limit ends that.
 */
export function weigh(value: Value, machine: Machine): number {
  if (typeof value === 'string') return 1 + value.length / 64;
  const items = isArray(value) ? value : isObject(value) ? Object.values(value) : undefined;
  if (items === undefined) return 1;
  machine.charge((items.length + 2) / PARTS_A_STEP);
  let weight = 1;
  for (const item of items) if (item !== undefined) weight += weigh(item, machine);
  return weight;
}
