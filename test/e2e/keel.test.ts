import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool, toolBinary } from '../wire/kubectl-binary.ts';
import { root, runArgosy, spawnArgosy, startArgosy, type ArgosyProcess } from './argosy-process.ts';
import { eventually } from './eventually.ts';

const run = promisify(execFile);

let home: string;
let data: string;
let kubectlBinary: string;
let argosy: ArgosyProcess;

async function kubectl(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runTool(kubectlBinary, args, { kubeconfig: argosy.ready.kubeconfig, home });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const cli = (...args: readonly string[]): ReturnType<typeof runArgosy> => runArgosy(args, { ARGOSY_DATA_DIR: data });

async function git(...args: readonly string[]): Promise<string> {
  const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@argosy.invalid'];
  const { stdout } = await run('git', [...identity, ...args], { cwd: join(data, 'demo') });
  return stdout.trim();
}

async function commit(message: string): Promise<string> {
  await git('add', '--all');
  await git('commit', '--quiet', '--message', message);
  return git('rev-parse', 'HEAD');
}

interface Status {
  readonly sync: string;
  readonly health: string;
  readonly revision: string;
}

async function appStatus(): Promise<Status> {
  const path = '{.status.sync.status} {.status.health.status} {.status.sync.revision}';
  const [sync = '', health = '', revision = ''] = (
    await kubectl('get', 'application', 'demo', '-n', 'argocd', '-o', `jsonpath=${path}`)
  ).split(' ');
  return { sync, health, revision };
}

async function settledAt(revision: string): Promise<void> {
  await eventually(`demo is synced and healthy at ${revision.slice(0, 7)}`, 30_000, async () => {
    const status = await appStatus();
    return status.sync === 'Synced' && status.health === 'Healthy' && status.revision === revision;
  });
}

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(url, { agent: false, timeout: 2000 }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve(body));
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end();
  });
}

async function greeting(): Promise<string> {
  const ip = await kubectl('get', 'service', 'web', '-n', 'demo', '-o', 'jsonpath={.spec.clusterIP}');
  return fetchText(`http://${ip}:8080/`);
}

/** Processes that keep this data directory's containers: their command lines name its folder. */
function podProcesses(): readonly number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      return readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(join(data, 'node', 'pods')) ? [Number(entry)] : [];
    } catch {
      return [];
    }
  });
}

beforeAll(async () => {
  kubectlBinary = await toolBinary('kubectl');
  home = await mkdtemp(join(tmpdir(), 'argosy-e2e-'));
  data = join(home, 'data');
  argosy = await startArgosy(data, ['--port', '0', '--kube-port', '0']);
}, 90_000);

afterAll(async () => {
  await argosy?.stop('SIGINT');
  await rm(home, { recursive: true, force: true });
}, 30_000);

describe('the keel', () => {
  it('offers its API as the Service kubernetes, whose name its certificate bears', async () => {
    const ip = await kubectl('get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}');
    const endpoints = await kubectl('get', 'endpoints', 'kubernetes', '-o', 'jsonpath={.subsets[0].addresses[0].ip}');
    expect(endpoints).toBe('127.0.0.1');
    const options = [`--server=https://${ip}`, '--tls-server-name=kubernetes.default.svc'];
    const version = await eventually('the Service answers', 15_000, () =>
      kubectl(...options, 'get', '--raw', '/version'),
    );
    expect(version).toContain('gitVersion');
  });

  it('keeps what it generated to its owner', async () => {
    for (const file of [argosy.ready.kubeconfig, argosy.ready.adminPasswordFile, join(data, 'server.json')]) {
      expect((await stat(file)).mode & 0o777, file).toBe(0o600);
    }
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    const password = (await readFile(argosy.ready.adminPasswordFile, 'utf8')).trim();
    expect(argosy.output()).not.toContain(password);
  });

  it('delivers the demo repository and its pods answer', async () => {
    await settledAt(await git('rev-parse', 'HEAD'));
    const text = await eventually('the service answers', 15_000, async () => {
      const answer = await greeting();
      return answer.startsWith('Hello from web-') ? answer : undefined;
    });
    expect(text).toMatch(/^Hello from web-[a-z0-9]+-[a-z0-9]{5}\n$/);
  });

  it('runs the workflow of the repository', async () => {
    const phase = await eventually('the workflow is done', 20_000, async () => {
      const found = await kubectl('get', 'workflow', 'tour', '-n', 'demo', '-o', 'jsonpath={.status.phase}');
      return ['Succeeded', 'Failed', 'Error'].includes(found) ? found : undefined;
    });
    expect(phase).toBe('Succeeded');
    const logs = await cli('wf', 'logs', 'tour', '-n', 'demo');
    expect(logs.stdout).toContain('left hand got 42');
    expect(logs.stdout).toContain('right hand got 42');
  });

  it('rolls a commit out', async () => {
    const file = join(data, 'demo/app/deployment.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('value: Hello', 'value: Ahoy'));
    const revision = await commit('Greet otherwise');
    const refreshed = await cli('cd', 'app', 'get', 'demo', '--refresh', '-o', 'json');
    expect(refreshed.code, refreshed.stderr).toBe(0);
    await settledAt(revision);
    await eventually('the new greeting', 20_000, async () => (await greeting()).startsWith('Ahoy from web-'));
  });

  it('sees a commit by a webhook', async () => {
    const file = join(data, 'demo/app/deployment.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('value: Ahoy', 'value: Moin'));
    const revision = await commit('Greet in the north');
    const started = performance.now();
    const body = JSON.stringify({
      ref: 'refs/heads/main',
      after: revision,
      repository: { html_url: `file://${join(data, 'demo')}`, default_branch: 'main' },
      commits: [{ modified: ['app/deployment.yaml'] }],
    });
    const args = [
      '--silent',
      '--show-error',
      '--fail',
      '--cacert',
      argosy.ready.caFile,
      '-H',
      'content-type: application/json',
      '-H',
      'x-github-event: push',
      '-d',
      body,
    ];
    await run('curl', [...args, `${argosy.ready.url}/api/webhook`]);
    await eventually('synced by webhook', 10_000, async () => {
      const status = await appStatus();
      return status.sync === 'Synced' && status.revision === revision;
    });
    expect(performance.now() - started).toBeLessThan(10_000);
    await settledAt(revision);
  });

  it('heals drift', async () => {
    await kubectl('delete', 'service', 'web', '-n', 'demo');
    await eventually('the service is back', 20_000, () => greeting().then((text) => text.startsWith('Moin')));
    await kubectl('scale', 'deployment', 'web', '-n', 'demo', '--replicas=5');
    await eventually('two replicas again', 30_000, async () => {
      const path = '{.spec.replicas} {.status.readyReplicas}';
      return (await kubectl('get', 'deployment', 'web', '-n', 'demo', '-o', `jsonpath=${path}`)) === '2 2';
    });
  });

  it('prunes what left the repository', async () => {
    await rm(join(data, 'demo/app/workflow.yaml'));
    const revision = await commit('The tour is over');
    await cli('cd', 'app', 'get', 'demo', '--refresh');
    await settledAt(revision);
    await eventually(
      'the workflow is gone',
      20_000,
      async () => (await kubectl('get', 'workflows', '-n', 'demo', '-o', 'name')) === '',
    );
  });

  it('says what is wrong with a broken commit and recovers', async () => {
    const file = join(data, 'demo/app/broken.yaml');
    await writeFile(file, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [1\n');
    await commit('A slip');
    await cli('cd', 'app', 'get', 'demo', '--refresh');
    const message = await eventually('a comparison error', 15_000, async () => {
      const found = await kubectl(
        'get',
        'application',
        'demo',
        '-n',
        'argocd',
        '-o',
        'jsonpath={.status.conditions[?(@.type=="ComparisonError")].message}',
      );
      return found === '' ? undefined : found;
    });
    expect(message).toContain('broken.yaml');
    await rm(file);
    const revision = await commit('Mended');
    await cli('cd', 'app', 'get', 'demo', '--refresh');
    await settledAt(revision);
  });

  it('creates, syncs, waits for and deletes an application from the command line', async () => {
    const repository = join(home, 'second');
    await run('git', ['init', '--quiet', '-b', 'main', repository]);
    await writeFile(
      join(repository, 'map.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: second}\ndata: {a: b}\n',
    );
    const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@argosy.invalid'];
    await run('git', ['-C', repository, 'add', '.']);
    await run('git', ['-C', repository, ...identity, 'commit', '--quiet', '-m', 'one']);
    const steps: readonly (readonly [readonly string[], number, RegExp])[] = [
      [
        ['create', 'second', '--repo', `file://${repository}`, '--path', '.', '--dest-namespace', 'default'],
        0,
        /application 'argocd\/second' created/,
      ],
      [['list', '-o', 'name'], 0, /^argocd\/demo\nargocd\/second\n$/],
      [['sync', 'second', '--timeout', '20'], 0, /Phase: +Succeeded/],
      [['wait', 'second', '--timeout', '20'], 0, /Sync Status: +Synced/],
      [['get', 'second', '-o', 'yaml'], 0, /kind: Application/],
      [['delete', 'second', '--yes', '--wait'], 0, /application 'second' deleted/],
      [['wait', 'second', '--delete', '--timeout', '5'], 0, /^$/],
      [['get', 'second'], 20, /^$/],
    ];
    for (const [args, code, output] of steps) {
      const result = await cli('cd', 'app', ...args);
      expect({ args, code: result.code, stderr: code === 0 ? result.stderr : '' }).toEqual({ args, code, stderr: '' });
      expect(result.stdout).toMatch(output);
    }
  });

  it('keeps running with an application whose repository does not exist', async () => {
    const created = await cli('cd', 'app', 'create', 'lost', '--repo', 'file:///no/such/repository', '--path', '.');
    expect(created.code, created.stderr).toBe(0);
    const shown = await eventually('the condition', 10_000, async () => {
      const { stdout } = await cli('cd', 'app', 'get', 'lost');
      return stdout.includes('ComparisonError') ? stdout : undefined;
    });
    expect(shown).toMatch(/repository not found: file:\/\/\/no\/such\/repository/);
    expect((await cli('cd', 'app', 'sync', 'lost')).code).toBe(20);
    expect((await cli('cd', 'app', 'delete', 'lost', '-y')).code).toBe(0);
  });

  it('submits a workflow from the command line', async () => {
    const file = join(home, 'hello.yaml');
    await writeFile(
      file,
      'apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: hello-}\nspec:\n  entrypoint: main\n  templates:\n    - name: main\n      container: {image: busybox, command: [echo], args: [hello world]}\n',
    );
    const { code, stdout, stderr } = await cli('wf', 'submit', file, '--wait', '-o', 'json');
    expect(code, stderr).toBe(0);
    const workflow = JSON.parse(stdout) as { metadata: { name: string }; status: { phase: string } };
    expect(workflow.status.phase).toBe('Succeeded');
    const logs = await cli('wf', 'logs', workflow.metadata.name);
    expect(logs.stdout).toContain('hello world');
  });

  it('keeps templates and CronWorkflows, submits from them, resubmits and retries', async () => {
    const [template, cron] = [join(home, 'template.yaml'), join(home, 'cron.yaml')];
    const head = 'apiVersion: argoproj.io/v1alpha1\n';
    await writeFile(
      template,
      `${head}kind: WorkflowTemplate\nmetadata: {name: tools}\nspec:\n  entrypoint: main\n  arguments: {parameters: [{name: code, value: "1"}]}\n  templates:\n    - name: main\n      container: {image: busybox, command: [sh, -c], args: ["exit {{workflow.parameters.code}}"]}\n`,
    );
    await writeFile(
      cron,
      `${head}kind: CronWorkflow\nmetadata: {name: yearly}\nspec:\n  schedules: ["@yearly"]\n  workflowSpec: {workflowTemplateRef: {name: tools}}\n`,
    );
    expect((await cli('wf', 'template', 'create', template)).stderr).toBe('');
    expect((await cli('wf', 'cron', 'create', cron)).stderr).toBe('');
    expect((await cli('wf', 'cron', 'list')).stdout).toMatch(/\nyearly .*@yearly/);
    const submitted = await cli('wf', 'submit', '--from', 'workflowtemplate/tools', '--wait', '-o', 'name');
    expect(submitted.code, submitted.stderr).toBe(1);
    const name = submitted.stdout.trim();
    const retried = await cli('wf', 'retry', name, '-p', 'code=0', '--wait', '-o', 'json');
    expect(retried.code, retried.stderr).toBe(0);
    expect(JSON.parse(retried.stdout)).toMatchObject({ metadata: { name }, status: { phase: 'Succeeded' } });
    // The retried workflow kept the argument, so the new one has it too.
    expect((await cli('wf', 'resubmit', name, '--wait', '-o', 'name')).code).toBe(0);
  });

  it('passes artifacts between pods, copies them out, and has logs of pods that are gone', async () => {
    const example = await readFile(join(root, 'examples/workflows/artifacts.yaml'), 'utf8');
    const file = join(home, 'artifacts.yaml');
    await writeFile(
      file,
      example.replace(
        '  archiveLogs: true',
        '  archiveLogs: true\n  podGC: {strategy: OnPodCompletion, deleteDelayDuration: 0s}',
      ),
    );
    const { code, stdout, stderr } = await cli('wf', 'submit', file, '--wait', '-o', 'json');
    expect(code, stderr).toBe(0);
    const { name } = (JSON.parse(stdout) as { metadata: { name: string } }).metadata;
    const folder = join(home, 'copied');
    const copied = await cli('wf', 'cp', name, folder, '--path', '{artifactName}', '--artifact-name', 'report');
    expect(copied.code, copied.stderr).toBe(0);
    const listing = await run('tar', ['-tzf', join(folder, 'report', 'report.tgz')]);
    expect(listing.stdout).toContain('report/pages/one.txt');
    await eventually('the pods are gone', 15_000, async () => {
      const selector = `workflows.argoproj.io/workflow=${name}`;
      return (await kubectl('get', 'pods', '-n', 'default', '-l', selector, '-o', 'name')) === '';
    });
    const logs = await cli('wf', 'logs', name);
    expect(logs.stdout).toContain('packed');
    const escaping = await cli('wf', 'cp', name, folder, '--path', '../out');
    expect(escaping.stderr).toContain('would be written outside of');
  }, 60_000);

  it('is all there again after kill -9', async () => {
    const before = await kubectl(
      'get',
      'deployments,services,configmaps,pods',
      '-n',
      'demo',
      '-o',
      'jsonpath={range .items[*]}{.kind}/{.metadata.name}/{.metadata.uid}{"\\n"}{end}',
    );
    await argosy.stop('SIGKILL');
    argosy = await startArgosy(data, ['--port', '0', '--kube-port', '0']);
    await settledAt(await git('rev-parse', 'HEAD'));
    await eventually('the service answers again', 20_000, async () => (await greeting()).startsWith('Moin'));
    const after = await kubectl(
      'get',
      'deployments,services,configmaps,pods',
      '-n',
      'demo',
      '-o',
      'jsonpath={range .items[*]}{.kind}/{.metadata.name}/{.metadata.uid}{"\\n"}{end}',
    );
    expect(after).toBe(before);
  });

  it('survives kill -9 at any moment', { timeout: 120_000 }, async () => {
    for (const afterMs of [0, 40, 150, 400, 700, 1100]) {
      await argosy.stop('SIGKILL');
      const early = spawnArgosy(data);
      await eventually('the moment', 5000, () => Promise.resolve(early.ageMs() >= afterMs));
      await early.kill();
      argosy = await startArgosy(data, ['--port', '0', '--kube-port', '0']);
    }
    await settledAt(await git('rev-parse', 'HEAD'));
    await eventually('the service still answers', 30_000, async () => (await greeting()).startsWith('Moin'));
    await eventually('two replicas still', 30_000, async () => {
      const path = '{.spec.replicas} {.status.readyReplicas}';
      return (await kubectl('get', 'deployment', 'web', '-n', 'demo', '-o', `jsonpath=${path}`)) === '2 2';
    });
  });

  it('refuses a second start on the same data and a taken port, in one sentence', async () => {
    const locked = await runArgosy(['up', '--data-dir', data, '--port', '0', '--kube-port', '0']);
    expect(locked.code).toBe(1);
    expect(locked.stderr.trim().split('\n')).toHaveLength(1);
    expect(locked.stderr).toMatch(/in use|locked/);
    const port = new URL(argosy.ready.url).port;
    const taken = await runArgosy([
      'up',
      '--data-dir',
      join(home, 'other'),
      '--port',
      port,
      '--kube-port',
      '0',
      '--gateway-port',
      '0',
      '--gateway-tls-port',
      '0',
      '--no-demo',
    ]);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toContain(`port ${port}`);
    expect(taken.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('stops its pods on Ctrl-C and leaves the data', async () => {
    expect(podProcesses().length).toBeGreaterThan(0);
    expect(await argosy.stop('SIGINT')).toBe(0);
    expect(podProcesses()).toEqual([]);
    expect(existsSync(join(data, 'kubeconfig'))).toBe(true);
    argosy = await startArgosy(data, ['--port', '0', '--kube-port', '0']);
    await eventually('the service answers once more', 30_000, async () => (await greeting()).startsWith('Moin'));
  });
});
