/** Components that fetch nothing. */
export { DataTable, type Column } from './data-table.tsx';
export { layoutDag, MAX_CAREFUL_NODES } from './dag-layout.ts';
export { Facts } from './facts.tsx';
export { FilterBox } from './filter-box.tsx';
export { GraphView } from './graph-view.tsx';
export { Logo, ToneIcon } from './icon.tsx';
export { LogView } from './log-view.tsx';
export { ErrorNotice, Placeholder, StaleBanner } from './notices.tsx';
export { SidePanel, Tabs } from './side-panel.tsx';
export { StatusBadge } from './status-badge.tsx';
