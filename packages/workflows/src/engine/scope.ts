import type { Inputs, NodeStatus, Parameter } from '@argosy/api/workflows';
import { formatExprError, pathsIn, toJsonText, type ExprValue } from '@argosy/lang/expr';
import { expandNames, type TagScope, type Variable } from '@argosy/lang/tags';
import { civilTime, err, must, ok, parseTime, setOwn, type Instant, type Result } from '@argosy/std';

import type { CompiledTemplate } from './compiled.ts';
import { podName } from './node-names.ts';
import { parameterText, valueText } from './parameter-text.ts';
import { rootOutcome, type Pass } from './pass.ts';
import {
  firstOf,
  fixedSource,
  isWanted,
  optionalText,
  textVariable,
  UNKNOWN,
  type Source,
  type Values,
} from './sources.ts';

function parametersJson(parameters: readonly Parameter[]): string {
  return JSON.stringify(
    parameters.map((item) => ({
      name: item.name,
      ...(item.value === undefined ? {} : { value: parameterText(item.value) }),
    })),
  );
}

/** `inputs.parameters.<n>` of a template that was called. */
export function inputsSource(inputs: Inputs | undefined): Source {
  const parameters = inputs?.parameters ?? [];
  const values: { [name: string]: string } = { 'inputs.parameters': parametersJson(parameters) };
  for (const { name, value } of parameters) {
    if (value !== undefined) setOwn(values, `inputs.parameters.${name}`, parameterText(value));
  }
  for (const { name, path } of inputs?.artifacts ?? []) {
    if (path !== undefined) setOwn(values, `inputs.artifacts.${name}.path`, path);
  }
  return fixedSource(values);
}

/** `item` and `item.<key>` of one turn of a loop. */
export function itemSource(item: unknown): Source {
  const values: { [name: string]: string } = { item: valueText(item) };
  if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
    for (const [key, value] of Object.entries(item)) setOwn(values, `item.${key}`, valueText(value));
  }
  return fixedSource(values);
}

function failuresText(pass: Pass): string {
  const failed = pass.draft
    .all()
    .filter((node) => node.type === 'Pod' && (node.phase === 'Failed' || node.phase === 'Error'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((node) => ({
      displayName: node.displayName,
      message: node.message ?? '',
      templateName: node.templateName ?? '',
      phase: node.phase ?? '',
      podName: podName(pass.name, node.name, node.templateName),
      finishedAt: node.finishedAt ?? null,
    }));
  return JSON.stringify(failed.length === 0 ? 'null' : JSON.stringify(failed));
}

const MONTH_NAMES = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAY_NAMES = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const CREATION_PARTS = 'RFC3339 s B b A a Y y m d H I M S p Z z L'.split(' ');

const two = (value: number): string => String(value).padStart(2, '0');

function clockParts(at: Instant): { readonly [letter: string]: string } {
  const time = civilTime(at);
  // The epoch was a Thursday.
  const weekday = WEEKDAY_NAMES[(Math.floor(at / 86_400_000) + 4) % 7] ?? '';
  const month = MONTH_NAMES[time.month - 1] ?? '';
  return {
    s: String(Math.floor(at / 1000)),
    B: month,
    b: month.slice(0, 3),
    A: weekday,
    a: weekday.slice(0, 3),
    Y: String(time.year),
    y: two(time.year % 100),
    m: two(time.month),
    d: two(time.day),
    H: two(time.hour),
    I: two(time.hour % 12 === 0 ? 12 : time.hour % 12),
    M: two(time.minute),
    S: two(time.second),
    p: time.hour < 12 ? 'AM' : 'PM',
    Z: 'UTC',
    z: '+0000',
    L: `.${String(time.millisecond).padStart(3, '0')}`,
  };
}

function creationTime(pass: Pass, part: string): Variable {
  const text = pass.workflow.metadata.creationTimestamp ?? '';
  const at = parseTime(text);
  if (at === undefined || part === '' || part === 'RFC3339') return textVariable(text);
  const parts = clockParts(at);
  return Object.hasOwn(parts, part) ? optionalText(parts[part]) : UNKNOWN;
}

function metadataVariable(map: { readonly [key: string]: string } | undefined, rest: string): Variable {
  if (rest === '' || rest === 'json') return textVariable(JSON.stringify(map ?? {}));
  return map !== undefined && Object.hasOwn(map, rest) ? optionalText(map[rest]) : UNKNOWN;
}

function argumentText(item: Parameter | undefined): string | undefined {
  const value = item?.value ?? item?.valueFrom?.default ?? item?.default;
  return value === undefined ? undefined : parameterText(value);
}

function plainGlobal(pass: Pass, name: string): string | undefined {
  const { namespace = '', uid = '' } = pass.workflow.metadata;
  const { serviceAccountName = '', priority } = pass.compiled.spec;
  switch (name) {
    case 'name':
      return pass.name;
    case 'namespace':
      return namespace;
    case 'uid':
      return uid;
    case 'mainEntrypoint':
      return pass.compiled.entrypoint;
    case 'serviceAccountName':
      return serviceAccountName;
    case 'priority':
      return priority?.toString();
    case 'status':
      return rootOutcome(pass);
    case 'duration':
      return ((pass.env.now - pass.startedAt) / 1000).toFixed(6);
    case 'failures':
      return failuresText(pass);
    default:
      return undefined;
  }
}

/** Annotation of workflows that a CronWorkflow made: when they were due. */
const SCHEDULED_TIME = 'workflows.argoproj.io/scheduled-time';

function globalVariable(pass: Pass, full: string): Variable {
  if (!full.startsWith('workflow.')) return UNKNOWN;
  const [first = '', ...others] = full.slice('workflow.'.length).split('.');
  const rest = others.join('.');
  switch (first) {
    case 'parameters':
      if (rest === '' || rest === 'json') return textVariable(parametersJson(pass.arguments));
      return optionalText(argumentText(pass.arguments.find((item) => item.name === rest)));
    case 'labels':
      return metadataVariable(pass.metadata.labels, rest);
    case 'annotations':
      return metadataVariable(pass.metadata.annotations, rest);
    case 'creationTimestamp':
      return creationTime(pass, rest);
    case 'scheduledTime':
      return optionalText(pass.metadata.annotations[SCHEDULED_TIME]);
    case 'outputs':
      return globalOutput(pass, rest);
    default:
      return rest === '' ? optionalText(plainGlobal(pass, first)) : UNKNOWN;
  }
}

const PLAIN_GLOBALS = 'name namespace uid mainEntrypoint serviceAccountName priority status duration failures'.split(
  ' ',
);

function globalNames(pass: Pass): readonly string[] {
  return [
    ...PLAIN_GLOBALS,
    'scheduledTime',
    'parameters',
    'labels',
    'annotations',
    'creationTimestamp',
    ...CREATION_PARTS.map((part) => `creationTimestamp.${part}`),
    ...pass.arguments.map((item) => `parameters.${item.name}`),
    ...Object.keys(pass.metadata.labels).map((key) => `labels.${key}`),
    ...Object.keys(pass.metadata.annotations).map((key) => `annotations.${key}`),
    ...[...pass.globalOutputs.keys()].map((name) => `outputs.parameters.${name}`),
  ].map((name) => `workflow.${name}`);
}

function listGlobals(pass: Pass, paths: readonly string[]): Values {
  if (!isWanted(paths, 'workflow')) return {};
  const values: { [name: string]: string } = {};
  for (const name of globalNames(pass)) {
    const found = isWanted(paths, name) ? globalVariable(pass, name) : UNKNOWN;
    if (found.kind === 'text') setOwn(values, name, found.text);
  }
  return values;
}

/** `workflow.*`. */
export function globalSource(pass: Pass): Source {
  return { lookup: (name) => globalVariable(pass, name), list: (paths) => listGlobals(pass, paths) };
}

/** What texts are rendered with: the variables of some sources, and the programs of the workflow's expressions. */
export function scopeOf(pass: Pass, ...sources: readonly Source[]): TagScope {
  const all = firstOf(...sources);
  return {
    lookup: all.lookup,
    environment: (paths) => expandNames(all.list(paths)),
    programs: pass.compiled.programs,
    moment: { now: pass.env.now, seed: pass.env.seed },
  };
}

/** Evaluates an expression that stands without braces. Null is a value that is not there. */
export function evaluateExpression(source: string, scope: TagScope): Result<ExprValue, string> {
  const programs = must(scope.programs, 'scopes of the engine have programs');
  const parsed = programs.parse(source);
  if (!parsed.ok) return err(formatExprError(source, parsed.error));
  const environment = scope.environment?.(pathsIn(parsed.value.tree)) ?? {};
  const program = programs.get(source, environment);
  const value = program.ok ? program.value.run(environment, scope.moment) : program;
  return value.ok ? ok(value.value) : err(formatExprError(source, value.error));
}

/** Evaluates a condition; anything but true and false is an error. */
export function evaluateCondition(source: string, scope: TagScope): Result<boolean, string> {
  const value = evaluateExpression(source, scope);
  if (!value.ok) return value;
  if (typeof value.value === 'boolean') return ok(value.value);
  return err(`expression '${source}' must evaluate to a boolean`);
}

/** How the value of an expression stands in a text; undefined when there is none. */
export function expressionText(value: ExprValue): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'string' ? value : toJsonText(value);
}

function globalOutput(pass: Pass, rest: string): Variable {
  if (!rest.startsWith('parameters.')) return UNKNOWN;
  const value = pass.globalOutputs.get(rest.slice('parameters.'.length))?.value;
  return value === undefined ? UNKNOWN : textVariable(parameterText(value));
}

/** A boundary at work: its node, its template and the variables that its steps or tasks see, siblings left out. */
export interface Frame {
  readonly node: NodeStatus;
  readonly compiled: CompiledTemplate;
  readonly source: Source;
}

/** Opens the frame of a boundary. */
export function openFrame(pass: Pass, node: NodeStatus, compiled: CompiledTemplate): Frame {
  const locals = fixedSource({ 'node.name': node.name });
  return { node, compiled, source: firstOf(locals, inputsSource(node.inputs), globalSource(pass)) };
}
