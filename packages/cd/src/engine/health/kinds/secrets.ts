import { getPath } from '@argosy/std';
import { byCondition, whenStale, withoutConditions, type HealthTable, type Step } from '../table.ts';
import { conditionsOf, textAt, verdict, type HealthRule } from '../verdict.ts';

/** external-secrets.io/ExternalSecret: with refreshPolicy OnChange, a verdict older than the last refresh is no verdict. */
const externalSecret: HealthRule = (object) => {
  const onChange = textAt(object, ['spec', 'refreshPolicy']) === 'OnChange';
  const refreshed = textAt(object, ['status', 'refreshTime']);
  const ready = conditionsOf(object).find(
    (item) => item['type'] === 'Ready' && (!onChange || textAt(item, ['lastTransitionTime']) >= refreshed),
  );
  if (ready === undefined) return undefined;
  if (ready['status'] === 'False') return verdict('Degraded', textAt(ready, ['message']));
  return ready['status'] === 'True' ? verdict('Healthy', textAt(ready, ['message'])) : undefined;
};

/** external-secrets.io/ClusterExternalSecret appends its conditions: the last one holds. */
const clusterExternalSecret: HealthRule = (object) => {
  const last = conditionsOf(object).at(-1);
  if (last?.['status'] !== 'True') return undefined;
  if (last['type'] === 'Ready') return verdict('Healthy', textAt(last, ['message']));
  const failed = last['type'] === 'PartiallyReady' || last['type'] === 'NotReady';
  return failed ? verdict('Degraded', textAt(last, ['message'])) : undefined;
};

/** kubernetes-client.io/ExternalSecret tells its error in one text, `ERROR, why`. */
const kubernetesExternalSecret: HealthRule = (object) => {
  const status = textAt(object, ['status', 'status']);
  if (status === 'SUCCESS') return verdict('Healthy', 'Fetched ExternalSecret.');
  return status.startsWith('ERROR') ? verdict('Degraded', status.replaceAll('ERROR, ', '')) : undefined;
};

const acmeState = (what: string): readonly Step[] => [
  {
    at: 'status.state',
    is: {
      '': ['Progressing', `Waiting for ${what.toLowerCase()}`],
      valid: ['Healthy', `${what} is valid`],
      invalid: ['Degraded', `{status.reason|${what} is invalid}`],
      expired: ['Degraded', `{status.reason|${what} is expired}`],
      errored: ['Degraded', `{status.reason|${what} is errored}`],
    },
    other: ['Progressing', `${what} is {status.state}`],
  },
  ['Progressing', `Waiting for ${what.toLowerCase()}`],
];

const sops: readonly Step[] = [
  withoutConditions('Progressing', 'Waiting for status'),
  whenStale('Progressing', 'Waiting for reconciliation (generation mismatch)'),
  {
    conditions: [
      ['Ready=True', 'Healthy'],
      ['Ready=False', 'Degraded'],
      ['Ready=Unknown', 'Progressing'],
    ],
  },
  ['Progressing', 'Waiting for Ready condition'],
];

/** An ACME challenge also tells its reason while it goes on. */
const challengeReason: HealthRule = (object) => {
  const state = textAt(object, ['status', 'state']);
  const reason = getPath(object, ['status', 'reason']);
  const going = !['', 'valid', 'invalid', 'expired', 'errored'].includes(state);
  return going && typeof reason === 'string' ? verdict('Progressing', reason) : undefined;
};

/** Certificates and secrets. */
export const SECRETS: HealthTable = {
  'cert-manager.io/Certificate': [
    { conditions: [['Issuing=True', 'Progressing']] },
    ...byCondition('Ready', 'Waiting for certificate'),
  ],
  'cert-manager.io/CertificateRequest': [
    {
      conditions: [
        ['Denied=True', 'Degraded'],
        ['InvalidRequest=True', 'Degraded'],
      ],
    },
    {
      conditions: [
        ['Ready=True', 'Healthy'],
        ['Ready=*:Pending', 'Progressing'],
        ['Ready=*', 'Degraded'],
      ],
    },
    ['Progressing', 'Waiting for certificate request'],
  ],
  'cert-manager.io/Issuer': byCondition('Ready', 'Initializing issuer'),
  'cert-manager.io/ClusterIssuer': byCondition('Ready', 'Initializing ClusterIssuer'),
  'acme.cert-manager.io/Challenge': [challengeReason, ...acmeState('Challenge')],
  'acme.cert-manager.io/Order': acmeState('Order'),
  'external-secrets.io/ExternalSecret': [externalSecret, ['Progressing', 'Waiting for ExternalSecret']],
  'external-secrets.io/ClusterExternalSecret': [
    clusterExternalSecret,
    ['Progressing', 'Waiting for ClusterExternalSecret'],
  ],
  'external-secrets.io/SecretStore': byCondition('Ready', 'Waiting for SecretStore'),
  'external-secrets.io/ClusterSecretStore': byCondition('Ready', 'Waiting for ClusterSecretStore'),
  'external-secrets.io/PushSecret': byCondition('Ready', 'Waiting for PushSecret'),
  'kubernetes-client.io/ExternalSecret': [kubernetesExternalSecret, ['Progressing', 'Waiting for ExternalSecret.']],
  'bitnami.com/SealedSecret': byCondition('Synced', 'Waiting for Sealed Secret to be decrypted'),
  'onepassword.com/OnePasswordItem': byCondition('Ready', 'Waiting for controller to report status'),
  'addons.projectcapsule.dev/SopsSecret': sops,
  'addons.projectcapsule.dev/GlobalSopsSecret': sops,
  'addons.projectcapsule.dev/SopsProvider': sops,
};
