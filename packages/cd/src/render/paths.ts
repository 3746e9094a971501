/** Joins paths in a repository; `undefined` when the result would be outside of it. A leading slash is its root. */
export function joinPath(directory: string, path: string): string | undefined {
  const parts: string[] = [];
  const all = path.startsWith('/') ? path : `${directory}/${path}`;
  for (const part of all.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** The files below a directory, their paths relative to it. */
export function filesBelow<T>(files: ReadonlyMap<string, T>, directory: string): ReadonlyMap<string, T> {
  if (directory === '') return files;
  const prefix = `${directory}/`;
  const below = [...files].filter(([path]) => path.startsWith(prefix));
  return new Map(below.map(([path, value]) => [path.slice(prefix.length), value]));
}

/** The directory of a path; empty for one at the root. */
export const directoryOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
