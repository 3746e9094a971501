import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { instant } from '@argosy/std';

import { KubeError, type KubeObject } from '../meta/index.ts';
import { ANY_SCHEMA, builtinSchema, compileSchema, decodeProtobufObject, defaultObject } from '../schema/index.ts';
import { normalizeObject, pruneObject, structuralErrors, validateObject } from '../schema/index.ts';
import { applyServerSide } from './apply-server-side.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-patch.ts';
import { createThreeWayMergePatch } from './three-way.ts';
import { trackUpdate } from './track-update.ts';

const DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment' };
const schema = builtinSchema(DEPLOYMENT) ?? ANY_SCHEMA;

/** Names that mean something to one engine or another, in places where they do not belong. */
const word = fc.constantFrom(
  ...(
    'spec metadata template containers name ports labels finalizers replicas volumes status annotations ' +
    '$patch $retainKeys $setElementOrder/containers $deleteFromPrimitiveList/finalizers delete replace ' +
    'managedFields fieldsV1 manager operation Update f:spec k:{} __proto__ constructor ' +
    'properties items type object array default allOf not pattern required additionalProperties ' +
    'x-kubernetes-list-type map x-kubernetes-list-map-keys'
  ).split(' '),
);

const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 6, depthSize: 'large' },
    fc.constantFrom(null, true, 0, -1, 1.5),
    word,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(word, tie('node'), { maxKeys: 5 }),
  ),
})).node;

const objectOf = (spec: unknown): KubeObject => {
  const metadata: unknown =
    typeof spec === 'object' && spec !== null ? (spec as { metadata?: unknown }).metadata : undefined;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'n', ...(metadata as object | undefined) },
    spec,
  };
};

const now = instant(0);

/** Each engine on three arbitrary values. */
const engines: { readonly [name: string]: (a: unknown, b: unknown, c: unknown) => unknown } = {
  'JSON patch': (a, b) => applyJsonPatch(a, b),
  'merge patch': (a, b) => applyMergePatch(a, b),
  'strategic merge patch': (a, b) => applyStrategicMergePatch(DEPLOYMENT, a, b),
  'three-way patch, strategic': (a, b, c) =>
    createThreeWayMergePatch(DEPLOYMENT, { original: a, modified: b, current: c, overwrite: false }),
  'three-way patch, plain': (a, b, c) =>
    createThreeWayMergePatch(undefined, { original: a, modified: b, current: c, overwrite: false }),
  'server-side apply': (a, b) =>
    applyServerSide({ schema, live: objectOf(a), config: objectOf(b), manager: 'kubectl', force: true, now }),
  'server-side apply without a schema': (a, b) =>
    applyServerSide({
      schema: undefined,
      live: objectOf(a),
      config: objectOf(b),
      manager: 'kubectl',
      force: false,
      now,
    }),
  'update tracking': (a, b) => trackUpdate({ schema, live: objectOf(a), next: objectOf(b), manager: 'm', now }),
  'built-in checks': (a) => [
    validateObject(schema, a),
    pruneObject(schema, a),
    defaultObject(schema, a),
    normalizeObject(schema, a),
  ],
  'custom schemas': (a, b) => {
    const custom = compileSchema(a);
    return [structuralErrors(a, 's'), validateObject(custom, b), pruneObject(custom, b), defaultObject(custom, b)];
  },
};

describe('hostile input', () => {
  it.each(Object.keys(engines))('%s ends with a result or a typed error, and leaves its inputs alone', (name) => {
    fc.assert(
      fc.property(tree, tree, tree, (a, b, c) => {
        const before = JSON.stringify([a, b, c]);
        try {
          engines[name]?.(a, b, c);
        } catch (error) {
          expect(error).toBeInstanceOf(KubeError);
        }
        expect(JSON.stringify([a, b, c])).toBe(before);
      }),
      { numRuns: 150 },
    );
  });

  it('arbitrary bytes after a valid envelope are read or refused', () => {
    const text = (value: string): number[] => [...value].map((char) => char.charCodeAt(0));
    const typeMeta = [0x0a, 0x15, 0x0a, 7, ...text('apps/v1'), 0x12, 0x0a, ...text('Deployment')];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (body) => {
        const bytes = new Uint8Array([0x6b, 0x38, 0x73, 0, ...typeMeta, 0x12, body.length, ...body]);
        try {
          expect(decodeProtobufObject(bytes).kind).toBe('Deployment');
        } catch (error) {
          expect(error).toBeInstanceOf(KubeError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
