import { fail } from './failure.ts';
import {
  ANY,
  ARRAY,
  arrayOf,
  DURATION,
  FLOAT,
  INT,
  isUnknown,
  LOCATION,
  MAP,
  STRING,
  STRINGS,
  TIME,
  ANY_MAP,
  type Nature,
} from './natures.ts';

/** One list of parameters with its result. The last parameter of a variadic one repeats. */
export interface Overload {
  readonly parameters: readonly Nature[];
  readonly variadic: boolean;
  readonly result: Nature;
}

/** How a built-in's arguments are checked: against overloads, or by a rule of its own that throws ExprFailure. */
export type Signature = readonly Overload[] | ((args: readonly Nature[]) => Nature);

const takes = (parameters: readonly Nature[], result: Nature): Overload => ({ parameters, variadic: false, result });

/** A type as `%s` prints it: nil has none. */
const typeText = (nature: Nature): string => {
  // compat(lang-0204): where a literal nil is refused, the message shows Go's complaint about printing it.
  if (nature.kind === 'nil') return '%!s(<nil>)';
  return isUnknown(nature) ? 'interface {}' : nature.text;
};

function expectCount(args: readonly Nature[], ...counts: readonly number[]): void {
  if (!counts.includes(args.length)) {
    fail(`invalid number of arguments (expected ${counts.join(' or ')}, got ${args.length})`);
  }
}

type Kinds = readonly Nature['kind'][];

const isKind = (nature: Nature | undefined, kinds: Kinds): nature is Nature =>
  nature !== undefined && (isUnknown(nature) || kinds.includes(nature.kind));

/** One argument of some kinds; what it is not, the message says. */
const one =
  (kinds: Kinds, result: Nature | 'same', refusal: string) =>
  (args: readonly Nature[]): Nature => {
    expectCount(args, 1);
    const [first = ANY] = args;
    if (!isKind(first, kinds)) return fail(refusal.replace('%s', typeText(first)));
    if (result !== 'same') return result;
    return first;
  };

const NUMBERS: Kinds = ['int', 'float'];
const round = (name: string): Signature => one(NUMBERS, FLOAT, `invalid argument for ${name} (type %s)`);

const aggregate =
  (name: string) =>
  (args: readonly Nature[]): Nature => {
    if (args.length === 0) fail(`not enough arguments to call ${name}`);
    for (const arg of args) {
      if (isUnknown(arg) || arg.kind === 'array') return ANY;
      if (!isKind(arg, NUMBERS)) fail(`invalid argument for ${name} (type ${typeText(arg)})`);
    }
    return args[0] ?? ANY;
  };

const bitwise: Signature = [takes([INT, INT], INT)];
const textPair = (result: Nature): Signature => [takes([STRING, STRING], result)];
const splits: Signature = [takes([STRING, STRING], STRINGS), takes([STRING, STRING, INT], STRINGS)];
const trims: Signature = [takes([STRING, STRING], STRING), takes([STRING], STRING)];

function take(args: readonly Nature[]): Nature {
  expectCount(args, 2);
  const [list = ANY, count = ANY] = args;
  if (!isKind(list, ['array'])) fail(`cannot take from ${typeText(list)}`);
  if (!isKind(count, ['int'])) fail(`cannot take ${typeText(count)} elements`);
  return list;
}

function element(words: string): Signature {
  return (args) => {
    const nature = one(['array'], 'same', words)(args);
    return isUnknown(nature) ? ANY : (nature.element ?? ANY);
  };
}

function concat(args: readonly Nature[]): Nature {
  if (args.length === 0) fail('invalid number of arguments (expected at least 1, got 0)');
  const wrong = args.find((arg) => !isKind(arg, ['array']));
  return wrong === undefined ? ARRAY : fail(`cannot concat ${typeText(wrong)}`);
}

function now(args: readonly Nature[]): Nature {
  const zoned = args.length === 1 && args[0]?.kind === 'location';
  return args.length === 0 || zoned ? TIME : fail(`invalid number of arguments (expected 0, got ${args.length})`);
}

function date(args: readonly Nature[]): Nature {
  if (args.length < 1) fail('invalid number of arguments (expected at least 1, got 0)');
  const count = args[0]?.kind === 'location' ? args.length - 1 : args.length;
  return count > 3 ? fail(`invalid number of arguments (expected at most 3, got ${count})`) : TIME;
}

const FLOATS = { ...arrayOf(FLOAT), text: '[]float64' };
const INTS = { ...arrayOf(INT), text: '[]int' };
const sorts: Signature = [ARRAY, INTS, FLOATS, STRINGS, ARRAY, FLOATS, STRINGS, INTS].map((list, index) =>
  takes(index < 4 ? [list, STRING] : [list], ARRAY),
);

/** How the arguments of every built-in without a predicate are checked. */
export const SIGNATURES: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ['len', one(['array', 'map', 'string'], INT, 'invalid argument for len (type %s)')],
  ['type', [takes([ANY], STRING)]],
  ['abs', one(NUMBERS, 'same', 'invalid argument for abs (type %s)')],
  ['ceil', round('ceil')],
  ['floor', round('floor')],
  ['round', round('round')],
  ['int', one(['int', 'float', 'string', 'duration'], INT, 'invalid argument for int (type %s)')],
  ['float', one(['int', 'float', 'string', 'duration'], FLOAT, 'invalid argument for float (type %s)')],
  ['string', [takes([ANY], STRING)]],
  ['trim', [takes([STRING], STRING), takes([STRING, STRING], STRING)]],
  ['trimPrefix', trims],
  ['trimSuffix', trims],
  ['upper', [takes([STRING], STRING)]],
  ['lower', [takes([STRING], STRING)]],
  ['split', splits],
  ['splitAfter', splits],
  ['replace', [takes([STRING, STRING, STRING, INT], STRING), takes([STRING, STRING, STRING], STRING)]],
  ['repeat', [takes([STRING, INT], STRING)]],
  [
    'join',
    [[STRINGS, STRING], [ARRAY, STRING], [ARRAY], [STRINGS, STRING], [STRINGS]].map((item) => takes(item, STRING)),
  ],
  ['indexOf', textPair(INT)],
  ['lastIndexOf', textPair(INT)],
  ['hasPrefix', textPair({ kind: 'bool', text: 'bool' })],
  ['hasSuffix', textPair({ kind: 'bool', text: 'bool' })],
  ['max', aggregate('max')],
  ['min', aggregate('min')],
  ['mean', aggregate('mean')],
  ['median', aggregate('median')],
  ['toJSON', [takes([ANY], STRING)]],
  ['fromJSON', [takes([STRING], ANY)]],
  ['toBase64', [takes([STRING], STRING)]],
  ['fromBase64', [takes([STRING], STRING)]],
  ['now', now],
  ['duration', [takes([STRING], DURATION)]],
  ['date', date],
  ['timezone', [takes([STRING], LOCATION)]],
  ['first', element('cannot get first element from %s')],
  ['last', element('cannot get last element from %s')],
  ['take', take],
  ['keys', one(['map'], ARRAY, 'cannot get keys from %s')],
  ['values', one(['map'], ARRAY, 'cannot get values from %s')],
  ['toPairs', one(['map'], ARRAY, 'cannot transform %s to pairs')],
  ['fromPairs', (args) => (one(['array'], MAP, 'cannot transform %s from pairs')(args), ANY_MAP)],
  ['reverse', one(['array'], ARRAY, 'cannot reverse %s')],
  ['uniq', one(['array'], ARRAY, 'cannot uniq %s')],
  ['concat', concat],
  ['flatten', one(['array'], ARRAY, 'cannot flatten %s')],
  ['sort', sorts],
  ['bitnot', [takes([INT], INT)]],
  ...['bitand', 'bitor', 'bitxor', 'bitnand', 'bitshl', 'bitshr', 'bitushr'].map((name): [string, Signature] => [
    name,
    bitwise,
  ]),
]);
