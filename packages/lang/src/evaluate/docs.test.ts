import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from '../diagnostic/index.ts';
import { compileRegex } from '../regex/index.ts';
import { evaluateLanguage } from './index.ts';

interface Example {
  readonly source: string;
  readonly vars: unknown;
  readonly result?: string;
  readonly error?: string;
}

const page = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../../docs/languages', `${name}.md`), 'utf8');

/** The fenced blocks of a page: a source, then perhaps its variables, then what it gives. */
function examplesOf(text: string, language: string): readonly Example[] {
  const examples: Example[] = [];
  let source = '';
  let vars: unknown = {};
  for (const [, kind = '', body = ''] of text.matchAll(/^```(\S+)\n([\s\S]*?)\n```$/gm)) {
    if (kind === language) [source, vars] = [body, {}];
    else if (kind === 'json') vars = JSON.parse(body);
    else if (kind === 'result') examples.push({ source, vars, result: body });
    else if (kind === 'error') examples.push({ source, vars, error: body });
  }
  return examples;
}

describe.each([
  ['glob', 'glob'],
  ['cel', 'cel'],
  ['yaml', 'yaml-source'],
])('the page of %s', (language, fence) => {
  const examples = examplesOf(page(language), fence);

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(0);
  });

  it.each(examples)('is right about $source', ({ source, vars, result, error }) => {
    const got = evaluateLanguage(language, source, { vars });
    if (error !== undefined) expect(got.ok ? '' : formatDiagnostic(source, got.error)).toBe(error);
    else {
      const shown = JSON.stringify(got.ok ? got.value : got.error, (_key, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      );
      expect(JSON.parse(shown)).toEqual(JSON.parse(result ?? 'null'));
    }
  });
});

describe('the page of regex', () => {
  it('is right', () => {
    const [example] = examplesOf(page('regex'), 'regex');
    const regex = compileRegex(example?.source ?? '');
    expect(regex.ok && regex.value.replaceAll('web:80, api:8080', '$2/${name}')).toBe(example?.result);
  });
});
