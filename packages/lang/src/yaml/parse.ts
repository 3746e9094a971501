import yaml from 'js-yaml';
import { err, isObject, ok, setOwn, type JsonValue, type Result } from '@argosy/std';
import { diagnostic, DiagnosticError, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import {
  goBigSchema,
  goSchema,
  isMergeKey,
  MAPPING_PROTOTYPE,
  MergeScalar,
  NULL_SCALAR,
  YamlSequence,
} from './go-schema.ts';

/** Bounds on what one text may turn into. */
export interface YamlLimits {
  /** Characters of source. */
  readonly sourceCharacters: number;
  /** Documents in one text. */
  readonly documents: number;
  /** Nesting of lists and mappings. */
  readonly depth: number;
  /** Values after aliases are expanded, a text counting one more for each 32 characters: what stops alias bombs. */
  readonly nodes: number;
}

/** Enough for every real manifest; small enough that a bomb ends within milliseconds. */
export const DEFAULT_YAML_LIMITS: YamlLimits = Object.freeze({
  sourceCharacters: 16 * 1024 * 1024,
  documents: 10_000,
  depth: 200,
  nodes: 2_000_000,
});

/** One document and the line (from 1) on which its content starts. */
export interface YamlDocument {
  readonly value: JsonValue;
  readonly line: number;
}

interface Options {
  readonly limits?: Partial<YamlLimits>;
  /** Refuse a mapping that names a key twice. Off, the last one wins, as sigs.k8s.io/yaml does. */
  readonly uniqueKeys?: boolean;
  /** Integers beyond 2^53 come as bigint, with all their digits. Off, they are rounded to numbers. */
  readonly bigIntegers?: boolean;
}

interface RawDocument {
  readonly value: unknown;
  readonly line: number;
}

/** What js-yaml tells a listener. */
interface LoaderState {
  readonly line: number;
  readonly lineStart: number;
  readonly position: number;
  readonly kind: string | null;
  result: unknown;
}

/** A block scalar that ends with the text, without a line break, has none at its end; js-yaml adds one. */
function dropAddedBreak(text: string, state: LoaderState): void {
  const { result } = state;
  if (state.position <= text.length || typeof result !== 'string' || !result.endsWith('\n')) return;
  state.result = result.slice(0, -1);
}

/** Marks a collection, so that it is known when it turns up as a key. */
function markCollection({ result }: LoaderState): void {
  if (Array.isArray(result)) Object.setPrototypeOf(result, YamlSequence.prototype);
  else if (isObject(result) && Object.getPrototypeOf(result) === Object.prototype) {
    Object.setPrototypeOf(result, MAPPING_PROTOTYPE);
  }
}

/** Gives a problem of ours the place that the reader has come to. */
function placed(error: unknown, state: LoaderState | undefined): unknown {
  if (!(error instanceof DiagnosticError) || state === undefined) return error;
  const place = { line: state.line + 1, column: Math.max(0, state.position - state.lineStart) + 1 };
  return new DiagnosticError({ ...error.diagnostic, ...place });
}

function loadDocuments(text: string, limits: YamlLimits, given: Options): readonly RawDocument[] {
  const values: unknown[] = [];
  const lines: number[] = [];
  let depth = 0;
  let last: LoaderState | undefined;
  // js-yaml announces every node; the first of each document tells where it starts.
  const openEnded = !/[\r\n]$/.test(text);
  const listener = (event: string, state: LoaderState): void => {
    last = state;
    if (event === 'open' && depth === 0) lines.push(state.line + 1);
    depth += event === 'open' ? 1 : -1;
    if (event === 'open') return;
    if (openEnded && state.kind === 'scalar') dropAddedBreak(text, state);
    if (state.kind !== 'scalar') markCollection(state);
  };
  const schema = given.bigIntegers === true ? goBigSchema : goSchema;
  const options = { schema, json: given.uniqueKeys !== true, listener, maxDepth: limits.depth };
  try {
    yaml.loadAll(text, (value) => values.push(value), options as yaml.LoadOptions);
  } catch (error) {
    throw placed(error, last);
  }
  return values.map((value, index) => ({ value, line: lines[index] ?? 1 }));
}

/** A scalar; what JSON cannot hold is refused. */
function scalarToJson(value: unknown): JsonValue {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw new DiagnosticError(diagnostic(`json: unsupported value: ${name}`));
  }
  if (value instanceof MergeScalar) return '<<';
  return value === undefined || value === NULL_SCALAR ? null : (value as JsonValue);
}

interface Members {
  [key: string]: unknown;
}

/** Adds what a merge brings: a mapping, or a list of mappings of which the earlier ones count. */
function mergeInto(target: Members, merged: JsonValue): void {
  const sources = Array.isArray(merged) ? merged.toReversed() : [merged];
  for (const source of sources) {
    if (!isObject(source)) {
      throw new DiagnosticError(diagnostic('map merge requires map or sequence of maps as the value'));
    }
    for (const [key, value] of Object.entries(source)) setOwn(target, key, value);
  }
}

/** Turns what js-yaml made (shared aliases, cycles) into plain JSON, counting as it goes. */
function toJson(root: unknown, limits: YamlLimits): JsonValue {
  let nodes = 0;
  const convert = (value: unknown, depth: number): JsonValue => {
    // A text counts by its length: an alias to a long one is as heavy as many short ones.
    nodes += typeof value === 'string' ? 1 + (value.length >> 5) : 1;
    if (nodes > limits.nodes) throw new DiagnosticError(limitReached('yaml nodes', limits.nodes));
    if (depth > limits.depth) throw new DiagnosticError(limitReached('yaml depth', limits.depth));
    if (Array.isArray(value)) return value.map((item: unknown) => convert(item, depth + 1));
    if (!isObject(value) || value === NULL_SCALAR || value instanceof MergeScalar) return scalarToJson(value);
    const object: Members = {};
    for (const key of Object.keys(value)) {
      const member = convert(value[key], depth + 1);
      if (isMergeKey(key)) mergeInto(object, member);
      else setOwn(object, key, member);
    }
    return object as JsonValue;
  };
  return convert(root, 0);
}

function explain(error: unknown, limits: YamlLimits): Diagnostic {
  if (error instanceof DiagnosticError) return error.diagnostic;
  if (error instanceof yaml.YAMLException) {
    if (error.reason.startsWith('nesting exceeded maxDepth')) return limitReached('yaml depth', limits.depth);
    const mark = error.mark as { readonly line: number; readonly column: number } | undefined;
    if (mark === undefined) return diagnostic(error.reason);
    return diagnostic(error.reason, { line: mark.line + 1, column: mark.column + 1 });
  }
  // The parser recurses on nested collections: running out of stack means the text is nested beyond reason.
  if (error instanceof RangeError) return limitReached('yaml depth', limits.depth);
  throw error;
}

/**
 * Reads all documents of a text. Empty documents are null values.
 * Fails with one diagnostic for malformed text, a duplicate key (when asked) or a limit.
 */
export function parseYamlDocuments(text: string, options: Options = {}): Result<readonly YamlDocument[], Diagnostic> {
  const limits: YamlLimits = { ...DEFAULT_YAML_LIMITS, ...options.limits };
  if (text.length > limits.sourceCharacters) {
    return err(limitReached('yaml source characters', limits.sourceCharacters));
  }
  try {
    const raw = loadDocuments(text, limits, options);
    if (raw.length > limits.documents) return err(limitReached('yaml documents', limits.documents));
    return ok(raw.map((document) => ({ value: toJson(document.value, limits), line: document.line })));
  } catch (error) {
    return err(explain(error, limits));
  }
}

/** Reads the first document of a text; an empty text is null. */
export function parseYaml(text: string, options: Options = {}): Result<JsonValue, Diagnostic> {
  const documents = parseYamlDocuments(text, options);
  if (!documents.ok) return documents;
  return ok(documents.value[0]?.value ?? null);
}
