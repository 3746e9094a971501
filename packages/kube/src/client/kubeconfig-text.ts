import { formatYaml } from '@argosy/lang/yaml';

/** What a kubeconfig says. Certificates and keys are PEM. The text is a secret: write it 0600. */
export interface KubeconfigContent {
  readonly server: string;
  readonly ca: string;
  readonly certificate?: string;
  readonly privateKey?: string;
  readonly token?: string;
  /** Name of the cluster, user and context. @default `argosy` */
  readonly name?: string;
  /** @default `default` */
  readonly namespace?: string;
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** A kubeconfig with one cluster, one user and one context, which is the current one. */
export function kubeconfigText(content: KubeconfigContent): string {
  const { server, ca, certificate, privateKey, token, name = 'argosy', namespace = 'default' } = content;
  return formatYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name,
        user: {
          ...(certificate === undefined ? {} : { 'client-certificate-data': base64(certificate) }),
          ...(privateKey === undefined ? {} : { 'client-key-data': base64(privateKey) }),
          ...(token === undefined ? {} : { token }),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': name,
  });
}
