import { getPath } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { HealthTable, Step } from '../table.ts';
import { conditionsOf, listAt, textAt, verdict, type Condition, type Health, type HealthRule } from '../verdict.ts';

/** The words in which one kind of GitOps Promoter speaks of its Ready condition. */
interface Words {
  readonly initial: string;
  /** What stands before `spec update to be observed`. */
  readonly kind: string;
  readonly missing: string;
  /** What a reconciliation error is called. */
  readonly failed: string;
  /** What any other failure is called, and one that is unknown; absent where upstream does not tell them apart. */
  readonly notReady?: string;
  readonly unknown?: string;
}

function judgeReady(item: Condition, object: KubeObject, words: Words): Health | undefined {
  const { generation } = object.metadata;
  const seen = item['observedGeneration'];
  if (seen !== undefined && generation !== undefined && seen !== generation) {
    return verdict('Progressing', `Waiting for ${words.kind} spec update to be observed`);
  }
  return item['status'] === 'False' ? judgeFailure(item, words) : judgeDoubt(item, words);
}

const or = (item: Condition, field: string, fallback: string): string => textAt(item, [field]) || fallback;

function judgeFailure(item: Condition, { failed, notReady }: Words): Health | undefined {
  const message = or(item, 'message', 'Unknown error');
  if (item['reason'] === 'ReconciliationError') return verdict('Degraded', `${failed}: ${message}`);
  if (notReady === undefined) return undefined;
  return verdict('Degraded', `${notReady} (${or(item, 'reason', 'Unknown')}): ${message}`);
}

function judgeDoubt(item: Condition, { unknown }: Words): Health | undefined {
  if (item['status'] !== 'Unknown' || unknown === undefined) return undefined;
  return verdict('Progressing', `${unknown} (${or(item, 'reason', 'Unknown')}): ${or(item, 'message', 'Unknown')}`);
}

/** Ready must be there, of this generation, and not be False. */
function whenReady(words: Words, types: readonly string[] = ['Ready']): HealthRule {
  return (object) => {
    if (object['status'] === undefined) return verdict('Progressing', words.initial);
    const ready = conditionsOf(object).filter((item) => types.includes(textAt(item, ['type'])));
    if (ready.length === 0) return verdict('Progressing', words.missing);
    return ready.map((item) => judgeReady(item, object, words)).find((health) => health !== undefined);
  };
}

/** Gates by branch: a failure anywhere, then anything that is not done. */
function gates(what: string, done: { readonly idle: string; readonly passed: string }): HealthRule {
  return (object) => {
    const environments = listAt(object, ['status', 'environments']);
    if (environments.length === 0) return verdict('Healthy', done.idle);
    const phased = environments.map((item) => ({
      branch: textAt(item, ['branch']) || '?',
      phase: textAt(item, ['phase']) || 'pending',
    }));
    const branches = (wanted: (phase: string) => boolean): string =>
      phased
        .filter(({ phase }) => wanted(phase))
        .map(({ branch }) => branch)
        .join(', ');
    const failed = branches((phase) => phase === 'failure');
    if (failed !== '') return verdict('Degraded', `${what} failed for branch(es): ${failed}`);
    const pending = branches((phase) => phase !== 'success');
    if (pending !== '') return verdict('Progressing', `${what} pending for branch(es): ${pending}`);
    return verdict('Healthy', `${done.passed} for ${phased.length} environment(s)`);
  };
}

const shortSha = (sha: string): string => sha.slice(0, 7);

interface Tally {
  readonly pending: readonly string[];
  readonly failed: readonly string[];
  readonly succeeded: number;
}

function tallyOf(statuses: readonly Condition[]): Tally {
  const keys = (phase: string): readonly string[] =>
    statuses.filter((item) => item['phase'] === phase).map((item) => textAt(item, ['key']));
  return { pending: keys('pending'), failed: keys('failure'), succeeded: keys('success').length };
}

function tallyText({ pending, failed, succeeded }: Tally): string {
  const counts = `${pending.length} pending, ${succeeded} successful, ${failed.length} failed. `;
  const named = pending.length > 0 ? `Pending commit statuses: ${pending.join(', ')}. ` : '';
  return `${counts}${named}${failed.length > 0 ? `Failed commit statuses: ${failed.join(', ')}. ` : ''}`;
}

/** One environment: what is active, and what is proposed to become so. */
interface Environment {
  readonly active: string;
  readonly proposed: string;
  readonly activeTally: Tally;
  readonly proposedTally: Tally;
}

function environmentOf(value: unknown): Environment {
  return {
    active: textAt(value, ['active', 'dry', 'sha']),
    proposed: textAt(value, ['proposed', 'dry', 'sha']),
    activeTally: tallyOf(listAt(value, ['active', 'commitStatuses'])),
    proposedTally: tallyOf(listAt(value, ['proposed', 'commitStatuses'])),
  };
}

function promotionText({ active, proposed, proposedTally }: Environment, where: string): string {
  const way = `from '${shortSha(active)}' to '${shortSha(proposed)}'`;
  return `Promotion in progress${where} ${way}: ${tallyText(proposedTally)}`;
}

const changeTransfer: HealthRule = (object) => {
  const environment = environmentOf(object['status']);
  const missing = environment.active === '' ? 'active' : environment.proposed === '' ? 'proposed' : undefined;
  if (missing !== undefined) {
    return verdict('Progressing', `The ${missing} commit DRY SHA is missing or empty.`);
  }
  if (environment.active !== environment.proposed) return verdict('Progressing', promotionText(environment, ''));
  const { activeTally } = environment;
  if (activeTally.pending.length + activeTally.failed.length > 0) {
    const but = 'Environment is up-to-date, but there are non-successful active commit statuses';
    return verdict('Healthy', `${but}: ${tallyText(activeTally)}`);
  }
  return verdict('Healthy', `Environment is up-to-date on commit ${shortSha(environment.active)}.`);
};

type Named = Environment & { readonly branch: string };

function unfinished(environments: readonly Named[]): Health | undefined {
  for (const { branch, active, proposed } of environments) {
    const missing = active === '' ? 'active' : proposed === '' ? 'proposed' : undefined;
    if (missing === undefined) continue;
    return verdict('Progressing', `The ${missing} commit DRY SHA is missing or empty in environment '${branch}'.`);
  }
  if (new Set(environments.map(({ proposed }) => proposed)).size > 1) {
    const why = 'This likely means the hydrator has not run for all environments yet.';
    return verdict('Progressing', `Not all environments have the same proposed commit SHA. ${why}`);
  }
  const moving = environments.find(({ active, proposed }) => active !== proposed);
  if (moving === undefined) return undefined;
  return verdict('Progressing', promotionText(moving, ` for environment '${moving.branch}'`));
}

const promotionStrategy: HealthRule = (object) => {
  const environments = listAt(object, ['status', 'environments']).map((item): Named => ({
    ...environmentOf(item),
    branch: textAt(item, ['branch']),
  }));
  const [first] = environments;
  if (first === undefined) return verdict('Degraded', 'Promotion strategy has no environments configured');
  const open = unfinished(environments);
  if (open !== undefined) return open;
  const troubled = environments
    .filter(({ activeTally }) => activeTally.pending.length + activeTally.failed.length > 0)
    .map(
      ({ branch, activeTally: { failed, pending } }) =>
        `${branch} (${failed.length} failed, ${pending.length} pending)`,
    );
  if (troubled.length > 0) {
    const but = 'Environments are up-to-date, but some environments have non-successful commit statuses';
    return verdict('Healthy', `${but}: ${troubled.join(', ')}.`);
  }
  return verdict('Healthy', `All environments are up-to-date on commit '${shortSha(first.proposed)}'.`);
};

const selectedApplications: HealthRule = (object) => {
  const selected = getPath(object, ['status', 'applicationsSelected']);
  const count = Array.isArray(selected) ? selected.length : 0;
  if (count === 0) return verdict('Degraded', 'Argo CD commit status has no applications configured');
  return verdict('Healthy', `Argo CD commit status is healthy and is tracking ${count} applications`);
};

const commitStatus: HealthRule = (object) => {
  const [sha, phase] = [textAt(object, ['status', 'sha']), textAt(object, ['status', 'phase'])];
  const known = sha !== '' && phase !== '';
  return verdict('Healthy', known ? `Commit status for commit ${sha} reports ${phase}` : 'Commit status is healthy');
};

const pullRequest: HealthRule = (object) => {
  const [id, state] = [textAt(object, ['status', 'id']), textAt(object, ['status', 'state'])];
  const known = id !== '' && state !== '';
  return verdict('Healthy', known ? `Pull request is ${state} as PR ${id}` : 'Pull request is healthy');
};

/** Words of the kinds that name themselves in one way throughout. */
const plainWords = (name: string): Words => ({
  initial: `Initializing ${name}`,
  kind: name,
  missing: `${name.charAt(0).toUpperCase()}${name.slice(1)} is not ready yet`,
  failed: `${name.charAt(0).toUpperCase()}${name.slice(1)} reconciliation failed`,
});

const fullWords = (kind: string, initial: string, said: readonly [string, string, string]): Words => ({
  initial: `Initializing ${initial}`,
  kind,
  missing: `${kind} Ready condition is missing`,
  failed: said[0],
  notReady: said[1],
  unknown: said[2],
});

const provider = (kind: string, initial: string, name: string): readonly Step[] => [
  whenReady(fullWords(kind, initial, [`${name} validation failed`, `${name} not ready`, `${name} readiness unknown`])),
  ['Healthy', `${name} is ready`],
];

/** GitOps Promoter. */
export const PROMOTER: HealthTable = {
  'promoter.argoproj.io/PromotionStrategy': [whenReady(plainWords('promotion strategy')), promotionStrategy],
  'promoter.argoproj.io/ChangeTransferPolicy': [whenReady(plainWords('change transfer policy')), changeTransfer],
  'promoter.argoproj.io/CommitStatus': [whenReady(plainWords('commit status')), commitStatus],
  'promoter.argoproj.io/ArgoCDCommitStatus': [
    whenReady({
      initial: 'Initializing Argo CD commit status',
      kind: 'Argo CD commit status',
      missing: 'Argo CD commit status is not ready yet',
      failed: 'Argo CD commit status reconciliation failed',
    }),
    selectedApplications,
  ],
  'promoter.argoproj.io/PullRequest': [
    whenReady({ ...plainWords('pull request'), notReady: 'Pull request reconciliation failed' }, [
      'Reconciled',
      'Ready',
    ]),
    pullRequest,
  ],
  'promoter.argoproj.io/GitRepository': provider('GitRepository', 'Git repository', 'Git repository'),
  'promoter.argoproj.io/ScmProvider': provider('ScmProvider', 'SCM provider', 'SCM provider'),
  'promoter.argoproj.io/ClusterScmProvider': provider(
    'ClusterScmProvider',
    'cluster SCM provider',
    'Cluster SCM provider',
  ),
  'promoter.argoproj.io/TimedCommitStatus': [
    whenReady(
      fullWords('TimedCommitStatus', 'timed commit gate', [
        'Timed commit gate failed',
        'Timed commit gate not ready',
        'Timed commit gate status unknown',
      ]),
    ),
    gates('Timed commit gate', { idle: 'Timed commit gate reconciled', passed: 'Timed commit gate satisfied' }),
  ],
  'promoter.argoproj.io/GitCommitStatus': [
    whenReady(
      fullWords('GitCommitStatus', 'git commit validation', [
        'Git commit validation failed',
        'Git commit validation not ready',
        'Git commit validation status unknown',
      ]),
    ),
    gates('Git commit validation', {
      idle: 'Git commit validation reconciled',
      passed: 'Git commit validation passed',
    }),
  ],
  'promoter.argoproj.io/WebRequestCommitStatus': [
    whenReady(
      fullWords('WebRequestCommitStatus', 'web request commit validation', [
        'Web request commit validation failed',
        'Web request commit validation not ready',
        'Web request commit validation unknown',
      ]),
    ),
    gates('Web request validation', {
      idle: 'Web request commit validation reconciled',
      passed: 'Web request validation passed',
    }),
  ],
};
