import { roomOf, type LayerTable } from './layers.ts';
import { codeOnly, importsOf, isTest, lineAt, type SourceFile, type Violation } from './source.ts';

const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\basync\b/g, 'async'],
  [/\bawait\b/g, 'await'],
  [/\bnew Promise\b|\bPromise\s*\./g, 'Promise'],
  [/(?<![.\w'"])Date\b(?!\s*[:?'"])/g, 'Date'],
  [/\bMath\.random\b/g, 'Math.random'],
  [/(?<![.\w])performance\s*\./g, 'performance'],
  [/(?<![.\w])process\s*\./g, 'process'],
  [/(?<![.\w])crypto\s*\./g, 'crypto'],
  [/(?<![.\w])(setTimeout|setInterval|setImmediate|queueMicrotask)\b/g, 'timers'],
  [/(?<![.\w])Intl\s*\./g, 'Intl'],
  [/\.toLocale\w+\(|\.localeCompare\(/g, 'locale'],
  [/(?<![.\w])fetch\(/g, 'fetch'],
];

/** The one file of the pure world that may reach the platform: hashing. */
const HASHING = 'packages/std/src/hash.ts';

/** Third-party code, itself pure, that pure folders may stand on: where, and which modules (ADR 0008). */
const THIRD_PARTY_IN_PURE: readonly (readonly [RegExp, RegExp])[] = [
  [/^packages\/lang\/src\//, /^(?!node:)/],
  [/^packages\/ui\/src\/model\//, /^@dagrejs\/dagre$/],
];

function checkFile(file: SourceFile): readonly Violation[] {
  const code = codeOnly(file.text);
  const found: Violation[] = [];
  for (const [pattern, name] of BANNED) {
    for (const match of code.matchAll(pattern)) {
      const line = lineAt(code, match.index);
      found.push({ rule: 'purity', path: file.path, line, message: `${name} in a pure folder` });
    }
  }
  for (const use of importsOf(file.text)) {
    const outside = !use.specifier.startsWith('.') && !use.specifier.startsWith('@argosy/');
    if (!outside || use.typeOnly) continue;
    const allowed = THIRD_PARTY_IN_PURE.some(([where, what]) => where.test(file.path) && what.test(use.specifier));
    if (allowed) continue;
    found.push({ rule: 'purity', path: file.path, line: use.line, message: `${use.specifier} in a pure folder` });
  }
  return found;
}

/** No clock, randomness, I/O, promise or foreign code in folders that declare themselves pure. Tests are free. */
export function checkPurity(files: readonly SourceFile[], table: LayerTable): readonly Violation[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    if (room === undefined || isTest(file.path) || file.path === HASHING) return [];
    return table.get(room.packageName)?.get(room.folder)?.pure === true ? checkFile(file) : [];
  });
}
