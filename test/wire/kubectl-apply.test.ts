import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolVersions, type Finished } from './kubectl-binary.ts';
import { admin, openWire } from './open-wire.ts';
import { webDeployment } from './manifests.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';

let session: ToolSession;

const kubectl = (args: string, input?: string): Promise<Finished> => session.run(`kubectl ${args}`, input);
const good = (args: string, input?: string): Promise<string> => session.good(`kubectl ${args}`, input);
const bad = (args: string, input?: string): Promise<string> => session.bad(`kubectl ${args}`, input);

const configMap = (data: string, more = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ssa${more}}\ndata: {a: "${data}"}\n`;

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: boats.sea.example }
spec:
  group: sea.example
  scope: Namespaced
  names: { kind: Boat, plural: boats, singular: boat }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { masts: { type: integer } } }
            status: { type: object, properties: { phase: { type: string } } }
`;
const boat = (masts: number, phase: string): string =>
  `apiVersion: sea.example/v1\nkind: Boat\nmetadata: {name: b}\nspec: {masts: ${masts}}\nstatus: {phase: ${phase}}\n`;

describe.each(toolVersions)('kubectl $kubectl writes', { timeout: 30_000 }, ({ layer }) => {
  beforeAll(async () => {
    session = await openToolSession(await openWire(), { layer });
  });
  afterAll(() => session.close());

  describe('apply --server-side', () => {
    it('creates, changes nothing twice, refuses a conflict, takes over by force', async () => {
      expect(await good('apply --server-side -f -', configMap('1'))).toBe('configmap/ssa serverside-applied\n');
      const version = await good('get cm ssa -o jsonpath={.metadata.resourceVersion}');
      expect(await good('apply --server-side -f -', configMap('1'))).toBe('configmap/ssa serverside-applied\n');
      expect(await good('get cm ssa -o jsonpath={.metadata.resourceVersion}')).toBe(version);
      const conflict = await bad('apply --server-side --field-manager=other -f -', configMap('2'));
      expect(conflict).toContain('error: Apply failed with 1 conflict: conflict with "kubectl": .data.a\n');
      expect(conflict).toContain('Please review the fields above');
      await good('apply --server-side --field-manager=other --force-conflicts -f -', configMap('2'));
      expect(await good('get cm ssa -o jsonpath={.data.a}')).toBe('2');
      const managed = await good('get cm ssa --show-managed-fields -o yaml');
      expect(managed.match(/manager: .*/g)).toEqual(['manager: other']);
      expect(await good('get cm ssa -o yaml')).not.toContain('managedFields');
    });

    it('lets go of what it no longer applies, down to the last label', async () => {
      await good('apply --server-side --field-manager=other -f -', configMap('3', ', labels: {tier: front}'));
      expect(await good('get cm ssa -o jsonpath={.metadata.labels}')).toBe('{"tier":"front"}');
      await good('apply --server-side --field-manager=other -f -', configMap('3'));
      expect(await good('get cm ssa -o jsonpath={.metadata.labels}|{.data.a}')).toBe('|3');
    });

    it('compares and tries without writing', async () => {
      const diff = await kubectl('diff --server-side --field-manager=other -f -', configMap('4'));
      expect(diff.code).toBe(1);
      expect(diff.stdout).toMatch(/^-  a: "3"$/m);
      expect(diff.stdout).toMatch(/^\+  a: "4"$/m);
      expect((await kubectl('diff --server-side --field-manager=other -f -', configMap('3'))).code).toBe(0);
      expect(await good('apply --dry-run=server -f -', webDeployment(1))).toContain('created (server dry run)');
      expect(await bad('get deploy web')).toContain('NotFound');
      expect(
        await good('apply --server-side --dry-run=server --field-manager=other -f - -o yaml', configMap('5')),
      ).toContain('a: "5"');
      expect(await good('get cm ssa -o jsonpath={.data.a}')).toBe('3');
    });

    it('takes over from client-side apply without conflict', async () => {
      await good('apply -f -', webDeployment(1));
      expect(await good('apply --server-side -f -', webDeployment(2))).toBe('deployment.apps/web serverside-applied\n');
      expect(await good('get deploy web -o jsonpath={.spec.replicas}')).toBe('2');
      await good('scale deploy web --replicas=5');
      const refused = await bad('apply --server-side -f -', webDeployment(2));
      expect(refused).toMatch(/conflict with "kubectl" with subresource "scale" using apps\/v1: \.spec\.replicas/);
    });

    it('leaves the status of a custom resource to its own endpoint', async () => {
      await good('apply -f -', crd);
      await good('wait --for=condition=Established crd/boats.sea.example --timeout=10s');
      await good('apply --server-side -f -', boat(1, 'Sunk'));
      expect(await good('get boat b -o jsonpath={.spec.masts}|{.status}')).toBe('1|');
      expect(await good('get boat b --show-managed-fields -o yaml')).not.toContain('f:status');
      await good('apply --server-side --subresource=status --field-manager=harbour -f -', boat(9, 'Afloat'));
      expect(await good('get boat b -o jsonpath={.spec.masts}|{.status.phase}')).toBe('1|Afloat');
      await good('apply --server-side -f -', boat(2, 'Sunk'));
      expect(await good('get boat b -o jsonpath={.spec.masts}|{.status.phase}')).toBe('2|Afloat');
      const managed = await good('get boat b --show-managed-fields -o jsonpath={.metadata.managedFields}');
      const entries = JSON.parse(managed) as { manager: string; fieldsV1: object }[];
      expect(Object.fromEntries(entries.map((entry) => [entry.manager, Object.keys(entry.fieldsV1)]))).toEqual({
        harbour: ['f:status'],
        kubectl: ['f:spec'],
      });
    });

    it('refuses what the schema does not know, as client-side apply does', async () => {
      const wrong = webDeployment(1).replace('replicas:', 'replica:');
      expect(await bad('apply --server-side -f -', wrong)).toMatch(/replica: field not declared in schema/);
      expect(await bad('apply --server-side --field-manager=x -f -', boat(1, 'x').replace('masts', 'mast'))).toMatch(
        /mast: field not declared in schema/,
      );
    });
  });

  describe('in other ways', () => {
    it('replaces and patches in three dialects', async () => {
      const text = await good('get deploy web -o yaml');
      expect(await good('replace -f -', text.replaceAll('nginx:1', 'nginx:2'))).toBe('deployment.apps/web replaced\n');
      const container = '{.spec.template.spec.containers[0]';
      const strategic = '{"spec":{"template":{"spec":{"containers":[{"name":"web","workingDir":"/tmp"}]}}}}';
      await good(`patch deploy web -p ${strategic}`);
      expect(await good(`get deploy web -o jsonpath=${container}.image}|${container}.workingDir}`)).toBe(
        'nginx:2|/tmp',
      );
      await good('patch deploy web --type=merge -p {"spec":{"template":{"metadata":{"annotations":{"a":"b"}}}}}');
      await good(
        'patch deploy web --type=json -p [{"op":"replace","path":"/spec/template/spec/containers/0/workingDir","value":"/var"}]',
      );
      expect(await good(`get deploy web -o jsonpath=${container}.workingDir}`)).toBe('/var');
      expect(await bad('patch deploy web --type=json -p [{"op":"test","path":"/spec/replicas","value":99}]')).toMatch(
        /test|testing/,
      );
      expect(await good('patch deploy web -p {"spec":{"replicas":5}}')).toBe(
        'deployment.apps/web patched (no change)\n',
      );
    });

    it('labels, annotates and takes both away', async () => {
      expect(await good('label deploy web a=b')).toBe('deployment.apps/web labeled\n');
      expect(await bad('label deploy web a=c')).toContain('already has a value (b), and --overwrite is false');
      await good('label deploy web a=c --overwrite');
      expect(await good('annotate deploy web n=m')).toBe('deployment.apps/web annotated\n');
      await good('label deploy web a-');
      await good('annotate deploy web n-');
      expect(await good('get deploy web -o jsonpath={.metadata.labels}')).toBe('{"app":"web"}');
    });

    it('creates jobs and cron jobs by generators', async () => {
      expect(await good('create job once --image=busybox -- echo hi')).toBe('job.batch/once created\n');
      expect(await good('create cronjob hourly --image=busybox --schedule=@hourly')).toBe(
        'cronjob.batch/hourly created\n',
      );
      expect(await good('create job by-hand --from=cronjob/hourly')).toBe('job.batch/by-hand created\n');
      expect(await good('get job once -o jsonpath={.spec.template.spec.containers[0].command}')).toBe('["echo","hi"]');
      expect(await good('describe job once')).toMatch(/Parallelism: +1/);
      expect(await good('describe cronjob hourly')).toMatch(/Schedule: +@hourly/);
    });

    it('shows events', async () => {
      expect((await kubectl('events')).stderr).toContain('No events found in default namespace');
      const api = session.wire.inProcess(admin);
      const metadata = { name: 'web.1', namespace: 'default' };
      const involvedObject = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'default' };
      const event = { reason: 'Tested', message: 'seen by a test', type: 'Normal', involvedObject, metadata };
      const resource = { group: '', version: 'v1', resource: 'events' };
      const object = { apiVersion: 'v1', kind: 'Event', ...event };
      await api.send({ verb: 'create', resource, namespace: 'default', object });
      expect(await good('events --for=deployment/web')).toMatch(/Normal +Tested +Deployment\/web +seen by a test/);
      expect(await good('get events --field-selector=involvedObject.name=web')).toContain('deployment/web');
    });
  });
});
