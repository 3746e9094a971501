import type { FieldError } from '@argosy/kube/schema';
import { invalidField } from './errors.ts';
import type { NameRule } from './resource.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Longest DNS subdomain, in characters. */
export const MAX_SUBDOMAIN_LENGTH = 253;
/** Longest DNS label and longest label value, in characters. */
export const MAX_LABEL_LENGTH = 63;

const SUBDOMAIN_WORDS =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_WORDS =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
  "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035_WORDS =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, " +
  "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is " +
  "'[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_WORDS =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
  "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_WORDS =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const tooLong = (limit: number): string => `must be no more than ${limit} characters`;

function matching(text: string, rule: { pattern: RegExp; words: string; limit: number }): string[] {
  const problems: string[] = [];
  if (text.length > rule.limit) problems.push(tooLong(rule.limit));
  if (!rule.pattern.test(text)) problems.push(rule.words);
  return problems;
}

/** What is wrong with a DNS subdomain; empty when nothing is. */
export function subdomainProblems(text: string): readonly string[] {
  return matching(text, { pattern: SUBDOMAIN, words: SUBDOMAIN_WORDS, limit: MAX_SUBDOMAIN_LENGTH });
}

/** What is wrong with a DNS label (RFC 1123). */
export function labelProblems(text: string): readonly string[] {
  return matching(text, { pattern: LABEL, words: LABEL_WORDS, limit: MAX_LABEL_LENGTH });
}

function pathProblems(text: string): readonly string[] {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%'].filter((char) => text.includes(char)).map((char) => `may not contain '${char}'`);
}

/** What is wrong with an object name under a resource's rule. With `prefix`, a trailing `-` is allowed. */
export function nameProblems(name: string, rule: NameRule, prefix = false): readonly string[] {
  const text = prefix && name.endsWith('-') ? `${name.slice(0, -1)}a` : name;
  switch (rule) {
    case 'label':
      return labelProblems(text);
    case 'label1035':
      return matching(text, { pattern: LABEL_1035, words: LABEL_1035_WORDS, limit: MAX_LABEL_LENGTH });
    case 'path':
      return pathProblems(text);
    default:
      return subdomainProblems(text);
  }
}

/** What is wrong with a qualified name, the form of label and annotation keys: `[prefix/]name`. */
export function qualifiedNameProblems(key: string): readonly string[] {
  const pieces = key.split('/');
  if (pieces.length > 2) {
    return [
      `a qualified name ${QUALIFIED_WORDS.replace('name part ', '')} with an optional DNS subdomain prefix and '/'`,
    ];
  }
  const name = pieces.at(-1) ?? '';
  const problems: string[] = [];
  if (pieces.length === 2) {
    const prefix = pieces[0] ?? '';
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...subdomainProblems(prefix).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > MAX_LABEL_LENGTH) problems.push(`name part ${tooLong(MAX_LABEL_LENGTH)}`);
  if (name !== '' && !QUALIFIED.test(name)) problems.push(QUALIFIED_WORDS);
  return problems;
}

/** What is wrong with a label value. */
export function labelValueProblems(value: string): readonly string[] {
  const problems: string[] = [];
  if (value.length > MAX_LABEL_LENGTH) problems.push(tooLong(MAX_LABEL_LENGTH));
  if (value !== '' && !QUALIFIED.test(value)) problems.push(VALUE_WORDS);
  return problems;
}

/** Field errors of a map of labels at `path`. */
export function labelErrors(labels: unknown, path: string): readonly FieldError[] {
  if (labels === undefined || labels === null) return [];
  if (typeof labels !== 'object' || Array.isArray(labels))
    return [invalidField(path, labels, 'must be a map of strings')];
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels)) {
    errors.push(...qualifiedNameProblems(key).map((problem) => invalidField(path, key, problem)));
    if (typeof value !== 'string') errors.push(invalidField(path, value, 'must be a string'));
    else errors.push(...labelValueProblems(value).map((problem) => invalidField(path, value, problem)));
  }
  return errors;
}
