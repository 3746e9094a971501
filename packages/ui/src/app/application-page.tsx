import { useEffect, useMemo, useState, type ReactElement } from 'react';
import {
  layoutTree,
  objectsAt,
  resourceTree,
  ROOT_ID,
  textAt,
  type ApiObject,
  type ResourceIdentity,
} from '../model/index.ts';
import { LogView, Placeholder } from '../kit/index.ts';
import { ApplicationScreen, EventList, ResourcePanel, SourceText, type ResourceTab } from '../screens/index.ts';
import { useApp } from './context.ts';
import { applicationSource, useLive, useLoaded, useLog, useNow, type Loaded } from './hooks.ts';

/** How often the tree is read again besides at each change of the application. */
export const TREE_POLL_MS = 4000;

interface Name {
  readonly namespace: string;
  readonly name: string;
}

/** Connects an application's page. */
export function ApplicationPage({ namespace, name }: Name): ReactElement {
  const { api } = useApp();
  const key = `${namespace}/${name}`;
  const live = useLive(`application ${key}`, () => applicationSource(api, { name, appNamespace: namespace }));
  const application = live.items?.get(key);
  if (live.items === undefined) {
    const note = live.link.kind === 'broken' ? `Cannot load: ${live.link.reason}` : 'Loading…';
    return <Alone note={note} />;
  }
  if (application === undefined) return <Alone note={`There is no application ${key}, or you may not see it.`} />;
  return <ApplicationView application={application} link={live.link} name={{ namespace, name }} />;
}

function Alone({ note }: { readonly note: string }): ReactElement {
  return (
    <main className="page">
      <Placeholder>{note}</Placeholder>
    </main>
  );
}

function ApplicationView({
  application,
  link,
  name,
}: {
  readonly application: ApiObject;
  readonly link: ReturnType<typeof useLive>['link'];
  readonly name: Name;
}): ReactElement {
  const nowMs = useNow();
  const tree = useTree(name, textAt(application, 'metadata', 'resourceVersion'));
  const treeObject = tree.kind === 'ready' ? tree.value : undefined;
  const joined = useMemo(() => resourceTree(application, treeObject), [application, treeObject]);
  const layout = useMemo(() => layoutTree(joined.graph), [joined]);
  const [selected, setSelected] = useState('');
  const actions = useActions(name);
  const resource = joined.resources.get(selected);
  const node = joined.graph.nodes.find((one) => one.id === selected);
  const view = (tab: ResourceTab): ReactElement =>
    resource === undefined ? <></> : <ResourceView tab={tab} name={name} resource={resource} nowMs={nowMs} />;
  return (
    <ApplicationScreen
      application={application}
      link={link}
      layout={layout}
      treeNote={treeNote(tree)}
      selected={selected}
      onOpen={(id) => setSelected(id === ROOT_ID ? '' : id)}
      onSync={({ prune }) => actions.run('sync', { name: name.name, appNamespace: name.namespace, prune })}
      onRefresh={() => actions.refresh()}
      isBusy={actions.isBusy}
      problem={actions.problem}
      nowMs={nowMs}
      panel={
        resource === undefined ? null : (
          <ResourcePanel
            key={selected}
            resource={resource}
            health={node?.state ?? ''}
            sync={node?.mark ?? ''}
            view={view}
            onClose={() => setSelected('')}
          />
        )
      }
    />
  );
}

/** Unknown stays unknown: a tree that cannot be read is not shown as an empty one. */
function treeNote(tree: Loaded<ApiObject>): string {
  if (tree.kind === 'loading') return 'Loading the resource tree…';
  return tree.kind === 'failed' ? `The resource tree is not known: ${tree.message}` : '';
}

function useTree({ namespace, name }: Name, version: string): Loaded<ApiObject> {
  const { api } = useApp();
  const [round, setRound] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setRound((value) => value + 1), TREE_POLL_MS);
    return () => clearInterval(timer);
  }, []);
  const path = `/api/v1/applications/${encodeURIComponent(name)}/resource-tree`;
  return useLoaded(`${version} ${round}`, `${namespace}/${name}`, async (signal) => {
    const answer = await api.get(path, { appNamespace: namespace }, signal);
    return answer as ApiObject;
  });
}

function useActions({ namespace, name }: Name): {
  readonly isBusy: boolean;
  readonly problem: string;
  readonly run: (action: string, body: unknown) => void;
  readonly refresh: () => void;
} {
  const { api } = useApp();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const path = `/api/v1/applications/${encodeURIComponent(name)}`;
  const follow = (work: Promise<unknown>): void => {
    setBusy(true);
    setProblem('');
    work
      .catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false));
  };
  return {
    isBusy,
    problem,
    run: (action, body) => follow(api.post(`${path}/${action}`, body)),
    refresh: () => follow(api.get(path, { refresh: 'normal', appNamespace: namespace })),
  };
}

interface ResourceViewProps {
  readonly tab: ResourceTab;
  readonly name: Name;
  readonly resource: ResourceIdentity;
  readonly nowMs: number;
}

function ResourceView(props: ResourceViewProps): ReactElement {
  if (props.tab === 'Log') return <PodLog {...props} />;
  return props.tab === 'Events' ? <ResourceEvents {...props} /> : <Manifest {...props} />;
}

function PodLog({ name, resource }: ResourceViewProps): ReactElement {
  const { api } = useApp();
  const path = `/api/v1/applications/${encodeURIComponent(name.name)}/pods/${encodeURIComponent(resource.name)}/logs`;
  const query = { namespace: resource.namespace, appNamespace: name.namespace, follow: 'true', tailLines: '1000' };
  const { log, note } = useLog(api, path, query);
  return <LogView log={log} note={note} />;
}

function Manifest({ name, resource }: ResourceViewProps): ReactElement {
  const { api } = useApp();
  const path = `/api/v1/applications/${encodeURIComponent(name.name)}/resource`;
  const { group, version, kind, namespace } = resource;
  const query = { group, version, kind, namespace, resourceName: resource.name, appNamespace: name.namespace };
  const subject = JSON.stringify(query);
  const loaded = useLoaded(subject, subject, (signal) => api.get(path, query, signal));
  if (loaded.kind !== 'ready') return <NotReady loaded={loaded} />;
  return <SourceText text={prettyJson(textAt(loaded.value, 'manifest'))} />;
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

function ResourceEvents({ name, resource, nowMs }: ResourceViewProps): ReactElement {
  const { api } = useApp();
  const path = `/api/v1/applications/${encodeURIComponent(name.name)}/events`;
  const { namespace: resourceNamespace, name: resourceName, uid: resourceUID } = resource;
  const query = { resourceNamespace, resourceName, resourceUID, appNamespace: name.namespace };
  const subject = JSON.stringify(query);
  const loaded = useLoaded(subject, subject, (signal) => api.get(path, query, signal));
  if (loaded.kind !== 'ready') return <NotReady loaded={loaded} />;
  return <EventList events={objectsAt(loaded.value, 'items')} nowMs={nowMs} />;
}

function NotReady({ loaded }: { readonly loaded: Exclude<Loaded<unknown>, { kind: 'ready' }> }): ReactElement {
  return <Placeholder>{loaded.kind === 'loading' ? 'Loading…' : `Not available: ${loaded.message}`}</Placeholder>;
}
