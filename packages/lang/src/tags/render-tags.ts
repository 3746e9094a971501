import { err, ok, type Result } from '@argosy/std';
import { DiagnosticError, diagnostic, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import {
  ARGO_FUNCTIONS,
  createExprCache,
  ExprFailure,
  formatExprError,
  namesIn,
  pathsIn,
  requiredNamesIn,
  toJsonText,
  type ExprValue,
  type GoRecord,
} from '../expr/index.ts';
import type { CompiledTags, ExpressionTag, SimpleTag, TagEncoding, TagPart } from './compile-tags.ts';
import type { TagScope } from './scope.ts';

/** Longest text that one rendering may give, in characters. */
export const TAGS_LIMIT_OUTPUT_CHARACTERS = 8 * 1024 * 1024;

/** How tags are replaced. */
export interface RenderOptions {
  /** `lenient`: what cannot be resolved yet stays as it stands; `strict`: it is an error. */
  readonly mode: 'strict' | 'lenient';
  /** In strict mode: which names must be known. All when left out. */
  readonly strict?: (name: string) => boolean;
  /** False turns `{{=` off: such tags stay as they stand. */
  readonly expressions?: boolean;
}

/** Names that get their value late: an expression that reads one is left for a later pass until it is there. */
const LATE_NAMES: readonly string[] = [
  'item',
  'retries',
  'lastRetry.exitCode',
  'lastRetry.status',
  'lastRetry.duration',
  'lastRetry.message',
  'workflow.status',
  'workflow.failures',
];

class TagProblem extends Error {}

interface Rendering {
  readonly encoding: TagEncoding;
  readonly scope: TagScope;
  readonly options: RenderOptions;
  readonly mustKnow: (name: string) => boolean;
}

function encode(encoding: TagEncoding, text: string): string {
  return encoding === 'json' ? JSON.stringify(text).slice(1, -1) : text;
}

const ABSENT = 'output is an absent optional (skipped/omitted node with no default)';

/** The text of a simple tag; undefined when it stays as it is. */
function renderSimple(rendering: Rendering, tag: SimpleTag): string | undefined {
  let inside = '';
  for (const part of tag.inner) {
    const text = part.kind === 'text' ? part.text : part.kind === 'tag' ? renderSimple(rendering, part) : undefined;
    if (text === undefined) return undefined;
    inside += text;
  }
  const name = inside.trim();
  const found = rendering.scope.lookup(name);
  if (found.kind === 'text') return encode(rendering.encoding, found.text);
  if (found.kind === 'absent') {
    const nested = tag.inner.some(({ kind }) => kind !== 'text');
    throw new TagProblem(`unable to substitute ${nested ? 'nested tag ' : ''}{{${name}}}: ${ABSENT}`);
  }
  if (rendering.mustKnow(name)) throw new TagProblem(`failed to resolve {{${name}}}`);
  return undefined;
}

/** True when a dotted path leads somewhere in the environment, be it to nil. */
function isKnown(environment: GoRecord, path: string): boolean {
  let current: unknown = environment;
  for (const part of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return false;
    current = (current as GoRecord)[part];
  }
  return true;
}

function readsLateName(names: readonly string[], environment: GoRecord): boolean {
  return LATE_NAMES.some((late) => {
    const read = names.some((name) => name === late || name.startsWith(`${late}.`));
    return read && !isKnown(environment, late);
  });
}

function printed(value: ExprValue): string {
  return typeof value === 'string' ? value : toJsonText(value);
}

type Evaluated = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'failed'; readonly why: string };

function failed(rendering: Rendering, tag: ExpressionTag, error: Diagnostic): Evaluated {
  // The budget of the whole text is used up: nothing is left to be tried.
  if (error.limit !== undefined && rendering.scope.moment?.meter !== undefined) throw new DiagnosticError(error);
  return { kind: 'failed', why: `failed to evaluate expression: ${formatExprError(tag.source, error)}` };
}

function evaluate(rendering: Rendering, tag: ExpressionTag, environment: GoRecord): Evaluated {
  const programs = rendering.scope.programs ?? createExprCache(ARGO_FUNCTIONS);
  const program = programs.get(tag.source, environment);
  const value = program.ok ? program.value.run(environment, rendering.scope.moment) : program;
  if (!value.ok) return failed(rendering, tag, value.error);
  if (value.value === null) {
    return { kind: 'failed', why: `failed to evaluate expression ${JSON.stringify(tag.source)}` };
  }
  try {
    return { kind: 'text', text: printed(value.value) };
  } catch (error) {
    if (error instanceof DiagnosticError) return { kind: 'failed', why: error.message };
    if (error instanceof ExprFailure) {
      return { kind: 'failed', why: `failed to marshal evaluated expression: ${error.message}` };
    }
    throw error;
  }
}

/** The names that an expression reads, or none if it cannot be read. */
function treeOf(
  rendering: Rendering,
  tag: ExpressionTag,
): { all: readonly string[]; required: readonly string[]; paths: readonly string[] } {
  const programs = rendering.scope.programs ?? createExprCache(ARGO_FUNCTIONS);
  const parsed = programs.parse(tag.source);
  return parsed.ok
    ? {
        all: namesIn(parsed.value.tree),
        required: requiredNamesIn(parsed.value.tree),
        paths: pathsIn(parsed.value.tree),
      }
    : { all: [], required: [], paths: [] };
}

/** The names that an expression needs and the environment does not have. */
function missingNames(rendering: Rendering, required: readonly string[], environment: GoRecord): readonly string[] {
  const functionNames = rendering.scope.programs?.functions ?? ARGO_FUNCTIONS;
  return required.filter((name) => !functionNames.has(name.split('.')[0] ?? '') && !isKnown(environment, name));
}

/** The text of an expression tag; undefined when it stays as it is. */
function renderExpression(rendering: Rendering, tag: ExpressionTag): string | undefined {
  const { scope, options, encoding } = rendering;
  if (options.expressions === false) return undefined;
  const names = treeOf(rendering, tag);
  const environment = scope.environment?.(names.paths) ?? {};
  const missing = missingNames(rendering, names.required, environment);
  const needed = missing.find((name) => rendering.mustKnow(name));
  if (needed !== undefined) throw new TagProblem(`failed to evaluate expression: ${needed} is missing`);
  const open = options.mode === 'lenient' || missing.length > 0;
  if (open && readsLateName(names.all, environment)) return undefined;
  const value = evaluate(rendering, tag, environment);
  if (value.kind === 'text') return encode(encoding, value.text);
  if (!open) throw new TagProblem(value.why);
  return undefined;
}

function renderPart(rendering: Rendering, part: TagPart): string {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'expression') return renderExpression(rendering, part) ?? part.raw;
  // A tag around others that nobody knows stays whole.
  return renderSimple(rendering, part) ?? part.raw;
}

/**
 * Replaces the tags of a text in one pass. What comes in is data: it is not searched for tags again. The error is
 * Argo's message.
 */
export function renderTags(
  compiled: CompiledTags,
  scope: TagScope,
  options: RenderOptions,
): Result<string, Diagnostic> {
  const mustKnow = options.mode === 'strict' ? (options.strict ?? (() => true)) : () => false;
  const rendering: Rendering = { encoding: compiled.encoding, scope, options, mustKnow };
  const pieces: string[] = [];
  let length = 0;
  try {
    for (const part of compiled.parts) {
      const piece = renderPart(rendering, part);
      pieces.push(piece);
      length += piece.length;
      if (length > TAGS_LIMIT_OUTPUT_CHARACTERS) {
        return err(limitReached('tags output characters', TAGS_LIMIT_OUTPUT_CHARACTERS));
      }
    }
  } catch (error) {
    if (error instanceof TagProblem) return err(diagnostic(error.message));
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    throw error;
  }
  return ok(pieces.join(''));
}
