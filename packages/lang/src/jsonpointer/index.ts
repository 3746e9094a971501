import { err, isObject, ok, setOwn, type Result } from '@argosy/std';
import { diagnostic, type Diagnostic } from '../diagnostic/index.ts';

/** Characters of one pointer. */
export const JSONPOINTER_LIMIT_CHARACTERS = 8192;

/**
 * Reads an RFC 6901 pointer (`/spec/a~1b/0`) into its tokens; `''` is the whole document.
 * Fails when it does not begin with a slash or has a stray `~`.
 */
export function parseJsonPointer(text: string): Result<readonly string[], Diagnostic> {
  if (text.length > JSONPOINTER_LIMIT_CHARACTERS) {
    return err(diagnostic(`a JSON pointer is limited to ${JSONPOINTER_LIMIT_CHARACTERS} characters`));
  }
  if (text === '') return ok([]);
  if (!text.startsWith('/'))
    return err(diagnostic(`a JSON pointer must be empty or begin with "/", found ${JSON.stringify(text)}`));
  if (/~(?![01])/.test(text)) return err(diagnostic(`"~" must be followed by 0 or 1 in ${JSON.stringify(text)}`));
  return ok(
    text
      .slice(1)
      .split('/')
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~')),
  );
}

/** Writes tokens as a pointer; the inverse of `parseJsonPointer`. */
export function formatJsonPointer(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

const INDEX = /^(0|[1-9]\d*)$/;

/** The value at the tokens; `undefined` when something on the way is missing. Own members only. */
export function getByPointer(document: unknown, tokens: readonly string[]): unknown {
  let current: unknown = document;
  for (const token of tokens) {
    if (Array.isArray(current)) current = INDEX.test(token) ? current[Number(token)] : undefined;
    else if (isObject(current) && Object.hasOwn(current, token)) current = current[token];
    else return undefined;
  }
  return current;
}

/** The document without the value at the tokens; the same document when it was not there. Nothing is changed in place. */
export function removeByPointer<T>(document: T, tokens: readonly string[]): T {
  const [token, ...rest] = tokens;
  if (token === undefined || getByPointer(document, tokens) === undefined) return document;
  if (Array.isArray(document)) {
    const index = Number(token);
    const list: readonly unknown[] = document;
    if (rest.length === 0) return list.toSpliced(index, 1) as T;
    return list.with(index, removeByPointer(list[index], rest)) as T;
  }
  const copy: { [key: string]: unknown } = { ...(document as object) };
  if (rest.length === 0) delete copy[token];
  else setOwn(copy, token, removeByPointer(copy[token], rest));
  return copy as T;
}
