import { formatTime, type Instant } from '@argosy/std';
import { cdNames, type Application } from '@argosy/api/cd';
import type { ComparedResource } from './compare.ts';
import { isWorse } from './health/index.ts';

type AppHealth = NonNullable<NonNullable<Application['status']>['health']>;

const MAX_NAMED_CAUSES = 3;

function isChildApplication(item: ComparedResource): boolean {
  return item.key.group === 'argoproj.io' && item.key.kind === 'Application';
}

function isIgnored(item: ComparedResource): boolean {
  const object = item.live ?? item.desired?.object;
  return object?.metadata.annotations?.[cdNames.ignoreHealthCheck] === 'true';
}

function counts(item: ComparedResource): boolean {
  if (item.hook || item.skipped || item.health === undefined) return false;
  if (isIgnored(item)) return false;
  const status = item.health.status;
  return !(isChildApplication(item) && (status === 'Missing' || status === 'Unknown'));
}

function causeText(items: readonly ComparedResource[]): string {
  const names = items.map(
    ({ key }) => `${key.group === '' ? '' : `${key.group}/`}${key.kind}:${key.namespace}/${key.name}`,
  );
  const named = names.slice(0, MAX_NAMED_CAUSES).join(', ');
  const rest = names.length - MAX_NAMED_CAUSES;
  return `Caused by ${named}${rest > 0 ? ` and ${rest} more` : ''}`;
}

type Code = NonNullable<AppHealth['status']>;

function worstOf(items: readonly ComparedResource[]): Code {
  return items.reduce<Code>((worst, { health }) => {
    return health !== undefined && isWorse(health.status, worst) ? health.status : worst;
  }, 'Healthy');
}

/** True when something is expected and nothing of it is live. */
function isAllMissing(resources: readonly ComparedResource[]): boolean {
  const expected = resources.filter((item) => item.desired !== undefined && !item.hook && !item.skipped);
  return expected.length > 0 && expected.every((item) => item.live === undefined);
}

/**
 * The health of an Application: the worst verdict of its resources. Objects that are missing do not worsen it, but when
 * something is expected and nothing is live the Application is Missing.
 */
export function applicationHealthOf(
  resources: readonly ComparedResource[],
  old: AppHealth | undefined,
  now: Instant,
): AppHealth {
  const judged = resources.filter(counts);
  const status = judged.length === 0 && isAllMissing(resources) ? 'Missing' : worstOf(judged);
  const causes = judged.filter((item) => item.health?.status === status);
  const message = status === 'Healthy' || causes.length === 0 ? undefined : causeText(causes);
  const kept = old?.status === status ? old.lastTransitionTime : undefined;
  return { status, ...(message === undefined ? {} : { message }), lastTransitionTime: kept ?? formatTime(now) };
}
