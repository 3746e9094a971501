import type { Instant } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { Table } from '../contract.ts';
import type { Draft } from '../draft.ts';
import type { PrinterColumn, ServedResource } from '../resource.ts';
import { ageText } from './age.ts';
import { convertObject } from '../convert.ts';
import { BUILT_IN_CELLS, PLAIN_CELLS } from './built-in-cells.ts';
import { ageCell, cell, membersOf, nameCell, type Cell } from './cells.ts';
import { compileJsonPath } from './json-path.ts';

function customValue(value: unknown, type: string, now: Instant): unknown {
  if (value === undefined || value === null) return '<none>';
  if (type === 'date') return ageText(value, now);
  if (type === 'string' && typeof value === 'object') return JSON.stringify(value);
  return type === 'string' ? `${value as string | number | boolean}` : value;
}

function customCell(column: PrinterColumn): Cell {
  const read = compileJsonPath(column.jsonPath);
  const { name, type, format, description, priority } = column;
  return cell(name, (object, now) => customValue(read(object), type, now), { type, format, description, priority });
}

function cellsOf(resource: ServedResource): readonly Cell[] {
  if (!resource.custom) return BUILT_IN_CELLS.get(resource.storage) ?? PLAIN_CELLS;
  const columns = resource.definition?.columns ?? [];
  return columns.length === 0 ? [nameCell, ageCell] : [nameCell, ...columns.map(customCell)];
}

const compiled = new WeakMap<ServedResource, readonly Cell[]>();

/** metav1.Table of objects of one resource; every row carries the object's metadata. */
export function tableOf(resource: ServedResource, objects: readonly KubeObject[], now: Instant): Table {
  let cells = compiled.get(resource);
  if (cells === undefined) compiled.set(resource, (cells = cellsOf(resource)));
  const columns = cells;
  // Cells read the stored form, whichever version the objects come in.
  const shown = (object: KubeObject): Draft =>
    membersOf(resource.converts && !resource.custom ? convertObject(object, resource.storedApiVersion) : object);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: columns.map((column) => column.head),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.value(shown(object), now)),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  };
}
