import type { Instant } from '@argosy/std';
import { formatLabelSelector, selectorFromSpec, type KubeObject, type LabelSelectorSpec } from '@argosy/kube/meta';
import type { TableColumn } from '../contract.ts';
import { part, parts, textAt, type Draft } from '../draft.ts';
import { ageText } from './age.ts';

/** One column of a built-in table: its head, and its cell for an object. */
export interface Cell {
  readonly head: TableColumn;
  readonly value: (object: Draft, now: Instant) => unknown;
}

/** A column shown always (priority 0) or only with `-o wide` (priority 1). */
export function cell(name: string, value: Cell['value'], more: Partial<TableColumn> = {}): Cell {
  const format = name === 'Name' ? 'name' : '';
  return { head: { name, type: 'string', format, description: '', priority: 0, ...more }, value };
}

/** A column shown only with `-o wide`. */
export function wide(name: string, value: Cell['value']): Cell {
  return cell(name, value, { priority: 1 });
}

/** A column of whole numbers. */
export function count(name: string, value: Cell['value']): Cell {
  return cell(name, value, { type: 'integer' });
}

/** `<none>` for an empty text. */
export function orNone(text: string): string {
  return text === '' ? '<none>' : text;
}

/** The member at a path, or `undefined`. */
export function at(object: Draft, ...path: readonly string[]): unknown {
  let current: unknown = object;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Draft)[key];
  }
  return current;
}

/** The number at a path, or 0. */
export function numberOf(object: Draft, ...path: readonly string[]): number {
  const value = at(object, ...path);
  return typeof value === 'number' ? value : 0;
}

/** The text at a path, or `''`; numbers and booleans as text. */
export function textOf(object: Draft, ...path: readonly string[]): string {
  const value = at(object, ...path);
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : '';
}

/** metadata.name. */
export const nameCell: Cell = cell('Name', (object) => textOf(object, 'metadata', 'name'));
/** How old the object is. */
export const ageCell: Cell = cell('Age', (object, now) => ageText(at(object, 'metadata', 'creationTimestamp'), now));
/** When the object was created, as RFC 3339. */
export const createdCell: Cell = cell('Created At', (object) => textOf(object, 'metadata', 'creationTimestamp'));

/** A metav1.LabelSelector or a map of labels as text. */
export function selectorText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '<none>';
  const structured = Object.hasOwn(value, 'matchLabels') || Object.hasOwn(value, 'matchExpressions');
  const spec = structured ? value : { matchLabels: value };
  return orNone(formatLabelSelector(selectorFromSpec(spec as LabelSelectorSpec)));
}

function containersAt(object: Draft, path: readonly string[]): readonly Draft[] {
  return parts(at(object, ...path) as Draft | undefined, 'containers');
}

/** The wide columns that workloads share: containers and images of the pod spec at `path`. */
export function containerCells(...path: readonly string[]): readonly Cell[] {
  return [
    wide('Containers', (object) =>
      containersAt(object, path)
        .map((item) => textAt(item, 'name'))
        .join(','),
    ),
    wide('Images', (object) =>
      containersAt(object, path)
        .map((item) => textAt(item, 'image'))
        .join(','),
    ),
  ];
}

/** The wide column with the pod selector. */
export const selectorCell: Cell = wide('Selector', (object) => selectorText(at(object, 'spec', 'selector')));

/** The conditions of an object. */
export function conditionsOf(object: Draft): readonly Draft[] {
  return parts(part(object, 'status'), 'conditions');
}

/** An object seen as members. */
export function membersOf(object: KubeObject): Draft {
  return object as unknown as Draft;
}
