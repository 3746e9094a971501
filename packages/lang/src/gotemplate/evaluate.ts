import type { Result } from '@argosy/std';
import type { Deadline, Diagnostic } from '../diagnostic/index.ts';
import { fromJsonValue } from '../gofmt/index.ts';
import type { FunctionTable, TemplateEnv } from './function.ts';
import type { SprigCrypto } from './sprig-crypto.ts';
import { sprigFunctions } from './sprig.ts';
import { compileTemplate, EPOCH, guarded } from './template.ts';

/** What the platform lends to templates of the command line. */
export interface GotemplateSupport {
  /** @default none: functions that need it fail in words that say so */
  readonly crypto?: SprigCrypto;
  /** @default the clock at the epoch, the seed 0 */
  readonly env?: TemplateEnv;
  readonly deadline?: Deadline | undefined;
}

const NO_CRYPTO: SprigCrypto = {};
let table: { readonly crypto: SprigCrypto; readonly functions: FunctionTable } | undefined;

/** The table is built once: a batch asks for it thousands of times. */
function functionsFor(crypto: SprigCrypto): FunctionTable {
  if (table?.crypto !== crypto) table = { crypto, functions: sprigFunctions({ crypto }) };
  return table.functions;
}

/**
 * Renders a template with sprig's functions for the command line: `vars` is `.`, integral JSON numbers are Go ints,
 * others float64.
 */
export function evaluateGotemplate(
  source: string,
  vars: unknown,
  support: GotemplateSupport = {},
): Result<unknown, Diagnostic> {
  const template = compileTemplate(source, { functions: functionsFor(support.crypto ?? NO_CRYPTO) });
  if (!template.ok) return template;
  const data = guarded(() => fromJsonValue(vars, 'int'));
  const { env = EPOCH, deadline } = support;
  return data.ok ? template.value.execute(data.value, deadline === undefined ? env : { ...env, deadline }) : data;
}
