import { compileRegex, type Regex } from '../regex/index.ts';
import { lowerText, quoteGo, runeCount, upperText } from '../gofmt/index.ts';
import { formatString } from './format.ts';
import { overload, type Overload } from './registry.ts';
import { fail, spend, spendUnits, type Run } from './run.ts';
import { CelList, isMap } from './values.ts';

/** A pattern that was used; paid for as Kubernetes does: text × pattern. */
export function regexFor(text: string, pattern: string, run: Run): Regex {
  spend(run, Math.ceil(((text.length + 1) / 10) * ((pattern.length + 3) / 4)));
  const compiled = compileRegex(pattern, (instructions) => spend(run, instructions * 4));
  return compiled.ok ? compiled.value : fail(compiled.error.message);
}

const charsOf = (text: string, run: Run): readonly string[] => {
  spendUnits(run, text.length);
  return [...text];
};

function charAt(text: string, index: bigint, run: Run): string {
  const chars = charsOf(text, run);
  if (index < 0n || index > BigInt(chars.length)) fail(`index out of range: ${index}`);
  return chars[Number(index)] ?? '';
}

function indexOf([text, part]: readonly [string, string], from: bigint, run: Run): bigint {
  const chars = charsOf(text, run);
  if (from < 0n || from > BigInt(chars.length)) return fail(`index out of range: ${from}`);
  const start = chars.slice(0, Number(from)).join('').length;
  const at = text.indexOf(part, start);
  return at < 0 ? -1n : BigInt(runeCount(text.slice(0, at)));
}

function lastIndexOf([text, part]: readonly [string, string], from: bigint | undefined, run: Run): bigint {
  const chars = charsOf(text, run);
  if (from !== undefined && (from < 0n || from > BigInt(chars.length))) return fail(`index out of range: ${from}`);
  const start = from === undefined ? text.length : chars.slice(0, Number(from)).join('').length;
  const at = text.lastIndexOf(part, start);
  return at < 0 ? -1n : BigInt(runeCount(text.slice(0, at)));
}

function substring(text: string, [from, to]: readonly [bigint, bigint?], run: Run): string {
  const chars = charsOf(text, run);
  const end = to ?? BigInt(chars.length);
  if (from < 0n || from > BigInt(chars.length)) fail(`index out of range: ${from}`);
  if (end < 0n || end > BigInt(chars.length)) fail(`index out of range: ${end}`);
  if (from > end) fail(`invalid substring range. start: ${from}, end: ${end}`);
  return chars.slice(Number(from), Number(end)).join('');
}

/** Cuts at every `separator`; at most `limit` parts, all below zero. */
function split(text: string, separator: string, limit: bigint): CelList {
  if (limit === 0n) return new CelList([]);
  const parts = separator === '' ? [...text] : text.split(separator);
  if (limit < 0n || BigInt(parts.length) <= limit) return new CelList(parts);
  const kept = Number(limit) - 1;
  return new CelList([...parts.slice(0, kept), parts.slice(kept).join(separator)]);
}

function replace(subject: { text: string; from: string; to: string }, limit: bigint, run: Run): string {
  const { text, from, to } = subject;
  const pieces = from === '' ? ['', ...text, ''] : text.split(from);
  const most = limit < 0n ? pieces.length - 1 : Math.min(Number(limit), pieces.length - 1);
  spendUnits(run, text.length + most * to.length);
  if (from === '' && text !== '') return interleave([...text], to, limit);
  return (
    pieces.slice(0, most + 1).join(to) +
    pieces
      .slice(most + 1)
      .map((piece) => from + piece)
      .join('')
  );
}

/** An empty pattern matches before every character and at the end. */
function interleave(chars: readonly string[], to: string, limit: bigint): string {
  let left = limit < 0n ? chars.length + 1 : Number(limit);
  let out = '';
  for (const char of chars) {
    out += left > 0 ? to + char : char;
    left -= 1;
  }
  return left > 0 ? out + to : out;
}

function joinTexts(list: CelList, separator: string, run: Run): string {
  const texts = list
    .items()
    .map((item) => (typeof item === 'string' ? item : fail('no such overload: join of a list that is not of strings')));
  spendUnits(
    run,
    texts.reduce((sum, text) => sum + text.length + separator.length, 0),
  );
  return texts.join(separator);
}

const SPACES = '[ \\t\\n\\u000b\\f\\r\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const TRIM = new RegExp(`^${SPACES}|${SPACES}$`, 'g');

function sized<T>(text: string, run: Run, work: () => T): T {
  spendUnits(run, text.length);
  return work();
}

const ascii = (text: string, change: (part: string) => string): string => text.replaceAll(/[A-Za-z]+/g, change);

/** Methods of texts: the standard ones and cel-go's strings library. */
export const STRING_METHODS: readonly Overload[] = [
  overload('contains', ['string', 'string'], ([text, part], run) => sized(text, run, () => text.includes(part))),
  overload('startsWith', ['string', 'string'], ([text, part], run) => sized(part, run, () => text.startsWith(part))),
  overload('endsWith', ['string', 'string'], ([text, part], run) => sized(part, run, () => text.endsWith(part))),
  overload('matches', ['string', 'string'], ([text, pattern], run) => regexFor(text, pattern, run).test(text)),
  overload('charAt', ['string', 'int'], ([text, index], run) => charAt(text, index, run)),
  overload('indexOf', ['string', 'string'], ([text, part], run) => indexOf([text, part], 0n, run)),
  overload('indexOf', ['string', 'string', 'int'], ([text, part, from], run) => indexOf([text, part], from, run)),
  overload('lastIndexOf', ['string', 'string'], ([text, part], run) => lastIndexOf([text, part], undefined, run)),
  overload('lastIndexOf', ['string', 'string', 'int'], ([text, part, from], run) =>
    lastIndexOf([text, part], from, run),
  ),
  overload('lowerAscii', ['string'], ([text], run) => sized(text, run, () => ascii(text, lowerText))),
  overload('upperAscii', ['string'], ([text], run) => sized(text, run, () => ascii(text, upperText))),
  overload('substring', ['string', 'int'], ([text, from], run) => substring(text, [from], run)),
  overload('substring', ['string', 'int', 'int'], ([text, from, to], run) => substring(text, [from, to], run)),
  overload('trim', ['string'], ([text], run) => sized(text, run, () => text.replaceAll(TRIM, ''))),
  overload('reverse', ['string'], ([text], run) => charsOf(text, run).toReversed().join('')),
  overload('split', ['string', 'string'], ([text, by], run) => sized(text, run, () => split(text, by, -1n))),
  overload('split', ['string', 'string', 'int'], ([text, by, limit], run) =>
    sized(text, run, () => split(text, by, limit)),
  ),
  overload('replace', ['string', 'string', 'string'], ([text, from, to], run) => replace({ text, from, to }, -1n, run)),
  overload('replace', ['string', 'string', 'string', 'int'], ([text, from, to, limit], run) =>
    replace({ text, from, to }, limit, run),
  ),
  overload('join', ['list'], ([list], run) => joinTexts(list, '', run)),
  overload('join', ['list', 'string'], ([list, separator], run) => joinTexts(list, separator, run)),
  overload('format', ['string', 'list'], ([template, list], run) => formatString(template, list, run)),
  overload('find', ['string', 'string'], ([text, pattern], run) => {
    const span = regexFor(text, pattern, run).find(text)?.[0];
    return span === undefined ? '' : text.slice(...span);
  }),
  overload('findAll', ['string', 'string'], ([text, pattern], run) => findAll({ text, pattern }, -1n, run)),
  overload('findAll', ['string', 'string', 'int'], ([text, pattern, limit], run) =>
    findAll({ text, pattern }, limit, run),
  ),
];

function findAll(subject: { text: string; pattern: string }, limit: bigint, run: Run): CelList {
  const { text, pattern } = subject;
  const matches = regexFor(text, pattern, run).findAll(text, Number(limit));
  spend(run, matches.length);
  return new CelList(matches.map((spans) => text.slice(...(spans[0] ?? [0, 0]))));
}

/** Sizes, as functions and as methods, and functions on texts. */
export const SIZES: readonly Overload[] = [
  overload('size', ['string'], ([text], run) => sized(text, run, () => BigInt(runeCount(text)))),
  overload('size', ['bytes'], ([bytes]) => BigInt(bytes.length)),
  overload('size', ['list'], ([list]) => BigInt(list.size)),
  overload('size', ['map'], ([map]) => BigInt(isMap(map) ? map.size : 0)),
];

/** Functions on texts. */
export const STRING_FUNCTIONS: readonly Overload[] = [
  overload('matches', ['string', 'string'], ([text, pattern], run) => regexFor(text, pattern, run).test(text)),
  overload('strings.quote', ['string'], ([text], run) => sized(text, run, () => quoteGo(text))),
];
