import { useState, type ReactElement, type ReactNode } from 'react';
import { agoText, textAt, type ApiObject, type ResourceIdentity } from '../model/index.ts';
import { Facts, Placeholder, SidePanel, StatusBadge, Tabs } from '../kit/index.ts';

/** The views of a resource. */
export type ResourceTab = 'Manifest' | 'Events' | 'Log';

/** One resource of an application, beside its tree. `view` draws a tab. */
export function ResourcePanel({
  resource,
  health,
  sync,
  view,
  onClose,
}: {
  readonly resource: ResourceIdentity;
  readonly health: string;
  readonly sync: string;
  readonly view: (tab: ResourceTab) => ReactNode;
  readonly onClose: () => void;
}): ReactElement {
  const names: readonly ResourceTab[] =
    resource.kind === 'Pod' ? ['Manifest', 'Events', 'Log'] : ['Manifest', 'Events'];
  const [tab, setTab] = useState<ResourceTab>('Manifest');
  const current = names.includes(tab) ? tab : 'Manifest';
  return (
    <SidePanel title={resource.name} subtitle={resource.kind} onClose={onClose}>
      <Facts
        facts={[
          ['Health', health === '' ? '' : <StatusBadge key="health" word={health} about="Health" />],
          ['Sync', sync === '' ? '' : <StatusBadge key="sync" word={sync} about="Sync" />],
          ['Namespace', resource.namespace],
          ['Group', resource.group],
        ]}
      />
      <Tabs names={names} current={current} onChoose={setTab} />
      {view(current)}
    </SidePanel>
  );
}

/** Text as it is, in a box that scrolls. */
export function SourceText({ text }: { readonly text: string }): ReactElement {
  return <pre className="source-text">{text}</pre>;
}

/** The events of a resource, newest first as they came. */
export function EventList({
  events,
  nowMs,
}: {
  readonly events: readonly ApiObject[];
  readonly nowMs: number;
}): ReactElement {
  if (events.length === 0) return <Placeholder>No events.</Placeholder>;
  return (
    <ul className="events">
      {events.map((event) => (
        <li key={textAt(event, 'metadata', 'name')}>
          <strong>{textAt(event, 'reason')}</strong>{' '}
          <span className="quiet">{agoText(textAt(event, 'lastTimestamp') || textAt(event, 'eventTime'), nowMs)}</span>
          <p>{textAt(event, 'message')}</p>
        </li>
      ))}
    </ul>
  );
}
