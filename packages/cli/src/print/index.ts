export { formatTable, longDuration, shortDuration } from './table.ts';
export { formatValue } from './output.ts';
