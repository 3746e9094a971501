import { isObject } from '@argosy/std';
import { DiagnosticError } from '@argosy/lang/diagnostic';
import { formatGoJson, GoJsonError, isRecord, parseGoJson, quoteGo, type GoValue } from '@argosy/lang/gofmt';
import {
  failCall,
  goFunction,
  sprigFunctions,
  type FunctionBody,
  type FunctionContext,
  type FunctionTable,
  type SprigOptions,
} from '@argosy/lang/gotemplate';
import { formatYaml, parseYaml } from '@argosy/lang/yaml';
import { parseToml } from './parse-toml.ts';
import { toJsonValue } from './to-json.ts';
import { formatToml } from './toml.ts';
import { yamlWords } from './yaml-words.ts';

/** What `fail` and `required` put around their message, so that only it reaches the user. */
const MARKS = { start: 'HELM_ERR_START', end: 'HELM_ERR_END' };
const MARKED = new RegExp(`${MARKS.start}([^]*)${MARKS.end}`);

/** The message of `fail` or `required` inside an error; `undefined` when it is another error. */
export function markedMessage(text: string): string | undefined {
  return MARKED.exec(text)?.[1];
}

const failMarked = (message: GoValue): never => failCall(MARKS.start + String(message) + MARKS.end);

/** Runs JSON work; what cannot be written is `fallback`. */
function orElse<T>(work: () => T, fallback: (message: string) => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof GoJsonError) return fallback(error.message);
    throw error;
  }
}

function written(context: FunctionContext, text: string): string {
  context.reserve(text.length);
  return text;
}

const toYaml: FunctionBody = ([value], context) =>
  written(
    context,
    orElse(
      () => formatYaml(toJsonValue(value)).replace(/\n$/, ''),
      () => '',
    ),
  );

/** go-yaml 3 with two spaces: as go-yaml 2 but for lists, which stand one level deeper than their key. */
function indentLists(value: unknown): string {
  return formatYaml(value, { indentSequences: true });
}

const toYamlPretty: FunctionBody = ([value], context) =>
  written(
    context,
    orElse(
      () => indentLists(toJsonValue(value)).replace(/\n$/, ''),
      () => '',
    ),
  );

const jsonKind = (value: unknown): string =>
  Array.isArray(value) ? 'array' : isObject(value) ? 'object' : typeof value === 'boolean' ? 'bool' : typeof value;

function decoded(text: GoValue, wanted: 'object' | 'array', context: FunctionContext): GoValue {
  context.spend(1 + Math.floor(String(text).length / 64));
  const parsed = parseYaml(String(text));
  const complaint = (message: string): GoValue => (wanted === 'object' ? { Error: message } : [message]);
  if (!parsed.ok) {
    if (parsed.error.limit !== undefined) throw new DiagnosticError(parsed.error);
    return complaint(yamlWords(parsed.error));
  }
  const { value } = parsed;
  if (value === null) return wanted === 'object' ? {} : [];
  if (jsonKind(value) === wanted) return value;
  const type = wanted === 'object' ? 'map[string]interface {}' : '[]interface {}';
  return complaint(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`,
  );
}

function decodedJson(text: GoValue, wanted: 'object' | 'array'): GoValue {
  const complaint = (message: string): GoValue => (wanted === 'object' ? { Error: message } : [message]);
  return orElse(() => {
    const value = parseGoJson(String(text), 'float64');
    if (value === null) return wanted === 'object' ? {} : [];
    const found = Array.isArray(value) ? 'array' : isRecord(value) ? 'object' : jsonKind(value);
    const type = wanted === 'object' ? 'map[string]interface {}' : '[]interface {}';
    return found === wanted ? value : complaint(`json: cannot unmarshal ${found} into Go value of type ${type}`);
  }, complaint);
}

const toToml: FunctionBody = ([value], context) => {
  const json = orElse(
    () => toJsonValue(value),
    () => null,
  );
  return written(context, formatToml(json));
};

const include: FunctionBody = ([name, data], context) => context.renderNamed(String(name), data);

const tpl: FunctionBody = ([source, data], context) => {
  const text = String(source);
  try {
    return context.renderText('gotpl', text, data).replaceAll('<no value>', '');
  } catch (error) {
    if (!(error instanceof DiagnosticError) || error.diagnostic.limit !== undefined) throw error;
    const { message } = error.diagnostic;
    const parsing = /^template: gotpl:\d+: /.test(message) && !message.includes(': executing "');
    const frame = parsing ? 'cannot parse template' : 'error during tpl function execution for';
    return failCall(`${frame} ${quoteGo(text)}: ${message}`);
  }
};

const required: FunctionBody = ([message, value]) =>
  value === null || value === undefined || value === '' ? failMarked(message) : value;

const fromToml: FunctionBody = ([text], context) => {
  context.spend(1 + Math.floor(String(text).length / 16));
  const parsed = parseToml(String(text));
  return parsed.ok ? parsed.value : { Error: parsed.error };
};

/** All that a chart's template can call: sprig's, less what reads the machine, and Helm's own. */
export function helmFunctions(options: SprigOptions): FunctionTable {
  const table = new Map(sprigFunctions(options));
  const own: readonly (readonly [string, string, FunctionBody])[] = [
    ['include', 'string, any', include],
    ['tpl', 'string, any', tpl],
    ['required', 'string, any', required],
    ['fail', 'string', ([message]) => failMarked(message)],
    ['lookup', 'string, string, string, string', () => ({})],
    ['toYaml', 'any', toYaml],
    ['toYamlPretty', 'any', toYamlPretty],
    ['fromYaml', 'string', ([text], context) => decoded(text, 'object', context)],
    ['fromYamlArray', 'string', ([text], context) => decoded(text, 'array', context)],
    [
      'toJson',
      'any',
      ([value], context) =>
        written(
          context,
          orElse(
            () => formatGoJson(value, { escapeHtml: true }),
            () => '',
          ),
        ),
    ],
    ['fromJson', 'string', ([text]) => decodedJson(text, 'object')],
    ['fromJsonArray', 'string', ([text]) => decodedJson(text, 'array')],
    ['toToml', 'any', toToml],
    ['fromToml', 'string', fromToml],
    ['getHostByName', 'string', () => ''],
  ];
  for (const [name, signature, body] of own) table.set(name, goFunction(signature, body));
  return table;
}
