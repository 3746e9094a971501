import { compareQuantity, formatQuantity, scaledQuantity, type Quantity } from '@argosy/kube/schema';
import { ensurePart, part, parts, setDefault, textAt, type Draft } from '../draft.ts';
import { forbidden, invalidField } from '../errors.ts';
import { amountsOf, podTotals, type Amounts } from '../quota/index.ts';
import type { KindContext, KindRules } from './kind-rules.ts';

const STORAGE = '/limitranges';

/** One item of a LimitRange. */
interface Limit {
  readonly type: string;
  readonly min: Amounts;
  readonly max: Amounts;
  readonly fallback: Draft;
  readonly fallbackRequest: Draft;
  readonly ratio: Amounts;
}

function limitsIn(context: KindContext, namespace: string): readonly Limit[] {
  const { store } = context.state;
  return store.list(STORAGE, namespace).flatMap((stored) =>
    parts(part(store.tree(stored) as unknown as Draft, 'spec'), 'limits').map((item) => ({
      type: textAt(item, 'type'),
      min: amountsOf(part(item, 'min')),
      max: amountsOf(part(item, 'max')),
      fallback: part(item, 'default') ?? {},
      fallbackRequest: part(item, 'defaultRequest') ?? {},
      ratio: amountsOf(part(item, 'maxLimitRequestRatio')),
    })),
  );
}

interface Used {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

function minProblem(name: string, least: Quantity, given: { used: Used; type: string }): string | undefined {
  const { used, type } = given;
  const rule = `minimum ${name} usage per ${type} is ${formatQuantity(least)}`;
  const [request, limit] = [used.requests.get(name), used.limits.get(name)];
  if (request === undefined) return `${rule}.  No request is specified`;
  if (compareQuantity(request, least) < 0) return `${rule}, but request is ${formatQuantity(request)}`;
  if (limit !== undefined && compareQuantity(limit, least) < 0) return `${rule}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function maxProblem(name: string, most: Quantity, given: { used: Used; type: string }): string | undefined {
  const { used, type } = given;
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(most)}`;
  const [request, limit] = [used.requests.get(name), used.limits.get(name)];
  if (limit === undefined) return `${rule}.  No limit is specified`;
  if (compareQuantity(limit, most) > 0) return `${rule}, but limit is ${formatQuantity(limit)}`;
  if (request !== undefined && compareQuantity(request, most) > 0) {
    return `${rule}, but request is ${formatQuantity(request)}`;
  }
  return undefined;
}

const isZero = (amount: Quantity | undefined): boolean => amount === undefined || scaledQuantity(amount, -3) === 0n;

function ratioProblem(name: string, most: Quantity, given: { used: Used; type: string }): string | undefined {
  const { used, type } = given;
  const rule = `${name} max limit to request ratio per ${type} is ${formatQuantity(most)}`;
  const [request, limit] = [used.requests.get(name), used.limits.get(name)];
  if (request === undefined || isZero(request)) return `${rule}, but no request is specified or request is 0`;
  if (limit === undefined || isZero(limit)) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = Number(scaledQuantity(limit, -3)) / Number(scaledQuantity(request, -3));
  if (ratio <= Number(scaledQuantity(most, -3)) / 1000) return undefined;
  return `${rule}, but provided ratio is ${ratio.toFixed(6)}`;
}

function problemsOf(limit: Limit, used: Used): readonly string[] {
  const given = { used, type: limit.type };
  return [
    ...[...limit.min].flatMap(([name, least]) => minProblem(name, least, given) ?? []),
    ...[...limit.max].flatMap(([name, most]) => maxProblem(name, most, given) ?? []),
    ...[...limit.ratio].flatMap(([name, most]) => ratioProblem(name, most, given) ?? []),
  ];
}

function demandNone(resource: string, draft: Draft, problems: readonly string[]): void {
  const texts = [...new Set(problems)];
  if (texts.length === 0) return;
  const why = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  throw forbidden({ group: '', resource }, textAt(part(draft, 'metadata'), 'name'), why);
}

/** Fills in what a container does not say; tells the names of what was filled in. */
function fill(container: Draft, kind: 'requests' | 'limits', fallback: Draft): readonly string[] {
  const missing = Object.keys(fallback).filter(
    (name) => part(part(container, 'resources'), kind)?.[name] === undefined,
  );
  const list = missing.length === 0 ? undefined : ensurePart(ensurePart(container, 'resources'), kind);
  for (const name of missing) if (list !== undefined) list[name] = fallback[name];
  return missing.sort();
}

function fillContainer(container: Draft, limits: readonly Limit[], what: string): readonly string[] {
  const said: string[] = [];
  for (const limit of limits) {
    const name = textAt(container, 'name');
    // A limit that was asked for is the request, too, unless a request was asked for: it comes before any default.
    const requests = fill(container, 'requests', limit.fallbackRequest);
    const tops = fill(container, 'limits', limit.fallback);
    if (requests.length > 0) said.push(`${requests.join(', ')} request for ${what} ${name}`);
    if (tops.length > 0) said.push(`${tops.join(', ')} limit for ${what} ${name}`);
  }
  return said;
}

function fillPod(draft: Draft, spec: Draft, limits: readonly Limit[]): void {
  const said = [
    ...parts(spec, 'containers').flatMap((item) => fillContainer(item, limits, 'container')),
    ...parts(spec, 'initContainers').flatMap((item) => fillContainer(item, limits, 'init container')),
  ];
  if (said.length === 0) return;
  const annotations = ensurePart(ensurePart(draft, 'metadata'), 'annotations');
  annotations['kubernetes.io/limit-ranger'] = `LimitRanger plugin set: ${said.join('; ')}`;
}

function containerUse(container: Draft): Used {
  const resources = part(container, 'resources');
  return { requests: amountsOf(part(resources, 'requests')), limits: amountsOf(part(resources, 'limits')) };
}

/** Admission LimitRanger for a new pod: defaults first, then the bounds. @throws KubeError Forbidden. */
export function admitPodLimits(draft: Draft, context: KindContext): void {
  const limits = limitsIn(context, textAt(part(draft, 'metadata'), 'namespace'));
  if (limits.length === 0) return;
  const spec = ensurePart(draft, 'spec');
  const ofContainers = limits.filter((limit) => limit.type === 'Container');
  fillPod(draft, spec, ofContainers);
  const containers = [...parts(spec, 'containers'), ...parts(spec, 'initContainers')];
  const whole: Used = { requests: podTotals(spec, 'requests'), limits: podTotals(spec, 'limits') };
  demandNone('pods', draft, [
    ...ofContainers.flatMap((limit) => containers.flatMap((container) => problemsOf(limit, containerUse(container)))),
    ...limits.filter((limit) => limit.type === 'Pod').flatMap((limit) => problemsOf(limit, whole)),
  ]);
}

/** Admission LimitRanger for a claim: its size. @throws KubeError Forbidden. */
export function admitClaimLimits(draft: Draft, context: KindContext): void {
  const limits = limitsIn(context, textAt(part(draft, 'metadata'), 'namespace'));
  const asked = amountsOf(part(part(part(draft, 'spec'), 'resources'), 'requests'));
  const used: Used = { requests: asked, limits: asked };
  const problems = limits
    .filter((limit) => limit.type === 'PersistentVolumeClaim')
    .flatMap((limit) => problemsOf({ ...limit, ratio: new Map() }, used))
    .map((text) => text.replace('but limit is', 'but request is'));
  demandNone('persistentvolumeclaims', draft, problems);
}

function defaultLimit(item: Draft): void {
  if (textAt(item, 'type') !== 'Container') return;
  const copyMissing = (from: string, to: string): void => {
    const source = part(item, from);
    if (source === undefined) return;
    const target = ensurePart(item, to);
    for (const [name, value] of Object.entries(source)) setDefault(target, name, value);
  };
  copyMissing('max', 'default');
  copyMissing('default', 'defaultRequest');
  copyMissing('min', 'defaultRequest');
}

/** LimitRanges: of containers the largest is the default, and that (or the least) the default request. */
export const limitRangeRules: KindRules = {
  defaults: (draft) => parts(part(draft, 'spec'), 'limits').forEach(defaultLimit),
  validate: (draft) =>
    parts(part(draft, 'spec'), 'limits').flatMap((item, index) => {
      const max = amountsOf(part(item, 'max'));
      return [...amountsOf(part(item, 'min'))].flatMap(([name, least]) => {
        const most = max.get(name);
        if (most === undefined || compareQuantity(least, most) <= 0) return [];
        const why = `min value ${formatQuantity(least)} is greater than max value ${formatQuantity(most)}`;
        return [invalidField(`spec.limits[${index}].min[${name}]`, formatQuantity(least), why)];
      });
    }),
};
