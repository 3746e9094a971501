import { describe, expect, it } from 'vitest';
import { readLogOptions } from './query-options.ts';

describe('readLogOptions', () => {
  it.each([
    { query: '', expected: {}, reason: 'both streams unless asked' },
    { query: 'stream=', expected: {}, reason: 'an empty value is none' },
    { query: 'stream=Stdout', expected: { stream: 'Stdout' }, reason: 'one stream' },
    {
      query: 'stream=Stderr&tailLines=3',
      expected: { stream: 'Stderr', tailLines: 3 },
      reason: 'a tail of one stream',
    },
  ])('$reason', ({ query, expected }) => {
    expect(readLogOptions(new URLSearchParams(query))).toEqual(expected);
  });

  it.each([
    {
      query: 'stream=stdout',
      message: 'stream: Unsupported value: "stdout": supported values: "All", "Stderr", "Stdout"',
    },
    { query: 'tailLines=-1', message: 'tailLines: Invalid value: -1' },
  ])('refuses $query', ({ query, message }) => {
    expect(() => readLogOptions(new URLSearchParams(query))).toThrow(message);
  });
});
