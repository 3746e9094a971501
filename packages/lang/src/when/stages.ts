import { DiagnosticError, limitReached } from '../diagnostic/index.ts';
import { failAt, type Token, type TokenKind } from './tokens.ts';

/** Deepest tree of operators; brackets count as one. */
export const WHEN_LIMIT_DEPTH = 500;

/** A step of an evaluation. Upstream moves these around after reading, so they can change. */
export interface Stage {
  symbol: string;
  left: Stage | undefined;
  right: Stage | undefined;
  /** Of `VALUE`: a parameter's name; of `LITERAL`: the value. */
  value: string | number | boolean;
  at: number;
  readonly pattern: boolean;
}

/** What binds alike. Lower numbers bind more strongly. */
const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['NOOP', 0],
  ['VALUE', 1],
  ['LITERAL', 1],
  ['ACCESS', 2],
  ...['neg', '!', '~'].map((symbol): [string, number] => [symbol, 3]),
  ['**', 4],
  ...['+', '-'].map((symbol): [string, number] => [symbol, 5]),
  ...['&', '|', '^'].map((symbol): [string, number] => [symbol, 6]),
  ...['<<', '>>'].map((symbol): [string, number] => [symbol, 7]),
  ...['*', '/', '%'].map((symbol): [string, number] => [symbol, 8]),
  ...['==', '!=', '>', '<', '>=', '<=', '=~', '!~', 'in'].map((symbol): [string, number] => [symbol, 9]),
  ...['?', ':', '??'].map((symbol): [string, number] => [symbol, 10]),
  ['&&', 11],
  ['||', 12],
  [',', 13],
]);

const precedence = (stage: Stage): number => PRECEDENCE.get(stage.symbol) ?? 1;

interface Stream {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
}

interface Level {
  readonly kind: TokenKind;
  readonly symbols: ReadonlySet<string>;
}

const level = (kind: TokenKind, ...symbols: readonly string[]): Level => ({ kind, symbols: new Set(symbols) });

/** The levels of operators, weakest first. */
const LEVELS: readonly Level[] = [
  level('SEPARATOR', ','),
  level('TERNARY', '?', ':', '??'),
  level('LOGICALOP', '||'),
  level('LOGICALOP', '&&'),
  level('COMPARATOR', '==', '!=', '>', '>=', '<', '<=', '=~', '!~', 'in'),
  level('MODIFIER', '^', '&', '|'),
  level('MODIFIER', '>>', '<<'),
  level('MODIFIER', '+', '-'),
  level('MODIFIER', '*', '/', '%'),
  level('MODIFIER', '**'),
];

function stageOf(parts: Partial<Stage> & { readonly symbol: string; readonly at: number }): Stage {
  return { left: undefined, right: undefined, value: '', pattern: false, ...parts };
}

function deeper<T>(stream: Stream, plan: () => T): T {
  stream.depth += 1;
  if (stream.depth > WHEN_LIMIT_DEPTH) throw new DiagnosticError(limitReached('when depth', WHEN_LIMIT_DEPTH));
  const value = plan();
  stream.depth -= 1;
  return value;
}

function planClause(stream: Stream, at: number): Stage {
  const right = deeper(stream, () => planLevel(stream, 0));
  // The closing bracket is there: brackets are balanced in number, if not in order.
  stream.at += 1;
  return stageOf({ symbol: 'NOOP', right, at });
}

function planAccessor(stream: Stream, token: Token): Stage {
  const following = stream.tokens[stream.at];
  const right = following?.kind === 'CLAUSE' ? planLevel(stream, 0) : undefined;
  return stageOf({ symbol: 'ACCESS', right, value: token.value, at: token.at });
}

function planPrefix(stream: Stream, token: Token): Stage {
  const right = planValue(stream);
  return stageOf({ symbol: token.value === '-' ? 'neg' : String(token.value), right, at: token.at });
}

function planValue(stream: Stream): Stage | undefined {
  const token = stream.tokens[stream.at];
  if (token === undefined) return undefined;
  if (token.kind === 'CLAUSE_CLOSE') return undefined;
  stream.at += 1;
  const { at, value, kind } = token;
  switch (kind) {
    case 'CLAUSE':
      return planClause(stream, at);
    case 'ACCESSOR':
      return planAccessor(stream, token);
    case 'PREFIX':
      return planPrefix(stream, token);
    case 'VARIABLE':
      return stageOf({ symbol: 'VALUE', value, at });
    case 'NUMERIC':
    case 'STRING':
    case 'BOOLEAN':
    case 'TIME':
    case 'PATTERN':
      return stageOf({ symbol: 'LITERAL', value, at, pattern: kind === 'PATTERN' });
    default:
      return failAt(`Unable to plan token kind: '${kind}', value: '${String(value)}'`, at);
  }
}

/** Reads one level: the right operand is the rest of the same level, so chains lean to the right at first. */
function planLevel(stream: Stream, index: number): Stage | undefined {
  const found = LEVELS[index];
  if (found === undefined) return planValue(stream);
  const left = planLevel(stream, index + 1);
  const token = stream.tokens[stream.at];
  if (token === undefined || token.kind !== found.kind || !found.symbols.has(String(token.value))) return left;
  stream.at += 1;
  const right = deeper(stream, () => planLevel(stream, index));
  return stageOf({ symbol: String(token.value), left, right, at: token.at });
}

type Content = Pick<Stage, 'symbol' | 'value' | 'at'>;

const contentOf = ({ symbol, value, at }: Stage): Content => ({ symbol, value, at });

function swapContents(a: Stage, b: Stage): void {
  const content = contentOf(a);
  Object.assign(a, contentOf(b));
  Object.assign(b, content);
}

function swapRights(a: Stage, b: Stage): void {
  const { right } = a;
  a.right = b.right;
  b.right = right;
}

/** Turns a run of stages of one precedence from leaning right to leaning left, as upstream does it. */
function mirror(stages: readonly Stage[]): void {
  const [root] = stages;
  const last = stages.at(-1);
  if (root === undefined || last === undefined) return;
  for (const stage of stages) {
    const { right } = stage;
    stage.right = stage.left;
    stage.left = right;
  }
  const { left } = last;
  last.left = root.right;
  root.right = left;
  const { length } = stages;
  for (let index = 0; index < Math.floor((length - 2) / 2) + 1; index += 1) {
    const [front, inverse] = [stages[index + 1], stages[length - index - 1]];
    if (front !== undefined && inverse !== undefined) swapRights(front, inverse);
  }
  for (let index = 0; index < Math.floor(length / 2); index += 1) {
    const [front, inverse] = [stages[index], stages[length - index - 1]];
    if (front !== undefined && inverse !== undefined) swapContents(front, inverse);
  }
}

/** Puts chains of equal precedence into the order of the source. */
function reorder(root: Stage): void {
  let run: Stage[] = [];
  let binding = precedence(root);
  for (let stage: Stage | undefined = root; stage !== undefined;) {
    const current: Stage = stage;
    stage = current.right;
    if (current.left !== undefined) reorder(current.left);
    if (precedence(current) === binding) {
      run.push(current);
      continue;
    }
    if (run.length > 1) mirror(run);
    run = [current];
    binding = precedence(current);
  }
  if (run.length > 1) mirror(run);
}

/** Plans the evaluation of checked tokens; undefined for none. */
export function planStages(tokens: readonly Token[]): Stage | undefined {
  const stream: Stream = { tokens, at: 0, depth: 0 };
  const root = planLevel(stream, 0);
  if (root !== undefined) reorder(root);
  return root;
}
