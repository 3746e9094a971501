import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Pages in docs/, as paths from the root. */
const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .map((path) => `docs/${path}`);

function textsOf(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

describe('docs', () => {
  it.each(pages)('%s names only files that exist', (page) => {
    const text = read(page);
    const named = textsOf(text, /`((?:packages|test|examples|docs|tools)\/[\w./-]+\.\w+)`/g);
    const linked = textsOf(text, /\]\((?!https?:|#)([^)#]+)[^)]*\)/g).map((path) => join(dirname(page), path));
    expect([...named, ...linked].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each(pages.filter((page) => page.startsWith('docs/kinds/')))('%s shows the example as it is applied', (page) => {
    const text = read(page);
    const [path = ''] = textsOf(text, /The file `(examples\/[^`]+)`/g);
    const [shown = ''] = textsOf(text, /```yaml\n([\s\S]*?)```/g);
    const file = read(path)
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('\n');
    const onPage = shown
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('\n');
    expect(onPage).toBe(file);
  });

  it('every row of the table of features has a state, and what works has a test', () => {
    const rows = textsOf(read('docs/features.md'), /^\|(.*)\|$/gm).map((row) =>
      row.split('|').map((cell) => cell.trim()),
    );
    const features = rows.filter(([first]) => first !== 'feature' && first !== undefined && !first.startsWith('---'));
    expect(features.length).toBeGreaterThan(50);
    for (const [feature, state, , shown] of features) {
      expect(['works', 'partly', 'not yet'], feature).toContain(state);
      if (state === 'works') expect(shown, feature).toContain('.test.ts');
    }
  });
});
