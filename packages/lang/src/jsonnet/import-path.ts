/** Where imports are looked for. */
export interface ImportTree {
  has(path: string): boolean;
  readonly libraryPaths: readonly string[];
}

/** A path without `.` and `..` parts; `..` above the start stays, so it can match nothing. */
function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.' && (part !== '' || parts.length === 0)) parts.push(part);
  }
  return parts.join('/').replace(/^\/(?=.)/, '/');
}

function joined(folder: string, path: string): string {
  return normalize(folder === '' || folder === '.' ? path : `${folder.replace(/\/+$/, '')}/${path}`);
}

// compat(lang-0602): go-jsonnet looks into the library folder given last first.
/** The file that an import means: beside the importing file, else in the library folders, the last one first. */
export function importPath(path: string, importer: string, tree: ImportTree): string | undefined {
  if (path.startsWith('/')) return tree.has(normalize(path)) ? normalize(path) : undefined;
  const folder = importer.includes('/') ? importer.slice(0, importer.lastIndexOf('/')) : '';
  for (const candidate of [folder, ...[...tree.libraryPaths].reverse()]) {
    const found = joined(candidate, path);
    if (tree.has(found)) return found;
  }
  return undefined;
}
