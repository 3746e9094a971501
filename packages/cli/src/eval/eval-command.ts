import { formatDiagnostic } from '@argosy/lang/diagnostic';
import type * as Evaluation from '@argosy/lang/evaluate';
import type { EvaluateEnv } from '@argosy/lang/evaluate';
import { systemClock, systemTimeZones } from '@argosy/kube/runtime';
import {
  CommandError,
  requestLines,
  UsageError,
  type Command,
  type Flag,
  type Invocation,
  type Terminal,
} from '../command/index.ts';
import { answerLine, type Languages } from './batch.ts';
import { createTimeLimit, timeLimitFor } from './time-limit.ts';

/** Loaded here, so that no other command pays for a dozen languages. */
const loadLanguages = (): Promise<Languages & Pick<typeof Evaluation, 'LANGUAGES'>> => import('@argosy/lang/evaluate');

/** What the machine lends: its zones, and for templates its time, its randomness and its cryptography. */
async function captureEnv(): Promise<EvaluateEnv> {
  const { sprigCrypto, systemRandom } = await import('@argosy/lang/sprigcrypto');
  const env = { now: systemClock.now(), seed: 0, random: systemRandom };
  return { zones: systemTimeZones, templates: { crypto: sprigCrypto, env } };
}

async function runBatch(terminal: Terminal): Promise<number> {
  const languages = await loadLanguages();
  const limit = createTimeLimit();
  for await (const line of requestLines(terminal)) {
    terminal.out(`${answerLine(languages, line, { ...(await captureEnv()), limit, limitOf: timeLimitFor })}\n`);
  }
  return 0;
}

async function readText(terminal: Terminal, path: string): Promise<string> {
  if (path === '-') return terminal.readInput();
  try {
    return await terminal.readFile(path);
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function readSource({ args, flags, terminal }: Invocation): Promise<string> {
  const file = flags.text('file');
  const [given] = args;
  if (file !== '' && given !== undefined) throw new UsageError('give the source either as an argument or with --file');
  if (file !== '') return readText(terminal, file);
  if (given === undefined) throw new UsageError('no source: give it as an argument or with --file');
  return given;
}

async function readVars({ flags, terminal }: Invocation): Promise<unknown> {
  const path = flags.text('vars');
  if (path === '') return {};
  const { parseLosslessJson } = await loadLanguages();
  const { parseYaml } = await import('@argosy/lang/yaml');
  const text = await readText(terminal, path);
  // JSON keeps all digits of its numbers; anything else is read as YAML.
  const json = parseLosslessJson(text);
  if (json.ok) return json.value;
  const yaml = parseYaml(text);
  if (!yaml.ok) throw new CommandError(`--vars: ${path === '-' ? 'standard input' : path}: ${yaml.error.message}`);
  return yaml.value;
}

async function runOne(invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  const language = flags.text('lang');
  const { LANGUAGES, evaluateLanguage, formatLosslessJson } = await loadLanguages();
  if (!LANGUAGES.includes(language)) {
    throw new UsageError(`--lang: found ${JSON.stringify(language)}, allowed are ${LANGUAGES.join(', ')}`);
  }
  if (flags.text('vars') === '-' && flags.text('file') === '-') {
    throw new UsageError('--vars and --file cannot both be standard input');
  }
  const source = await readSource(invocation);
  const vars = await readVars(invocation);
  const env = await captureEnv();
  const value = createTimeLimit(timeLimitFor(language, source)).run((deadline) =>
    evaluateLanguage(language, source, { vars, env: { ...env, deadline } }),
  );
  if (!value.ok) {
    terminal.err(`Error: ${formatDiagnostic(source, value.error)}\n`);
    return 1;
  }
  const text = formatLosslessJson(value.value ?? null, 2);
  if (!text.ok) throw new CommandError(text.error.message);
  terminal.out(`${text.value}\n`);
  return 0;
}

async function runEval(invocation: Invocation): Promise<number> {
  const { args, flags, terminal } = invocation;
  if (!flags.boolean('batch')) return runOne(invocation);
  const other = ['lang', 'vars', 'file'].find((name) => flags.given(name));
  if (other !== undefined) throw new UsageError(`--batch takes everything from its lines; drop --${other}`);
  if (args.length > 0) throw new UsageError('--batch takes its sources from standard input');
  return runBatch(terminal);
}

const flags: readonly Flag[] = [
  {
    name: 'lang',
    short: 'l',
    type: 'string',
    placeholder: 'LANGUAGE',
    description: 'cel, cron, expr, glob, gotemplate, jq, jsonnet, jsonpath, lua, semver, tags, when or yaml',
  },
  { name: 'vars', type: 'string', placeholder: 'FILE', description: 'variables as JSON or YAML; - for standard input' },
  {
    name: 'file',
    short: 'f',
    type: 'string',
    placeholder: 'FILE',
    description: 'read the source; - for standard input',
  },
  { name: 'batch', type: 'boolean', description: 'read JSON lines from standard input, one answer a line' },
];

/** `argosy eval`: tries an expression of any language that manifests carry, or many of them line by line. */
export const evalCommand: Command = {
  name: 'eval',
  summary: 'Evaluates an expression of one of the languages that manifests carry',
  usage: '--lang LANGUAGE [--vars FILE] SOURCE',
  description: `Evaluates an expression and prints its value as JSON; an error shows the place, exit code 1.

With --batch every line of standard input is {"id","lang","source","vars"} and every line of the answer is
{"id","value"} or {"id","error":{"message","line","column"}}, in the same order. Integers are printed with all their
digits; NaN and the infinities are the texts "NaN", "Infinity" and "-Infinity".`,
  example: `argosy eval --lang cel '[1, 2, 3].map(x, x * 2)'
echo '{"spec": {"replicas": 3}}' | argosy eval --lang cel --vars - 'spec.replicas > 1'
argosy eval --lang semver --vars versions.yaml '>= 1.2, < 2'
argosy eval --lang lua --file health.lua --vars object.json
echo '{"id": 1, "lang": "cel", "source": "1 + 1"}' | argosy eval --batch`,
  flags,
  args: { least: 0, most: 1 },
  run: runEval,
};
