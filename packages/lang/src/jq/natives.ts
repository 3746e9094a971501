import { COLLECTION_NATIVES } from './collections.ts';
import { FORMAT_NATIVES } from './formats.ts';
import type { Native } from './instructions.ts';
import { NUMBER_NATIVES } from './numbers.ts';
import { PATTERN_NATIVES } from './patterns.ts';
import { DEFINED_NAMES } from './prelude.ts';
import { SORTING_NATIVES } from './sorting.ts';
import { TEXT_NATIVES } from './text.ts';
import { TIME_NATIVES } from './times.ts';
import { deletePaths, setPath } from './update.ts';

/** The builtins that compute from values, by `name/arity`. */
export const NATIVES: ReadonlyMap<string, Native> = new Map([
  ...COLLECTION_NATIVES,
  ...SORTING_NATIVES,
  ...TEXT_NATIVES,
  ...FORMAT_NATIVES,
  ...PATTERN_NATIVES,
  ...NUMBER_NATIVES,
  ...TIME_NATIVES,
  ['setpath/2', setPath],
  ['delpaths/1', deletePaths],
]);

const SPECIAL_NAMES = ['empty/0', 'path/1', 'env/0', 'builtins/0', 'getpath/1'];

/** What `builtins` gives: every `name/arity` that a program may call. */
export const BUILTIN_NAMES: readonly string[] = [...NATIVES.keys(), ...SPECIAL_NAMES, ...DEFINED_NAMES]
  .filter((name) => !name.startsWith('_'))
  .toSorted();
