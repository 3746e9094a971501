import { type GoValue, type NumberMode } from '../gofmt/index.ts';
import { deepEqual } from './compare.ts';
import { goFunction, type FunctionTable } from './function.ts';
import { cryptoFunctions, type SprigCrypto } from './sprig-crypto.ts';
import { dateFunctions, type DateOptions } from './sprig-dates.ts';
import { DICT_FUNCTIONS, jsonFunctions } from './sprig-dicts.ts';
import { LIST_FUNCTIONS } from './sprig-lists.ts';
import { MATH_FUNCTIONS } from './sprig-math.ts';
import { RANDOM_FUNCTIONS } from './sprig-random.ts';
import { REGEX_FUNCTIONS } from './sprig-regex.ts';
import { STRING_FUNCTIONS, type Entry } from './sprig-strings.ts';
import { TEXT_FUNCTIONS } from './sprig-texts.ts';

/** What sprig needs from outside. */
export interface SprigOptions extends DateOptions {
  /** Cryptography; functions whose member is missing fail when they are called. */
  readonly crypto?: SprigCrypto;
  /** How the numbers of `fromJson` come in; float64 when not given, as in Go. */
  readonly jsonNumbers?: NumberMode;
  /** Names to leave out, such as `genPrivateKey`. */
  readonly without?: readonly string[];
}

const OTHERS: readonly Entry[] = [
  ['deepEqual', goFunction('any, any', ([a, b]: readonly GoValue[], context) => deepEqual(a, b, context))],
];

/**
 * sprig 3's functions by name, less `env`, `expandenv` and `getHostByName`, which read the machine. The table serves
 * templates (`functions` of compileTemplate) and, through callGoFunction, other languages.
 */
export function sprigFunctions(options: SprigOptions = {}): FunctionTable {
  const table = new Map<string, Entry[1]>([
    ...STRING_FUNCTIONS,
    ...LIST_FUNCTIONS,
    ...DICT_FUNCTIONS,
    ...jsonFunctions(options.jsonNumbers ?? 'float64'),
    ...MATH_FUNCTIONS,
    ...dateFunctions(options),
    ...REGEX_FUNCTIONS,
    ...TEXT_FUNCTIONS,
    ...cryptoFunctions(options.crypto ?? {}),
    ...RANDOM_FUNCTIONS,
    ...OTHERS,
  ]);
  for (const name of options.without ?? []) table.delete(name);
  return table;
}
