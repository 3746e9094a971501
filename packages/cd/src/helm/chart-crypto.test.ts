import { X509Certificate } from 'node:crypto';
import { compareSync } from 'bcryptjs';
import { describe, expect, it } from 'vitest';
import { sprigCrypto, systemRandom } from '@argosy/lang/sprigcrypto';
import { isObject } from '@argosy/std';
import { parseYaml } from '@argosy/lang/yaml';
import { templateChart, type HelmPorts } from './index.ts';
import { filesOf, testPorts } from './test-charts.ts';

const files = filesOf({
  'Chart.yaml': 'apiVersion: v2\nname: hook\nversion: 1.0.0\n',
  'templates/tls.yaml': `
{{- $ca := genCA (printf "%s-ca" .Release.Name) 365 }}
{{- $names := list (printf "hook.%s.svc" .Release.Namespace) }}
{{- $leaf := genSignedCert "hook" nil $names 90 $ca }}
apiVersion: v1
kind: Secret
metadata: { name: hook-tls }
type: kubernetes.io/tls
stringData:
  ca.crt: {{ $ca.Cert | toJson }}
  tls.crt: {{ $leaf.Cert | toJson }}
  tls.key: {{ $leaf.Key | toJson }}
  users: {{ htpasswd "ann" "s3cret" | toJson }}
`,
});

const ports: HelmPorts = {
  ...testPorts,
  env: { ...testPorts.env, random: systemRandom },
  sprig: { crypto: sprigCrypto },
};

function render(given: HelmPorts): { readonly [name: string]: string } {
  const result = templateChart({ files, releaseName: 'rel', namespace: 'ns' }, given);
  if (!result.ok) return { error: result.error.message, limit: result.error.limit ?? '' };
  const parsed = parseYaml(result.value[0]?.content ?? '');
  const data = parsed.ok && isObject(parsed.value) ? parsed.value['stringData'] : undefined;
  return isObject(data) ? (data as { readonly [name: string]: string }) : {};
}

describe('charts that make certificates', () => {
  it('sign a leaf with their own authority, each time anew', () => {
    const [first, second] = [render(ports), render(ports)];
    const authority = new X509Certificate(first['ca.crt'] ?? '');
    const leaf = new X509Certificate(first['tls.crt'] ?? '');
    expect([authority.subject, leaf.subject]).toEqual(['CN=rel-ca', 'CN=hook']);
    expect(leaf.verify(authority.publicKey) && leaf.checkIssued(authority)).toBe(true);
    expect(leaf.checkHost('hook.ns.svc')).toBe('hook.ns.svc');
    expect(compareSync('s3cret', (first['users'] ?? '').slice('ann:'.length))).toBe(true);
    expect(second['tls.key']).not.toBe(first['tls.key']);
  });

  it('say what is missing without the adapter, and which limit ended them', () => {
    expect(render(testPorts)['error']).toContain('needs cryptography that is not available here');
    expect(render({ ...ports, limits: { template: { cryptography: 10 } } })['limit']).toBe('template cryptography');
  });
});
