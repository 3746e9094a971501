import { parseUrl } from './url.ts';

/** Faults of a text, in Kubernetes' words; none when it fits. */
type Format = (text: string) => readonly string[];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED_PART = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

interface Rule {
  readonly form: RegExp;
  readonly most: number;
  readonly message: string;
}

function rule({ form, most, message }: Rule): Format {
  return (text) => [
    ...(text.length > most ? [`must be no more than ${most} characters`] : []),
    ...(form.test(text) ? [] : [message]),
  ];
}

const DNS_LABEL = rule({
  form: new RegExp(`^${LABEL}$`),
  most: 63,
  message:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
});

const DNS_SUBDOMAIN = rule({
  form: new RegExp(`^${LABEL}(\\.${LABEL})*$`),
  most: 253,
  message:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
});

const DNS_1035 = rule({
  form: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  most: 63,
  message:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
});

const LABEL_VALUE = rule({
  form: new RegExp(`^(${QUALIFIED_PART})?$`),
  most: 63,
  message:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
});

const QUALIFIED_MESSAGE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

function qualifiedName(text: string): readonly string[] {
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  const faults: string[] = [];
  if (parts.length > 2) {
    return [
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ];
  }
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') faults.push('prefix part must be non-empty');
    else faults.push(...DNS_SUBDOMAIN(prefix).map((fault) => `prefix part ${fault}`));
  }
  if (name === '') faults.push('name part must be non-empty');
  else if (name.length > 63) faults.push('name part must be no more than 63 characters');
  if (!new RegExp(`^${QUALIFIED_PART}$`).test(name)) faults.push(QUALIFIED_MESSAGE);
  return faults;
}

/** A prefix for a generated name may end in a dash. */
const withPrefix =
  (format: Format): Format =>
  (text) =>
    format(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);

const simple =
  (form: RegExp, message: string): Format =>
  (text) =>
    form.test(text) ? [] : [message];

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const DATE_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The formats of `format.<name>()`, by name. */
export const NAMED_FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['dns1123Label', DNS_LABEL],
  ['dns1123Subdomain', DNS_SUBDOMAIN],
  ['dns1035Label', DNS_1035],
  ['qualifiedName', qualifiedName],
  ['dns1123LabelPrefix', withPrefix(DNS_LABEL)],
  ['dns1123SubdomainPrefix', withPrefix(DNS_SUBDOMAIN)],
  ['dns1035LabelPrefix', withPrefix(DNS_1035)],
  ['labelValue', LABEL_VALUE],
  ['uri', (text) => (parseUrl(text) === undefined ? ['invalid URI'] : [])],
  ['uuid', simple(/^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/, 'does not match the UUID format')],
  ['byte', simple(BASE64, 'invalid base64')],
  ['date', simple(DATE, 'invalid date')],
  ['datetime', simple(DATE_TIME, 'invalid datetime')],
]);
