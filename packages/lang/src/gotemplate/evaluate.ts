import type { Result } from '@argosy/std';
import type { TimeZones } from '../cron/index.ts';
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
  /** Zones of sprig's dates. @default UTC only */
  readonly zones?: TimeZones | undefined;
}

const NO_CRYPTO: SprigCrypto = {};
interface Table {
  readonly crypto: SprigCrypto;
  readonly zones: TimeZones | undefined;
  readonly functions: FunctionTable;
}
let table: Table | undefined;

/** The table is built once: a batch asks for it thousands of times. */
function functionsFor({ crypto = NO_CRYPTO, zones }: GotemplateSupport): FunctionTable {
  if (table?.crypto !== crypto || table.zones !== zones) {
    const options = zones === undefined ? { crypto } : { crypto, timeZones: zones };
    table = { crypto, zones, functions: sprigFunctions(options) };
  }
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
  const template = compileTemplate(source, { functions: functionsFor(support) });
  if (!template.ok) return template;
  const data = guarded(() => fromJsonValue(vars, 'int'));
  const { env = EPOCH, deadline } = support;
  return data.ok ? template.value.execute(data.value, deadline === undefined ? env : { ...env, deadline }) : data;
}
