import { err, ok, type Result } from '@argosy/std';

/** What `depends` may ask of a task. */
export const TASK_RESULTS = [
  'Succeeded',
  'Failed',
  'Errored',
  'Skipped',
  'Omitted',
  'Daemoned',
  'AnySucceeded',
  'AllFailed',
] as const;

/** One of `TASK_RESULTS`. */
export type TaskResultWord = (typeof TASK_RESULTS)[number];

/** A parsed `depends`: `task` asks for the task's default condition, `result` for one word. */
export type Depends =
  | { readonly kind: 'task'; readonly task: string }
  | { readonly kind: 'result'; readonly task: string; readonly result: TaskResultWord }
  | { readonly kind: 'not'; readonly of: Depends }
  | { readonly kind: 'and' | 'or'; readonly left: Depends; readonly right: Depends };

/** Longest `depends`, in characters. */
export const MAX_DEPENDS_LENGTH = 64 * 1024;

/** Deepest nesting of parentheses and negations. */
export const MAX_DEPENDS_DEPTH = 64;

class DependsError extends Error {}

interface Cursor {
  readonly tokens: readonly string[];
  at: number;
  depth: number;
}

function isResultWord(word: string): word is TaskResultWord {
  return (TASK_RESULTS as readonly string[]).includes(word);
}

function parseOperand(token: string): Depends {
  const dot = token.indexOf('.');
  if (dot < 0) return { kind: 'task', task: token };
  const [task, result] = [token.slice(0, dot), token.slice(dot + 1)];
  if (!isResultWord(result)) throw new DependsError(`task result '${result}' for task '${task}' is invalid`);
  return { kind: 'result', task, result };
}

function nested(cursor: Cursor, parse: () => Depends): Depends {
  cursor.depth += 1;
  if (cursor.depth > MAX_DEPENDS_DEPTH) throw new DependsError(`nested deeper than ${MAX_DEPENDS_DEPTH} levels`);
  const value = parse();
  cursor.depth -= 1;
  return value;
}

function parseUnary(cursor: Cursor): Depends {
  const token = cursor.tokens[cursor.at];
  cursor.at += 1;
  if (token === undefined) throw new DependsError('unexpected end');
  if (token === '!') return { kind: 'not', of: nested(cursor, () => parseUnary(cursor)) };
  if (token === '(') {
    const inner = nested(cursor, () => parseOr(cursor));
    if (cursor.tokens[cursor.at] !== ')') throw new DependsError("missing ')'");
    cursor.at += 1;
    return inner;
  }
  if (!/^[a-zA-Z0-9]/.test(token)) throw new DependsError(`unexpected '${token}'`);
  return parseOperand(token);
}

function parseChain(cursor: Cursor, operator: '&&' | '||', parse: () => Depends): Depends {
  let left = parse();
  while (cursor.tokens[cursor.at] === operator) {
    cursor.at += 1;
    left = { kind: operator === '&&' ? 'and' : 'or', left, right: parse() };
  }
  return left;
}

function parseOr(cursor: Cursor): Depends {
  return parseChain(cursor, '||', () => parseChain(cursor, '&&', () => parseUnary(cursor)));
}

/** Parses `depends`; the error says what is wrong with the text. */
export function parseDepends(text: string): Result<Depends, string> {
  if (text.length > MAX_DEPENDS_LENGTH) return err(`depends is longer than ${MAX_DEPENDS_LENGTH} characters`);
  const tokens = text.match(/&&|\|\||[!()]|[a-zA-Z0-9][-_a-zA-Z0-9]*(?:\.[a-zA-Z]+)?|\S/g) ?? [];
  const cursor: Cursor = { tokens, at: 0, depth: 0 };
  try {
    const value = parseOr(cursor);
    const rest = tokens[cursor.at];
    return rest === undefined ? ok(value) : err(`depends '${text}': unexpected '${rest}'`);
  } catch (error) {
    if (error instanceof DependsError) return err(`depends '${text}': ${error.message}`);
    throw error;
  }
}

/** The tasks that a condition names, in order of appearance, each once. */
export function tasksOf(depends: Depends): readonly string[] {
  const names = new Set<string>();
  const visit = (node: Depends): void => {
    if (node.kind === 'task' || node.kind === 'result') names.add(node.task);
    else if (node.kind === 'not') visit(node.of);
    else {
      visit(node.left);
      visit(node.right);
    }
  };
  visit(depends);
  return [...names];
}

/** `a`, `b` → the condition that both are through. */
export function allOf(tasks: readonly string[]): Depends | undefined {
  const [first, ...rest] = tasks;
  if (first === undefined) return undefined;
  if (rest.length === 0) return { kind: 'task', task: first };
  // Halves keep the condition flat: it is walked by recursion, and lists may be long.
  const middle = Math.ceil(tasks.length / 2);
  const [left, right] = [allOf(tasks.slice(0, middle)), allOf(tasks.slice(middle))];
  return left === undefined || right === undefined ? (left ?? right) : { kind: 'and', left, right };
}

/** Answers one operand: `undefined` as result means the bare task name. */
export type AskTask = (task: string, result: TaskResultWord | undefined) => boolean;

/** Evaluates a condition. */
export function evaluateDepends(depends: Depends, ask: AskTask): boolean {
  switch (depends.kind) {
    case 'task':
      return ask(depends.task, undefined);
    case 'result':
      return ask(depends.task, depends.result);
    case 'not':
      return !evaluateDepends(depends.of, ask);
    case 'and':
      return evaluateDepends(depends.left, ask) && evaluateDepends(depends.right, ask);
    default:
      return evaluateDepends(depends.left, ask) || evaluateDepends(depends.right, ask);
  }
}
