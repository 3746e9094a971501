import { importsOf, isTest, type ImportUse, type SourceFile, type Violation } from './source.ts';

/** What a package's manifest declares of each of its folders; `.` is the package's own root. */
export interface FolderLayer {
  readonly layer: number;
  readonly pure: boolean;
}

/** Package name (without scope) → folder → layer. */
export type LayerTable = ReadonlyMap<string, ReadonlyMap<string, FolderLayer>>;

/** Where a file lives. */
export interface Room {
  readonly packageName: string;
  readonly folder: string;
}

/** packages/kube/src/meta/object.ts → kube, meta; files directly in src are in folder `.`. */
export function roomOf(path: string): Room | undefined {
  const match = /^packages\/([^/]+)\/src\/(?:([^/]+)\/)?[^/]+$|^packages\/([^/]+)\/src\/([^/]+)\//.exec(path);
  if (match === null) return undefined;
  return { packageName: match[1] ?? match[3] ?? '', folder: match[2] ?? match[4] ?? '.' };
}

const DOMAINS = new Set(['cluster', 'cd', 'workflows', 'rollouts', 'events', 'notify', 'auth']);

function layerOf(table: LayerTable, room: Room): FolderLayer | undefined {
  return table.get(room.packageName)?.get(room.folder);
}

function resolve(path: string, specifier: string): string {
  const parts = path.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function targetRoom(path: string, specifier: string): Room | undefined {
  if (specifier.startsWith('.')) return roomOf(resolve(path, specifier));
  const match = /^@argosy\/([^/]+)(?:\/([^/]+))?$/.exec(specifier);
  return match === null ? undefined : { packageName: match[1] ?? '', folder: match[2] ?? '.' };
}

interface Edge {
  readonly from: SourceFile;
  readonly use: ImportUse;
  readonly source: Room;
  readonly target: Room;
}

const declaresNone = (room: Room): string => `${room.packageName}/${room.folder} declares no layer in its package.json`;

function judgeDirection(edge: Edge, from: FolderLayer, to: FolderLayer): string | undefined {
  const { source, target } = edge;
  const name = `${target.packageName}/${target.folder}`;
  const foreign = source.packageName !== target.packageName;
  if (foreign && DOMAINS.has(source.packageName) && DOMAINS.has(target.packageName)) {
    return `domains never import each other: ${source.packageName} → ${target.packageName}`;
  }
  if (to.layer > from.layer || (to.layer === from.layer && foreign)) {
    return `layer ${from.layer} (${source.packageName}/${source.folder}) may not import layer ${to.layer} (${name})`;
  }
  return from.pure && !to.pure && !edge.use.typeOnly
    ? `a pure folder may not import ${name}, which is not pure`
    : undefined;
}

function judgeEdge(table: LayerTable, edge: Edge): string | undefined {
  const from = layerOf(table, edge.source);
  const to = layerOf(table, edge.target);
  if (from === undefined) return declaresNone(edge.source);
  return to === undefined ? declaresNone(edge.target) : judgeDirection(edge, from, to);
}

/** A relative import into another folder must go through its index.ts. */
function isDeep(source: Room, target: Room, specifier: string): boolean {
  if (!specifier.startsWith('.') || !/\.tsx?$/.test(specifier)) return false;
  const sameRoom = source.packageName === target.packageName && source.folder === target.folder;
  return !sameRoom && target.folder !== '.' && !specifier.endsWith('/index.ts');
}

/** Direction of imports, deep imports, and domains apart from each other. Tests may import anything. */
export function checkLayers(files: readonly SourceFile[], table: LayerTable): readonly Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    const source = roomOf(file.path);
    if (source === undefined || isTest(file.path)) continue;
    for (const use of importsOf(file.text)) {
      const report = (rule: string, message: string): number =>
        found.push({ rule, path: file.path, line: use.line, message });
      if (/^@argosy\/[^/]+\/[^/]+\/./.test(use.specifier)) report('deep-import', `${use.specifier} reaches inside`);
      const target = targetRoom(file.path, use.specifier);
      if (target === undefined) continue;
      if (isDeep(source, target, use.specifier)) report('deep-import', `${use.specifier}: import its index.ts`);
      const problem = judgeEdge(table, { from: file, use, source, target });
      if (problem !== undefined) report('layers', problem);
    }
  }
  return found;
}
