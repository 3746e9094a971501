import type { GroupVersionKind } from '../meta/index.ts';
import { BUILTIN_GROUPS, BUILTIN_STRUCTS } from './builtin-types.ts';
import { ANY_SCHEMA, defineSchema, withFacts, type GoField, type PatchStrategy } from './type-schema.ts';
import type { Relation, ScalarKind, SchemaFacts, TypeSchema } from './type-schema.ts';

/** One field as the table has it. */
interface Row {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly marks: string;
  readonly fallback: unknown;
}

interface StructLine {
  readonly name: string;
  readonly packageName: string;
  readonly isKind: boolean;
  readonly isAtomic: boolean;
  /** The rest of the line, read when the struct is first used. */
  readonly text: string;
}

const SCALARS: { readonly [code: string]: ScalarKind } = {
  s: 'string',
  i: 'integer',
  l: 'integer',
  d: 'number',
  b: 'boolean',
  y: 'bytes',
  T: 'time',
  U: 'micro-time',
  D: 'duration',
  Q: 'quantity',
  X: 'int-or-string',
};

interface Table {
  readonly structs: ReadonlyMap<string, StructLine>;
  readonly made: Map<string, TypeSchema>;
}

/** The one cache of this module: the table is constant, so what is made from it is too. */
let table: Table | undefined;

function readTable(): Table {
  const structs = new Map<string, StructLine>();
  for (const line of BUILTIN_STRUCTS.trim().split('\n')) {
    const bar = line.indexOf('|');
    const head = bar < 0 ? line : line.slice(0, bar);
    const name = head.replace(/[$%]+$/, '');
    const packageName = name.slice(0, name.lastIndexOf('.'));
    const flags = head.slice(name.length);
    const text = bar < 0 ? '' : line.slice(bar + 1);
    structs.set(name, { name, packageName, isKind: flags.includes('$'), isAtomic: flags.includes('%'), text });
  }
  return { structs, made: new Map() };
}

function currentTable(): Table {
  table ??= readTable();
  return table;
}

function parseRow(text: string): Row {
  const [name = '', number = '', type = ''] = text.split(':', 3);
  const rest = text.slice(name.length + number.length + type.length + 3);
  const equals = rest.indexOf('=');
  const fallback: unknown = equals < 0 ? undefined : JSON.parse(rest.slice(equals + 1));
  return { name, number: Number(number), type, marks: equals < 0 ? rest : rest.slice(0, equals), fallback };
}

function parsePatch(marks: string): PatchStrategy | undefined {
  const match = /~([\w,]*)(?:\((\w+)\))?/.exec(marks);
  if (match === null) return undefined;
  const words = (match[1] ?? '').split(',');
  return {
    merge: words.includes('merge'),
    retainKeys: words.includes('retainKeys'),
    replace: words.includes('replace'),
    key: match[2],
  };
}

function parseRelation(marks: string): { readonly relation?: Relation; readonly keys?: readonly string[] } {
  const match = /@(map|set|atomic|granular)(?:\(([\w,]+)\))?/.exec(marks);
  if (match === null) return {};
  const relation = match[1] as Relation;
  return match[2] === undefined ? { relation } : { relation, keys: match[2].split(',') };
}

/** The node of a type as the table writes it, with what its place adds. */
function typeNode(type: string, packageName: string, own: Partial<SchemaFacts>): TypeSchema {
  const code = type.charAt(0);
  if (code === '[' || code === '{') {
    const element = (): TypeSchema => elementNode(type.slice(1), packageName);
    return defineSchema({ shape: code === '[' ? 'list' : 'map', element, ...own });
  }
  if (type === 'R' || type === 'F') return withFacts(ANY_SCHEMA, own);
  if (type === 'E') return defineSchema({ shape: 'list', element: () => elementNode('s', packageName), ...own });
  const scalar = type.length === 1 ? SCALARS[type] : undefined;
  if (scalar !== undefined) return defineSchema({ shape: 'scalar', scalar, ...own });
  return withFacts(structNode(type.includes('.') ? type : `${packageName}.${type}`), own);
}

function goField(row: Row): GoField {
  return {
    number: row.number,
    pointer: row.marks.includes('*'),
    always: row.marks.includes('!'),
    bits: row.type.endsWith('i') ? 32 : 64,
    wrapped: row.type.endsWith('E'),
  };
}

function elementNode(type: string, packageName: string): TypeSchema {
  return typeNode(type, packageName, { go: goField({ name: '', number: 0, type, marks: '!', fallback: undefined }) });
}

function fieldNode(row: Row, packageName: string): TypeSchema {
  return typeNode(row.type, packageName, {
    go: goField(row),
    patch: parsePatch(row.marks),
    fallback: row.fallback,
    ...parseRelation(row.marks),
  });
}

function rowsOf(line: StructLine): readonly Row[] {
  return line.text === '' ? [] : line.text.split('|').map(parseRow);
}

function embeddedName(row: Row, line: StructLine): string {
  return row.type.includes('.') ? row.type : `${line.packageName}.${row.type}`;
}

function structFields(line: StructLine): ReadonlyMap<string, TypeSchema> {
  const fields = new Map<string, TypeSchema>();
  if (line.isKind) {
    const text = { shape: 'scalar', scalar: 'string', go: goField(parseRow('kind:0:s:')) } as const;
    fields.set('kind', defineSchema(text));
    fields.set('apiVersion', defineSchema(text));
  }
  for (const row of rowsOf(line)) {
    if (row.marks.includes('^')) {
      for (const [name, field] of structNode(embeddedName(row, line)).fields) fields.set(name, field);
    } else {
      fields.set(row.name, fieldNode(row, line.packageName));
    }
  }
  return fields;
}

function embeddedStructs(line: StructLine): ReadonlyMap<number, TypeSchema> {
  const rows = rowsOf(line).filter((row) => row.marks.includes('^'));
  return new Map(rows.map((row) => [row.number, structNode(embeddedName(row, line))]));
}

function requiredNames(line: StructLine): readonly string[] {
  const names: string[] = [];
  for (const row of rowsOf(line)) {
    if (row.marks.includes('^')) {
      const embedded = currentTable().structs.get(embeddedName(row, line));
      if (embedded !== undefined) names.push(...requiredNames(embedded));
    } else if (/^[*!]*r/.test(row.marks)) {
      names.push(row.name);
    }
  }
  return names;
}

function structNode(name: string): TypeSchema {
  const { structs, made } = currentTable();
  const known = made.get(name);
  if (known !== undefined) return known;
  const line = structs.get(name);
  const node =
    line === undefined
      ? ANY_SCHEMA
      : defineSchema({
          shape: 'struct',
          name: name.slice(name.lastIndexOf('.') + 1),
          relation: line.isAtomic ? 'atomic' : 'granular',
          fields: () => structFields(line),
          required: requiredNames(line),
          embeddedStructs: () => embeddedStructs(line),
        });
  made.set(name, node);
  return node;
}

function tablePackage(gvk: GroupVersionKind): string | undefined {
  for (const [packageName, group] of Object.entries(BUILTIN_GROUPS)) {
    if (group === gvk.group && packageName.endsWith(`.${gvk.version}`)) return packageName;
  }
  return undefined;
}

/** Kinds of the machinery, which clients send under any group and version. */
const EVERYWHERE = ['DeleteOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions', 'ListOptions', 'GetOptions'];

/** The schema of a built-in kind; `undefined` for others. Made on first use and kept. */
export function builtinSchema(gvk: GroupVersionKind): TypeSchema | undefined {
  const packageName = EVERYWHERE.includes(gvk.kind) || gvk.kind === 'Status' ? 'meta.v1' : tablePackage(gvk);
  const name = `${packageName}.${gvk.kind}`;
  const line = packageName === undefined ? undefined : currentTable().structs.get(name);
  return line?.isKind === true ? structNode(name) : undefined;
}

/** Every built-in kind, for tables and tests. Sorted by group, version, kind as the table is. */
export function builtinKinds(): readonly GroupVersionKind[] {
  const kinds: GroupVersionKind[] = [];
  for (const line of currentTable().structs.values()) {
    if (!line.isKind) continue;
    const version = line.packageName.slice(line.packageName.lastIndexOf('.') + 1);
    const kind = line.name.slice(line.name.lastIndexOf('.') + 1);
    kinds.push({ group: BUILTIN_GROUPS[line.packageName] ?? '', version, kind });
  }
  return kinds;
}

/** metav1.ObjectMeta, which custom resources have too. */
export function objectMetaSchema(): TypeSchema {
  return structNode('meta.v1.ObjectMeta');
}

/** A named struct such as `core.v1.PodSpec`; `undefined` when the table has none of that name. */
export function builtinStruct(name: string): TypeSchema | undefined {
  return currentTable().structs.has(name) ? structNode(name) : undefined;
}
