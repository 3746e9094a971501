import { execFile } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Application } from '@argosy/api/cd';
import { demoFiles } from './demo-files.ts';

const run = promisify(execFile);

/** How long one git command may take. */
const GIT_TIMEOUT_MS = 20_000;

async function git(directory: string, ...args: readonly string[]): Promise<void> {
  const identity = [
    '-c',
    'user.name=Argosy demo',
    '-c',
    'user.email=demo@argosy.invalid',
    '-c',
    'commit.gpgsign=false',
  ];
  await run('git', [...identity, ...args], { cwd: directory, timeout: GIT_TIMEOUT_MS });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Creates the demonstration repository with one commit, unless it is there: the user's commits are never touched.
 * Gives back its file URL. Rejects when git is missing.
 */
export async function ensureDemoRepository(directory: string): Promise<string> {
  if (!(await exists(join(directory, '.git')))) {
    await mkdir(directory, { recursive: true });
    for (const [path, content] of Object.entries(demoFiles)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
    await git(directory, 'init', '--quiet', '--initial-branch=main');
    await git(directory, 'add', '.');
    await git(directory, 'commit', '--quiet', '--message', 'The demo');
  }
  return `file://${directory}`;
}

/** The Application that tracks the demonstration repository with automated sync. */
export function demoApplication(repoURL: string): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name: 'demo',
      namespace: 'argocd',
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
    },
    spec: {
      project: 'default',
      source: { repoURL, path: 'app', targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'demo' },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['CreateNamespace=true'],
      },
    },
  };
}
