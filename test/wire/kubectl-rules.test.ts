import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWire } from './open-wire.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';

let session: ToolSession;
const good = (args: string, input?: string): Promise<string> => session.good(`kubectl ${args}`, input);
const bad = (args: string, input?: string): Promise<string> => session.bad(`kubectl ${args}`, input);

beforeAll(async () => {
  session = await openToolSession(await openWire());
});
afterAll(() => session.close());

const definition = (rule: string): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: boats.rule.example }
spec:
  group: rule.example
  scope: Namespaced
  names: { kind: Boat, plural: boats }
  versions:
    - name: v1
      served: true
      storage: true
      deprecated: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              x-kubernetes-validations:
                - { rule: "${rule}", message: a boat needs a crew for each mast, fieldPath: .crew }
              properties:
                masts: { type: integer }
                crew: { type: integer }
                name: { type: string, x-kubernetes-validations: [{ rule: self == oldSelf, message: a name is for ever }] }
`;
const boat = (masts: number, crew: number, name = 'x'): string =>
  `apiVersion: rule.example/v1\nkind: Boat\nmetadata: {name: b}\nspec: {masts: ${masts}, crew: ${crew}, name: ${name}}\n`;

it('kubectl hears what the rules of a definition say', async () => {
  expect(await bad('apply -f -', definition('self.crew >= self.mast'))).toContain("undefined field 'mast'");
  await good('apply -f -', definition('self.crew >= self.masts'));
  const said = await bad('apply -f -', boat(3, 2));
  expect(said).toContain(
    'The Boat "b" is invalid: spec.crew: Invalid value: "object": a boat needs a crew for each mast',
  );
  await good('apply -f -', boat(3, 3));
  expect(await bad('apply -f -', boat(3, 3, 'z'))).toContain('spec.name: Invalid value: "string": a name is for ever');
  expect(await bad('apply --server-side --force-conflicts -f -', boat(4, 3))).toContain(
    'a boat needs a crew for each mast',
  );
  await good('apply -f -', boat(2, 3));
});

it('kubectl warns of deprecated versions', async () => {
  expect((await session.run('kubectl get boats')).stderr).toContain('Warning: rule.example/v1 Boat is deprecated');
});

it('a rule that tightens leaves old objects writable where they do not change', async () => {
  await good('apply -f -', definition('self.crew >= 10'));
  await good('label boat b colour=red');
  expect(await good('patch boat b --type=merge -p {"metadata":{"annotations":{"a":"b"}}}')).toContain('patched');
  expect(await bad('patch boat b --type=merge -p {"spec":{"masts":1}}')).toContain('a boat needs a crew');
});

it('quotas speak to kubectl as Argo reads them', async () => {
  await good('create quota few --hard=count/configmaps=1,pods=0');
  await good('create configmap one');
  expect(await bad('create configmap two')).toContain(
    'error: failed to create configmap: configmaps "two" is forbidden: exceeded quota: few, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
  );
  expect(await bad('run p --image=example/a:1')).toContain(
    'pods "p" is forbidden: exceeded quota: few, requested: pods=1, used: pods=0, limited: pods=0',
  );
  expect(await good('describe quota few')).toMatch(/count\/configmaps\s+1\s+1/);
  await good('delete configmap one');
  await good('create configmap two');
});
