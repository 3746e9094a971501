import { randomUUID } from 'node:crypto';

import { resources } from '@argosy/api';
import type { Identity, RestRequest, RestRoute } from '@argosy/api/rest';
import { workflowCrds, type Workflow } from '@argosy/api/workflows';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { connectInProcess } from '@argosy/kube/client';
import type { KubeObject } from '@argosy/kube/meta';
import { createObject, getObjectOrUndefined, patchObject, type ClusterApi } from '@argosy/kube/port';
import { systemClock } from '@argosy/kube/runtime';
import { must } from '@argosy/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { userLabel } from './change-workflow.ts';
import { workflowRoutes } from './workflow-routes.ts';

const ADA: Identity = { subject: 'ada', username: 'ada@example.com', groups: [], issuer: 'argosy' };
const SPEC = { entrypoint: 'a', templates: [{ name: 'a', container: { image: 'x', command: ['true'] } }] };

interface Call {
  readonly params?: { readonly [name: string]: string };
  readonly query?: { readonly [name: string]: string };
  readonly body?: unknown;
  readonly identity?: Identity;
  readonly signal?: AbortSignal;
}

function requestOf(call: Call): RestRequest {
  const query = call.query ?? {};
  return {
    params: { namespace: 'default', ...call.params },
    query: {
      get: (name) => query[name],
      getAll: (name) => (query[name] === undefined ? [] : [query[name]]),
    },
    body: call.body,
    identity: call.identity ?? ADA,
    signal: call.signal ?? new AbortController().signal,
  };
}

describe('workflowRoutes', () => {
  let api: ClusterApi;
  let routes: readonly RestRoute[];
  let close: () => Promise<void>;
  const hidden = new Set<string>();

  beforeAll(async () => {
    const logs = new Map([
      ['logged', '2026-01-01T00:00:01Z first\n2026-01-01T00:00:03Z third\n'],
      ['logged-c', '2026-01-01T00:00:04Z late\n'],
      ['logged-b', '2026-01-01T00:00:02Z second\n'],
    ]);
    const plane = await openControlPlane({
      log: inMemoryCommitLog(),
      clock: systemClock,
      authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
      newUid: () => randomUUID(),
    });
    plane.connectNode({
      async *logs(pod: KubeObject) {
        yield new TextEncoder().encode(logs.get(pod.metadata.name) ?? '');
      },
    });
    api = connectInProcess(plane, { name: 'admin', groups: ['system:masters'] });
    for (const object of workflowCrds()) {
      await createObject(api, { resource: resources.customResourceDefinitions, namespace: '', object });
    }
    const policy = {
      enforce: (_who: Identity, _resource: string, asked: { readonly object: string }) => !hidden.has(asked.object),
    };
    routes = workflowRoutes({ api, clock: systemClock, policy });
    close = () => plane.close();
  });
  afterAll(() => close());

  const route = (method: string, path: string): RestRoute =>
    must(
      routes.find((item) => item.method === method && item.path === path),
      `${method} ${path}`,
    );

  async function call(method: string, path: string, given: Call = {}): Promise<unknown> {
    const answer = await route(method, path).handle(requestOf(given));
    if (answer.kind === 'json') return answer.body;
    if (answer.kind !== 'stream') throw new Error('unexpected bytes');
    const items: unknown[] = [];
    for await (const item of answer.items) items.push(item);
    return items;
  }

  const LIST = '/api/v1/workflows/{namespace}';
  const ONE = '/api/v1/workflows/{namespace}/{name}';

  async function make(name: string, more: { status?: object; suspend?: boolean } = {}): Promise<Workflow> {
    const { status, ...spec } = more;
    const object = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { name },
      spec: { ...SPEC, ...spec },
    };
    const created = await createObject<Workflow>(api, { resource: resources.workflows, namespace: 'default', object });
    if (status === undefined) return created;
    const key = { namespace: 'default', name };
    return patchObject<Workflow>(api, { resource: resources.workflows, key, patchType: 'merge', patch: { status } });
  }

  it('creates, reads with fields, and deletes', async () => {
    const workflow = { metadata: { generateName: 'made-' }, spec: SPEC };
    const created = (await call('POST', LIST, { body: { workflow } })) as Workflow;
    expect(created.metadata.name).toMatch(/^made-.{5}$/);
    expect(created.metadata.labels).toEqual({ 'workflows.argoproj.io/creator': 'ada.at.example.com' });
    const params = { name: created.metadata.name };
    expect(await call('GET', ONE, { params, query: { fields: 'metadata.name,spec.entrypoint' } })).toEqual({
      metadata: { name: created.metadata.name },
      spec: { entrypoint: 'a' },
    });
    const excluded = await call('GET', ONE, { params, query: { fields: '-metadata,spec.templates,status' } });
    expect(excluded).toEqual({ apiVersion: created.apiVersion, kind: 'Workflow', spec: { entrypoint: 'a' } });
    expect(await call('DELETE', ONE, { params })).toEqual({});
    await expect(call('GET', ONE, { params })).rejects.toMatchObject({ reason: 'NotFound' });
    await expect(call('DELETE', ONE, { params })).rejects.toMatchObject({ reason: 'NotFound' });
  });

  it('creates nothing on a dry run', async () => {
    const workflow = { metadata: { name: 'dry' }, spec: SPEC };
    await call('POST', LIST, { body: { workflow, serverDryRun: true } });
    await expect(call('GET', ONE, { params: { name: 'dry' } })).rejects.toMatchObject({ reason: 'NotFound' });
  });

  it.each([
    { body: undefined, message: 'unable to find a workflow in the body', reason: 'nothing was sent' },
    { body: [], message: 'the body must be a JSON object', reason: 'a list was sent' },
    { body: { workflow: { metadata: {} } }, message: 'workflow.spec: an object is required', reason: 'no spec' },
    {
      body: { workflow: { metadata: { namespace: 'other' }, spec: SPEC } },
      message: "metadata.namespace 'other' is not the namespace of the path: 'default'",
      reason: 'a namespace that the caller was not asked about',
    },
    {
      body: { workflow: { metadata: {}, spec: { ...SPEC, entrypoint: 'b' } } },
      message: "template name 'b' undefined",
      reason: 'what the controller would refuse',
    },
    {
      body: { workflow: { metadata: {}, spec: { ...SPEC, templates: {} } } },
      message: 'spec.templates',
      reason: 'a shape that the CRD does not allow',
    },
  ])('refuses to create or lint: $reason', async ({ body, message }) => {
    await expect(call('POST', LIST, { body })).rejects.toThrow(message);
    await expect(call('POST', `${LIST}/lint`, { body })).rejects.toThrow(message);
  });

  it('lists unfinished ones first, in pages, without what the user may not see', async () => {
    await make('list-done', { status: { phase: 'Succeeded', finishedAt: '2026-01-01T00:00:00Z' } });
    await make('list-open');
    await make('list-secret');
    hidden.add('default/list-secret');
    const query = {
      'listOptions.fieldSelector': 'metadata.name=list-',
      nameFilter: 'Prefix',
      fields: 'metadata,items.metadata.name',
    };
    const names = (answer: unknown) => (answer as { items: Workflow[] }).items.map((item) => item.metadata.name);
    const all = (await call('GET', LIST, { query })) as { metadata: object };
    expect(names(all)).toEqual(['list-open', 'list-done']);
    const first = await call('GET', LIST, { query: { ...query, 'listOptions.limit': '1' } });
    expect(first).toMatchObject({ metadata: { continue: '1' } });
    expect(names(first)).toEqual(['list-open']);
    const second = await call('GET', LIST, {
      query: { ...query, 'listOptions.limit': '1', 'listOptions.continue': '1' },
    });
    expect(names(second)).toEqual(['list-done']);
    expect((second as { metadata: object }).metadata).not.toHaveProperty('continue');
  });

  it.each([
    [{ 'listOptions.continue': 'x' }, 'listOptions.continue must be int'],
    [{ 'listOptions.continue': '-1' }, 'listOptions.continue must >= 0'],
    [{ 'listOptions.fieldSelector': 'spec.x=1' }, 'unsupported requirement spec.x=1'],
    [{ 'listOptions.fieldSelector': 'metadata.name=a', nameFilter: 'Like' }, "nameFilter 'Like' is not one of"],
  ])('refuses %j', async (query, message) => {
    await expect(call('GET', LIST, { query: query as Record<string, string> })).rejects.toThrow(message);
  });

  it('changes what is asked for and says who did it', async () => {
    await make('change');
    const params = { name: 'change' };
    expect(await call('PUT', `${ONE}/suspend`, { params })).toMatchObject({
      metadata: {
        labels: { 'workflows.argoproj.io/action': 'Suspend', 'workflows.argoproj.io/actor': 'ada.at.example.com' },
      },
      spec: { suspend: true },
    });
    const resumed = (await call('PUT', `${ONE}/resume`, { params })) as Workflow;
    expect(resumed.spec).not.toHaveProperty('suspend');
    expect(await call('PUT', `${ONE}/stop`, { params })).toMatchObject({ spec: { shutdown: 'Stop' } });
    expect(await call('PUT', `${ONE}/terminate`, { params })).toMatchObject({ spec: { shutdown: 'Terminate' } });
  });

  it('lets waiting nodes go on, all or those that are named', async () => {
    const node = (name: string) => ({ id: name, name, displayName: name, type: 'Suspend', phase: 'Running' });
    await make('resume', {
      status: { phase: 'Running', nodes: { n1: node('n1'), n2: { ...node('n2'), message: 'why' } } },
    });
    const params = { name: 'resume' };
    const one = await call('PUT', `${ONE}/resume`, { params, body: { nodeFieldSelector: 'displayName=n1' } });
    expect(one).toMatchObject({ status: { nodes: { n1: { phase: 'Succeeded' }, n2: { phase: 'Running' } } } });
    const all = await call('PUT', `${ONE}/resume`, { params });
    const message = 'why; Resumed by: map[User:ada@example.com]';
    expect(all).toMatchObject({ status: { nodes: { n2: { phase: 'Succeeded', message } } } });
    for (const [selector, expected] of [
      ['displayName=n1', 'no suspend nodes matching nodeFieldSelector: displayName=n1'],
      ['colour=red', "unknown field 'colour'"],
      ['what', "cannot read 'what'"],
    ] as const) {
      await expect(call('PUT', `${ONE}/resume`, { params, body: { nodeFieldSelector: selector } })).rejects.toThrow(
        expected,
      );
    }
  });

  it('does not change what is over', async () => {
    await make('over', { status: { phase: 'Failed' } });
    const params = { name: 'over' };
    await expect(call('PUT', `${ONE}/suspend`, { params })).rejects.toThrow('cannot suspend completed workflows');
    await expect(call('PUT', `${ONE}/stop`, { params })).rejects.toThrow('cannot shutdown a completed workflow');
  });

  const FAILED = {
    phase: 'Failed',
    finishedAt: '2026-01-01T00:00:10Z',
    nodes: {
      again: { id: 'again', name: 'again', displayName: 'again', type: 'Pod', templateName: 'a', phase: 'Failed' },
    },
  };

  it('retries: the old pod goes, the node is forgotten, arguments are replaced', async () => {
    await make('again', { status: FAILED });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'again' },
      spec: { containers: [{ name: 'm', image: 'x' }] },
    };
    await createObject(api, { resource: resources.pods, namespace: 'default', object: pod });
    const body = { parameters: ['x=1'] };
    const retried = (await call('PUT', `${ONE}/retry`, { params: { name: 'again' }, body })) as Workflow;
    expect(retried).toMatchObject({
      metadata: { labels: { 'workflows.argoproj.io/action': 'Retry' } },
      spec: { arguments: { parameters: [{ name: 'x', value: '1' }] } },
      status: { phase: '', nodes: {} },
    });
    expect(retried.status).not.toHaveProperty('finishedAt');
    expect(
      await getObjectOrUndefined(api, { resource: resources.pods, key: { namespace: 'default', name: 'again' } }),
    ).toBe(undefined);
    await expect(call('PUT', `${ONE}/retry`, { params: { name: 'again' } })).rejects.toThrow(
      'Cannot retry a workflow in phase ',
    );
  });

  it('resubmits under a new name', async () => {
    await make('once', { status: FAILED });
    const fresh = (await call('PUT', `${ONE}/resubmit`, { params: { name: 'once' } })) as Workflow;
    expect(fresh.metadata.name).toMatch(/^once-/);
    expect(fresh.metadata.labels).toMatchObject({ 'workflows.argoproj.io/resubmitted-from-workflow': 'once' });
  });

  const GATE = {
    id: 'gate',
    name: 'gate',
    displayName: 'gate',
    type: 'Suspend',
    phase: 'Running',
    outputs: { parameters: [{ name: 'answer', globalName: 'answer', valueFrom: { supplied: {} } }] },
  };

  it('sets outputs of a node that waits for them, and its phase', async () => {
    await make('asked', { status: { phase: 'Running', nodes: { gate: GATE } } });
    const params = { name: 'asked' };
    const set = (body: object): Promise<unknown> => call('PUT', `${ONE}/set`, { params, body });
    await expect(set({ phase: 'Succeeded' })).rejects.toThrow('use a node field selector');
    const nodeFieldSelector = 'displayName=gate';
    await expect(set({ nodeFieldSelector, outputParameters: '{"other":"x"}' })).rejects.toThrow(
      "node is not expecting output parameter 'other'",
    );
    await expect(set({ nodeFieldSelector, phase: 'Odd' })).rejects.toThrow("phase: found 'Odd', allowed are Succeeded");
    const changed = (await set({
      nodeFieldSelector,
      outputParameters: '{"answer":"yes"}',
      message: 'by ada',
    })) as Workflow;
    expect(changed.status).toMatchObject({
      nodes: {
        gate: { phase: 'Running', message: 'by ada', outputs: { parameters: [{ name: 'answer', value: 'yes' }] } },
      },
      outputs: { parameters: [{ name: 'answer', value: 'yes' }] },
    });
    await expect(set({ nodeFieldSelector, outputParameters: '{"answer":"no"}' })).rejects.toThrow('it was already set');
    const ended = (await set({ nodeFieldSelector, phase: 'Succeeded' })) as Workflow;
    expect(ended.status?.nodes?.['gate']).toMatchObject({ phase: 'Succeeded' });
  });

  it('lets one waiting node fail by stop with a selector', async () => {
    await make('halted', { status: { phase: 'Running', nodes: { gate: GATE } } });
    const body = { nodeFieldSelector: 'id=gate', message: 'no' };
    const stopped = (await call('PUT', `${ONE}/stop`, { params: { name: 'halted' }, body })) as Workflow;
    expect(stopped.status?.nodes?.['gate']).toMatchObject({ phase: 'Failed', message: 'no' });
    expect(stopped.spec.shutdown).toBeUndefined();
  });

  const TEMPLATES = '/api/v1/workflow-templates/{namespace}';
  const template = (name: string, spec: object = SPEC): object => ({ template: { metadata: { name }, spec } });

  it('keeps templates: create, lint, list, get, update, delete', async () => {
    const made = await call('POST', TEMPLATES, { body: template('tools') });
    expect(made).toMatchObject({
      metadata: { name: 'tools', labels: { 'workflows.argoproj.io/creator': expect.any(String) } },
    });
    const params = { name: 'tools' };
    await expect(
      call('POST', `${TEMPLATES}/lint`, { body: template('bad', { templates: [{ name: 'x' }] }) }),
    ).rejects.toThrow('templates.x template type unspecified');
    const { metadata } = (await call('GET', `${TEMPLATES}/{name}`, { params })) as KubeObject;
    const changed = { template: { metadata, spec: { ...SPEC, arguments: { parameters: [{ name: 'p' }] } } } };
    expect(await call('PUT', `${TEMPLATES}/{name}`, { params, body: changed })).toMatchObject({
      spec: { arguments: { parameters: [{ name: 'p' }] } },
    });
    await expect(call('PUT', `${TEMPLATES}/{name}`, { params, body: template('other') })).rejects.toThrow(
      'metadata.name: found "other", allowed is \'tools\'',
    );
    const names = async (): Promise<readonly string[]> =>
      ((await call('GET', TEMPLATES)) as { items: KubeObject[] }).items.map((item) => item.metadata.name);
    expect(await names()).toEqual(['tools']);
    hidden.add('default/tools');
    expect(await names()).toEqual([]);
    hidden.clear();
    await call('DELETE', `${TEMPLATES}/{name}`, { params });
    await expect(call('DELETE', `${TEMPLATES}/{name}`, { params })).rejects.toThrow('not found');
  });

  it('submits from a template, whose arguments are checked', async () => {
    const spec = { ...SPEC, arguments: { parameters: [{ name: 'size', enum: ['s', 'l'] }] } };
    await call('POST', '/api/v1/cluster-workflow-templates', {
      params: { namespace: '' },
      body: template('sized', spec),
    });
    const submit = (submitOptions: object, resourceKind = 'ClusterWorkflowTemplate'): Promise<unknown> =>
      call('POST', `${LIST}/submit`, { body: { resourceKind, resourceName: 'sized', submitOptions } });
    const workflow = await submit({ parameters: ['size=s'], labels: 'team=blue', generateName: 'run-', priority: 3 });
    expect(workflow).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^run-/),
        labels: { team: 'blue', 'workflows.argoproj.io/cluster-workflow-template': 'sized' },
      },
      spec: { workflowTemplateRef: { name: 'sized', clusterScope: true }, priority: 3 },
    });
    await expect(submit({})).rejects.toThrow('spec.arguments.size.value or spec.arguments.size.valueFrom is required');
    await expect(submit({ parameters: ['size=m'] })).rejects.toThrow(
      'should be present in spec.arguments.size.enum list',
    );
    await expect(submit({ parameters: ['size'] })).rejects.toThrow('expected parameter of the form: NAME=VALUE');
    await expect(submit({}, 'Pod')).rejects.toThrow("resourceKind: found 'Pod', allowed are WorkflowTemplate");
  });

  it('keeps CronWorkflows, suspends them, and submits from them', async () => {
    const path = '/api/v1/cron-workflows/{namespace}';
    const cronWorkflow = (schedules: readonly string[]): object => ({
      cronWorkflow: { metadata: { name: 'nightly' }, spec: { schedules, workflowSpec: SPEC } },
    });
    await expect(call('POST', path, { body: cronWorkflow(['x']) })).rejects.toThrow('cron schedule x is malformed');
    await call('POST', path, { body: cronWorkflow(['0 0 * * *']) });
    const params = { name: 'nightly' };
    expect(await call('PUT', `${path}/{name}/suspend`, { params })).toMatchObject({ spec: { suspend: true } });
    expect(await call('PUT', `${path}/{name}/resume`, { params })).toMatchObject({ spec: { suspend: false } });
    const body = { resourceKind: 'CronWorkflow', resourceName: 'nightly' };
    expect(await call('POST', `${LIST}/submit`, { body })).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^nightly-/),
        labels: { 'workflows.argoproj.io/cron-workflow': 'nightly' },
      },
      spec: { entrypoint: 'a' },
    });
  });

  it('streams changes from a version on', async () => {
    const { metadata } = await make('watched');
    const leave = new AbortController();
    const query = { 'listOptions.fieldSelector': 'metadata.name=watched', fields: 'result.object.metadata.name' };
    const answer = await route('GET', '/api/v1/workflow-events/{namespace}').handle(
      requestOf({
        query: { ...query, 'listOptions.resourceVersion': metadata.resourceVersion ?? '' },
        signal: leave.signal,
      }),
    );
    const key = { namespace: 'default', name: 'watched' };
    await patchObject(api, {
      resource: resources.workflows,
      key,
      patchType: 'merge',
      patch: { spec: { priority: 1 } },
    });
    const seen: unknown[] = [];
    for await (const item of answer.kind === 'stream' ? answer.items : []) {
      seen.push(item);
      leave.abort();
    }
    expect(seen).toEqual([{ type: 'MODIFIED', object: { metadata: { name: 'watched' } } }]);
  });

  async function makePod(name: string, workflow: string): Promise<void> {
    await createObject(api, {
      resource: resources.pods,
      namespace: 'default',
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels: { 'workflows.argoproj.io/workflow': workflow } },
        spec: { nodeName: 'n', containers: [{ name: 'main', image: 'x' }] },
      },
    });
    const key = { namespace: 'default', name };
    const status = { phase: 'Succeeded', startTime: '2026-01-01T00:00:00Z' };
    await patchObject(api, {
      resource: resources.pods,
      key,
      subresource: 'status',
      patchType: 'merge',
      patch: { status },
    });
  }

  it('merges the logs of all pods by time, filters lines, and keeps to the workflow', async () => {
    await make('logged');
    await makePod('logged', 'logged');
    await makePod('logged-b', 'logged');
    await makePod('stranger', 'somebody-else');
    const params = { name: 'logged' };
    const log = (query: { readonly [name: string]: string } = {}) => call('GET', `${ONE}/log`, { params, query });
    expect(await log()).toEqual([
      { content: 'first', podName: 'logged' },
      { content: 'second', podName: 'logged-b' },
      { content: 'third', podName: 'logged' },
    ]);
    expect(await log({ grep: '^s|h', podName: 'logged' })).toEqual([{ content: 'third', podName: 'logged' }]);
    expect(await log({ podName: 'logged-b', 'logOptions.timestamps': 'true' })).toEqual([
      { content: '2026-01-01T00:00:02Z second', podName: 'logged-b' },
    ]);
    await expect(log({ podName: 'stranger' })).rejects.toThrow('does not belong to workflow logged');
    await expect(log({ grep: '(' })).rejects.toThrow("grep '(' is no regular expression");
    await expect(log({ 'logOptions.tailLines': '-1' })).rejects.toThrow('logOptions.tailLines must be a whole number');
  });

  it('follows until the workflow is over', async () => {
    await make('followed', { status: { phase: 'Running' } });
    const answer = await route('GET', `${ONE}/log`).handle(
      requestOf({ params: { name: 'followed' }, query: { 'logOptions.follow': 'true' } }),
    );
    await makePod('logged-c', 'followed');
    const key = { namespace: 'default', name: 'followed' };
    const patch = { status: { phase: 'Succeeded' } };
    await patchObject(api, { resource: resources.workflows, key, patchType: 'merge', patch });
    const items: unknown[] = [];
    for await (const item of answer.kind === 'stream' ? answer.items : []) items.push(item);
    expect(items).toEqual([{ content: 'late', podName: 'logged-c' }]);
  });

  it('guards every operation with upstream’s words', async () => {
    for (const item of routes) expect(item.access?.resource).toBe('workflows');
    const object = async (path: string, method: string, params: { readonly [name: string]: string }) =>
      route(method, path).access?.object(requestOf({ params }));
    expect(await object(ONE, 'DELETE', { name: 'x' })).toBe('default/x');
    expect(await object(LIST, 'POST', {})).toBe('default/*');
    expect(route('PUT', `${ONE}/stop`).access?.action).toBe('update');
  });

  it('makes label values of user names', () => {
    expect(userLabel('ada@example.com')).toBe('ada.at.example.com');
    expect(userLabel(`-${'x'.repeat(80)}/`)).toHaveLength(62);
    expect(userLabel('@')).toBe('at');
  });
});
