import { constantFields, IDENTITY, lazyNativeFields, nativeFields, type NativeTable } from './native.ts';
import { JsonnetObject, type Field, type Layer } from './object.ts';
import { formatSpan } from './source.ts';
import { ARRAY, LAZY_ARRAY } from './std-array.ts';
import { ENCODING } from './std-encoding.ts';
import { MANIFEST } from './std-manifest.ts';
import { MATH } from './std-math.ts';
import { LAZY_OBJECT, OBJECT } from './std-object.ts';
import { SET } from './std-set.ts';
import { STRING } from './std-string.ts';

/** What reaches outside of the program: given variables, traces, native functions (there are none). */
const OUTSIDE: NativeTable = {
  'extVar(x)': ([name], runtime) => {
    const value = runtime.ports.externalVariable(runtime.string(name));
    if (value === undefined) throw runtime.error(`Undefined external variable: ${runtime.string(name)}`);
    return runtime.force(value);
  },
  'native(x)': ([name], runtime) => {
    runtime.string(name);
    return null;
  },
  'trace(str, rest)': ([text, rest], runtime) => {
    const place = runtime.place === undefined ? '' : formatSpan(runtime.place).replace(/^(.*?):\(?(\d+):.*$/, '$1:$2');
    runtime.ports.trace(`TRACE: ${place} ${runtime.string(text)}`);
    return rest;
  },
};

const FIELDS: ReadonlyMap<string, Field> = new Map([
  ...nativeFields({ ...MATH, ...STRING, ...ARRAY, ...SET, ...OBJECT, ...ENCODING, ...MANIFEST, ...OUTSIDE }),
  ...lazyNativeFields({ ...LAZY_OBJECT, ...LAZY_ARRAY }),
  ...constantFields({ id: IDENTITY, pi: Math.PI }),
]);
const LIBRARY: Layer = { fields: FIELDS, locals: [], asserts: [], frame: undefined };

/** The `std` of one file; `thisFile` is the name it was found under. */
export function standardLibrary(fileName: string): JsonnetObject {
  const own: Layer = {
    fields: new Map(constantFields({ thisFile: fileName })),
    locals: [],
    asserts: [],
    frame: undefined,
  };
  return new JsonnetObject([LIBRARY, own]);
}

/** Names of all library functions and values. */
export const LIBRARY_NAMES: readonly string[] = [...FIELDS.keys(), 'thisFile'].sort();
