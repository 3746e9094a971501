import { describe, expect, it } from 'vitest';
import { negotiate } from './negotiate.ts';

const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

describe('negotiate', () => {
  const cases: readonly { accept: string | undefined; expected: string; reason: string }[] = [
    { accept: undefined, expected: 'json none', reason: 'no header' },
    { accept: '*/*', expected: 'json none', reason: 'anything' },
    {
      accept: 'application/vnd.kubernetes.protobuf,application/json',
      expected: 'json none',
      reason: 'protobuf is passed over',
    },
    { accept: TABLE, expected: 'json table', reason: 'kubectl get' },
    {
      accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
      expected: 'json none',
      reason: 'an old Table is passed over',
    },
    { accept: 'application/yaml', expected: 'yaml none', reason: 'YAML' },
    { accept: 'application/json;q=0.1, application/yaml', expected: 'yaml none', reason: 'quality before order' },
    { accept: 'application/yaml;q=0,application/json', expected: 'json none', reason: 'quality zero is a refusal' },
    {
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      expected: 'json metadata',
      reason: 'metadata',
    },
  ];
  it.each(cases)('$reason', ({ accept, expected }) => {
    const { format, transform } = negotiate(accept);
    expect(`${format} ${transform}`).toBe(expected);
  });

  it.each([
    'text/html',
    'application/cbor',
    'application/json;as=constructor;g=meta.k8s.io;v=v1',
    'application/json;as=APIGroupDiscoveryList;g=apidiscovery.k8s.io;v=v2',
  ])('refuses %s for an ordinary answer', (accept) => {
    expect(() => negotiate(accept)).toThrow(/only the following media types/);
  });

  it('refuses an Accept header of more than 4096 bytes', () => {
    expect(() => negotiate('a/b,'.repeat(1025))).toThrow(/allowed are 4096/);
  });
});
