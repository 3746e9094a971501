import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Result } from '@argosy/std';
import type { Diagnostic } from '../diagnostic/index.ts';
import { evaluateTags } from '../tags/index.ts';
import { evaluateWhen } from '../when/index.ts';
import { evaluateExpr, formatExprError } from './index.ts';

type Evaluate = (source: string, vars: unknown) => Result<unknown, Diagnostic>;

const engines: { readonly [language: string]: Evaluate } = {
  expr: evaluateExpr,
  tags: evaluateTags,
  when: evaluateWhen,
};

interface Example {
  readonly source: string;
  readonly vars: unknown;
  readonly expected: string;
  readonly failure: boolean;
}

/** The fenced blocks of a page: a source, perhaps variables, and what comes out. */
function examplesOf(language: string): readonly Example[] {
  const page = readFileSync(join(import.meta.dirname, `../../../../docs/languages/${language}.md`), 'utf8');
  const examples: Example[] = [];
  let source = '';
  let vars: unknown = {};
  for (const [, kind, text = ''] of page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    if (kind === language) [source, vars] = [text.trimEnd(), {}];
    else if (kind === 'json') vars = JSON.parse(text);
    else examples.push({ source, vars, expected: text.trimEnd(), failure: kind === 'error' });
  }
  return examples;
}

describe('the pages of the languages', () => {
  it.each(
    Object.keys(engines).flatMap((language) => examplesOf(language).map((example) => ({ language, ...example }))),
  )('$language: $source', ({ language, source, vars, expected, failure }) => {
    const found = engines[language]?.(source, vars);
    if (found === undefined || found.ok === failure) throw new Error(`wrong outcome: ${JSON.stringify(found)}`);
    if (!found.ok) {
      expect(language === 'expr' ? formatExprError(source, found.error) : found.error.message).toBe(expected);
    } else expect(found.value).toEqual(language === 'tags' ? expected : JSON.parse(expected));
  });

  it.each(Object.keys(engines))('has examples for %s', (language) => {
    expect(examplesOf(language).length).toBeGreaterThanOrEqual(2);
  });
});
