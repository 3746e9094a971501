import { isTest, lineAt, type SourceFile, type Violation } from './source.ts';

/** Lines a source file may have; tables and generated files are exempt by their first line. */
export const FILE_LINE_LIMIT = 500;
/** Lines a test file may have. */
export const TEST_LINE_LIMIT = 600;

const EXEMPT = /^\/\/ @(table|generated): \S/;
const DRAWER_NAMES = /^(utils?|helpers?|common|misc|shared|base|core|manager|tmp)$/;

function checkSize(file: SourceFile): readonly Violation[] {
  if (EXEMPT.test(file.text)) return [];
  const lines = file.text.split('\n').length - 1;
  const limit = isTest(file.path) ? TEST_LINE_LIMIT : FILE_LINE_LIMIT;
  if (lines <= limit) return [];
  return [{ rule: 'file-size', path: file.path, line: limit, message: `${lines} lines; at most ${limit}` }];
}

function checkNames(file: SourceFile): readonly Violation[] {
  const parts = file.path.split('/').map((part) => part.replace(/(\.(test|prop|bench))?\.[a-z]+$/, ''));
  const drawer = parts.find((part) => DRAWER_NAMES.test(part));
  if (drawer === undefined) return [];
  return [{ rule: 'drawer-name', path: file.path, line: 1, message: `"${drawer}" says nothing about what is inside` }];
}

const TEST_BANS: readonly (readonly [RegExp, string, string])[] = [
  [/\b(it|test|describe)\.(skip|only|todo)\b/g, 'skipped-test', 'a skipped or only test'],
  [/timers\/promises|\bsleep\(|new Promise\(\s*\(?\w*\)?\s*=>\s*setTimeout/g, 'sleeping-test', 'a test that sleeps'],
];

const SOURCE_BANS: readonly (readonly [RegExp, string, string])[] = [
  [/^export \*/gm, 'export-star', 'name what you export'],
  [/catch\s*(\([^)]*\))?\s*\{\s*\}/g, 'empty-catch', 'an error swallowed without a word'],
  [/@ts-(ignore|nocheck)/g, 'ts-ignore', 'the compiler silenced'],
];

function checkBans(file: SourceFile): readonly Violation[] {
  const bans = isTest(file.path) ? [...TEST_BANS, ...SOURCE_BANS.slice(2)] : SOURCE_BANS;
  const code = file.text;
  return bans.flatMap(([pattern, rule, message]) =>
    [...code.matchAll(pattern)].map((match) => ({
      rule,
      path: file.path,
      line: lineAt(code, match.index),
      message,
    })),
  );
}

const EXPORTED = /^export (?:async )?(?:function\*?|const|class|interface|type|abstract class) (\w+)/gm;

/** Every exported definition carries a doc comment on the lines right above it. */
function checkDocs(file: SourceFile): readonly Violation[] {
  if (isTest(file.path) || !file.path.startsWith('packages/')) return [];
  const lines = file.text.split('\n');
  const found: Violation[] = [];
  const seen = new Set<string>();
  for (const match of file.text.matchAll(EXPORTED)) {
    const line = lineAt(file.text, match.index);
    const above = (lines[line - 2] ?? '').trim();
    const name = match[1] ?? '';
    // Overloads and a type of the same name share one comment.
    if (!above.endsWith('*/') && !seen.has(name)) {
      found.push({ rule: 'docstring', path: file.path, line, message: `export ${name} has no doc comment` });
    }
    seen.add(name);
  }
  return found;
}

/** Size, names, bans and doc comments of each file by itself. */
export function checkForm(files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap((file) => [
    ...checkSize(file),
    ...checkNames(file),
    ...(file.path.startsWith('tools/tidy/') ? [] : checkBans(file)),
    ...checkDocs(file),
  ]);
}
