import { describe, expect, it } from 'vitest';
import type { PodSpec } from './pod-types.ts';
import { MAX_SEARCHES, resolvConfOf } from './resolv-conf.ts';

const own = 'nameserver 127.64.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n';

const textFor = (spec: Partial<PodSpec>, clusterDns?: string): string | undefined =>
  resolvConfOf(
    { metadata: { namespace: 'shop' }, spec: { containers: [], ...spec } },
    { host: '', ...(clusterDns === undefined ? {} : { clusterDns }) },
  );

describe('resolvConfOf', () => {
  const rows = [
    { reason: 'the cluster first', spec: {}, want: own },
    { reason: 'the machine only', spec: { dnsPolicy: 'Default' }, want: undefined },
    {
      reason: 'nothing but what is said',
      spec: { dnsPolicy: 'None', dnsConfig: { nameservers: ['127.0.0.53'], searches: ['a.b'] } },
      want: 'nameserver 127.0.0.53\nsearch a.b\n',
    },
    {
      reason: 'options over the usual ones',
      spec: { dnsConfig: { options: [{ name: 'ndots', value: '2' }, { name: 'use-vc' }] } },
      want: own.replace('ndots:5', 'ndots:2 use-vc'),
    },
  ];
  it.each(rows)('$reason', ({ spec, want }) => {
    expect(textFor(spec, '127.64.0.10')).toBe(want);
  });

  it('leaves the machine as it is without a name server, and bounds the search path', () => {
    expect(textFor({})).toBeUndefined();
    const searches = Array.from({ length: 40 }, (_, index) => `s${index}`);
    const text = textFor({ dnsConfig: { searches } }, '127.64.0.10') ?? '';
    expect(text.split('\n')[1]?.split(' ').length).toBe(MAX_SEARCHES + 1);
  });
});
