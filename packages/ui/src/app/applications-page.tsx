import { useMemo, useState, type ReactElement } from 'react';
import { applicationRow, countHealth, filterApplications } from '../model/index.ts';
import { ApplicationsScreen } from '../screens/index.ts';
import { useApp } from './context.ts';
import { applicationSource, useLive, useNow } from './hooks.ts';

/** Connects the list of applications. */
export function ApplicationsPage(): ReactElement {
  const { api } = useApp();
  const live = useLive('applications', () => applicationSource(api, {}));
  const [filter, setFilter] = useState('');
  const rows = useMemo(() => [...(live.items?.values() ?? [])].map(applicationRow), [live.items]);
  const shown = useMemo(() => filterApplications(rows, filter), [rows, filter]);
  const counts = useMemo(() => countHealth(rows), [rows]);
  return (
    <ApplicationsScreen
      live={live}
      rows={shown}
      totalCount={rows.length}
      counts={counts}
      filter={filter}
      onFilter={setFilter}
      nowMs={useNow()}
    />
  );
}
