import type { KubeObject } from '@argosy/kube/meta';
import { formatTime } from '@argosy/std';
import type { StoredObject } from '../../store/index.ts';
import { BUILT_IN_NAMESPACES } from '../bootstrap.ts';
import { ensurePart, textAt, type Draft } from '../draft.ts';
import { forbidden } from '../errors.ts';
import type { KindContext, KindRules } from './kind-rules.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';

function labelWithName(draft: Draft): void {
  const meta = ensurePart(draft, 'metadata');
  if (textAt(meta, 'name') !== '') ensurePart(meta, 'labels')[NAME_LABEL] = meta['name'];
}

/** Every namespace is born with its `default` ServiceAccount, so that no pod has to wait for a controller. */
function createServiceAccount(stored: StoredObject, { state, env }: KindContext): void {
  const account: KubeObject = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: 'default',
      namespace: stored.name,
      uid: env.newUid(),
      creationTimestamp: formatTime(env.now),
    },
  };
  state.store.write('/serviceaccounts', account);
}

const PROTECTED: readonly string[] = BUILT_IN_NAMESPACES.filter((name) => name !== 'kube-node-lease');

/** Namespaces: the name label, the `kubernetes` finalizer, the phase, and three that stay. */
export const namespaceRules: KindRules = {
  prepareCreate: (draft) => {
    labelWithName(draft);
    ensurePart(draft, 'spec')['finalizers'] = ['kubernetes'];
    draft['status'] = { phase: 'Active' };
  },
  prepareUpdate: (draft, live) => {
    const spec = live['spec'];
    if (spec === undefined) delete draft['spec'];
    else draft['spec'] = spec;
    labelWithName(draft);
  },
  afterCreate: createServiceAccount,
  beforeDelete: (live) => {
    const name = live.metadata.name;
    if (!PROTECTED.includes(name)) return;
    throw forbidden({ group: '', resource: 'namespaces' }, name, 'this namespace may not be deleted');
  },
};
