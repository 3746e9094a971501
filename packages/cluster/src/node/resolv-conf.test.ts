import { describe, expect, it } from 'vitest';
import { MAX_SEARCHES, resolvConf } from './resolv-conf.ts';

const own = 'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 127.64.0.10\noptions ndots:5\n';

describe('resolvConf', () => {
  const rows = [
    { reason: 'the cluster first', spec: {}, want: own },
    { reason: 'the machine only', spec: { dnsPolicy: 'Default' }, want: undefined },
    {
      reason: 'nothing but what is said',
      spec: { dnsPolicy: 'None', dnsConfig: { nameservers: ['127.0.0.53'], searches: ['a.b'] } },
      want: 'search a.b\nnameserver 127.0.0.53\n',
    },
    {
      reason: 'options over the usual ones',
      spec: { dnsConfig: { options: [{ name: 'ndots', value: '2' }, { name: 'use-vc' }] } },
      want: own.replace('ndots:5', 'ndots:2 use-vc'),
    },
  ];
  it.each(rows)('$reason', ({ spec, want }) => {
    expect(resolvConf({ namespace: 'shop', spec }, '127.64.0.10')).toBe(want);
  });

  it('leaves the machine as it is without a name server, and bounds the search path', () => {
    expect(resolvConf({ namespace: 'shop', spec: {} }, undefined)).toBeUndefined();
    const searches = Array.from({ length: 40 }, (_, index) => `s${index}`);
    const text = resolvConf({ namespace: 'shop', spec: { dnsConfig: { searches } } }, '127.64.0.10') ?? '';
    expect(text.split('\n')[0]?.split(' ').length).toBe(MAX_SEARCHES + 1);
  });
});
