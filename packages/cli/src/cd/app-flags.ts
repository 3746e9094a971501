import type { Application, ApplicationSource } from '@argosy/api/cd';
import { CommandError, type Flag, type FlagValues } from '../command/index.ts';

/** Where upstream's command line looks for the cluster that Argosy runs in. */
export const IN_CLUSTER_SERVER = 'https://kubernetes.default.svc';

/** Flags that describe an application's source, destination and policy; names and defaults are upstream's. */
export const specFlags: readonly Flag[] = [
  { name: 'repo', type: 'string', description: 'repository URL' },
  { name: 'path', type: 'string', description: 'folder inside the repository' },
  { name: 'revision', type: 'string', description: 'branch, tag or commit to follow (HEAD when empty)' },
  { name: 'dest-server', type: 'string', description: 'API server URL of the destination cluster' },
  { name: 'dest-name', type: 'string', description: 'name of the destination cluster' },
  { name: 'dest-namespace', type: 'string', description: 'namespace for objects that name none' },
  { name: 'project', type: 'string', description: 'project', defaultValue: 'default' },
  { name: 'sync-policy', type: 'string', description: 'none, manual, automated or auto' },
  { name: 'sync-option', type: 'texts', description: 'sync option KEY=VALUE (repeatable)' },
  { name: 'auto-prune', type: 'boolean', description: 'delete what has left the repository' },
  { name: 'self-heal', type: 'boolean', description: 'undo drift in the cluster' },
  { name: 'allow-empty', type: 'boolean', description: 'let an automated sync delete everything' },
  { name: 'sync-retry-limit', type: 'integer', description: 'how often a failed sync is tried again' },
  { name: 'directory-recurse', type: 'boolean', description: 'read sub-folders too' },
  { name: 'directory-include', type: 'string', description: 'glob of files to read' },
  { name: 'directory-exclude', type: 'string', description: 'glob of files to leave out' },
  {
    name: 'revision-history-limit',
    type: 'integer',
    description: 'how many deployments to remember',
    defaultValue: '10',
  },
];

const given = (flags: FlagValues, name: string): string | undefined => {
  const text = flags.text(name);
  return text === '' ? undefined : text;
};

function directoryOf(flags: FlagValues): ApplicationSource['directory'] | undefined {
  const include = given(flags, 'directory-include');
  const exclude = given(flags, 'directory-exclude');
  const recurse = flags.boolean('directory-recurse');
  if (!recurse && include === undefined && exclude === undefined) return undefined;
  return {
    ...(recurse ? { recurse } : {}),
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

function sourceOf(flags: FlagValues): ApplicationSource {
  const repoURL = given(flags, 'repo');
  if (repoURL === undefined) throw new CommandError('--repo is required: the URL of a Git repository');
  const path = given(flags, 'path');
  const targetRevision = given(flags, 'revision');
  const directory = directoryOf(flags);
  return {
    repoURL,
    ...(path === undefined ? {} : { path }),
    ...(targetRevision === undefined ? {} : { targetRevision }),
    ...(directory === undefined ? {} : { directory }),
  };
}

function isAutomated(flags: FlagValues): boolean {
  const policy = flags.text('sync-policy');
  if (!['', 'none', 'manual', 'auto', 'automated'].includes(policy)) {
    throw new CommandError(`--sync-policy: found ${JSON.stringify(policy)}, allowed are none, manual, automated, auto`);
  }
  return policy === 'auto' || policy === 'automated';
}

function automatedOf(flags: FlagValues): { readonly [field: string]: boolean } | undefined {
  if (!isAutomated(flags)) return undefined;
  return {
    ...(flags.boolean('auto-prune') ? { prune: true } : {}),
    ...(flags.boolean('self-heal') ? { selfHeal: true } : {}),
    ...(flags.boolean('allow-empty') ? { allowEmpty: true } : {}),
  };
}

function syncPolicyOf(flags: FlagValues): Application['spec']['syncPolicy'] | undefined {
  const automated = automatedOf(flags);
  const syncOptions = flags.list('sync-option');
  const retry = flags.given('sync-retry-limit') ? { limit: flags.integer('sync-retry-limit') } : undefined;
  if (automated === undefined && syncOptions.length === 0 && retry === undefined) return undefined;
  return {
    ...(automated === undefined ? {} : { automated }),
    ...(syncOptions.length === 0 ? {} : { syncOptions }),
    ...(retry === undefined ? {} : { retry }),
  };
}

function destinationOf(flags: FlagValues): Application['spec']['destination'] {
  const name = given(flags, 'dest-name');
  const server = given(flags, 'dest-server') ?? (name === undefined ? IN_CLUSTER_SERVER : undefined);
  const namespace = given(flags, 'dest-namespace');
  return {
    ...(server === undefined ? {} : { server }),
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/**
 * The Application that the flags of `app create` describe.
 * @throws CommandError naming the flag that is missing or wrong.
 */
export function applicationFromFlags(name: string, flags: FlagValues): Application {
  const syncPolicy = syncPolicyOf(flags);
  const limit = flags.given('revision-history-limit') ? flags.integer('revision-history-limit') : undefined;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: {
      project: flags.text('project'),
      source: sourceOf(flags),
      destination: destinationOf(flags),
      ...(syncPolicy === undefined ? {} : { syncPolicy }),
      ...(limit === undefined ? {} : { revisionHistoryLimit: limit }),
    },
  };
}
