import { useMemo, useState, type ReactElement } from 'react';
import { filterWorkflows, workflowRow } from '../model/index.ts';
import { WorkflowsScreen } from '../screens/index.ts';
import { useApp } from './context.ts';
import { useLive, useNow, workflowSource } from './hooks.ts';

/** Connects the list of workflows of a namespace; `` means all. */
export function WorkflowsPage({ namespace }: { readonly namespace: string }): ReactElement {
  const { api } = useApp();
  const live = useLive(`workflows ${namespace}`, () => workflowSource(api, namespace));
  const [filter, setFilter] = useState('');
  const rows = useMemo(() => [...(live.items?.values() ?? [])].map(workflowRow), [live.items]);
  const shown = useMemo(() => filterWorkflows(rows, filter), [rows, filter]);
  return (
    <WorkflowsScreen
      live={live}
      rows={shown}
      totalCount={rows.length}
      filter={filter}
      onFilter={setFilter}
      nowMs={useNow()}
    />
  );
}
