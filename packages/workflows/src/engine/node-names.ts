import { fnv32a } from '@argosy/std';

/** Longest pod name that the API server takes (253), less room for `-` and a 32-bit hash in decimal. */
export const POD_NAME_PREFIX_MAX = 253 - 1 - 10;

/** The id of a node: the workflow's name for the root, else `<workflow>-<FNV-1a of the full node name>`. */
export function nodeId(workflowName: string, nodeName: string): string {
  return nodeName === workflowName ? workflowName : `${workflowName}-${fnv32a(nodeName)}`;
}

/** The name of a node's pod (format v2). `templateName` is absent for inline templates. */
export function podName(workflowName: string, nodeName: string, templateName: string | undefined): string {
  if (nodeName === workflowName) return workflowName;
  const prefix = templateName === undefined || templateName === '' ? workflowName : `${workflowName}-${templateName}`;
  return `${prefix.slice(0, POD_NAME_PREFIX_MAX)}-${fnv32a(nodeName)}`;
}

/** What people see: the node's name without its boundary's name, leading group index and dot. */
export function displayName(nodeName: string, boundaryName: string | undefined): string {
  if (boundaryName === undefined || !nodeName.startsWith(boundaryName)) return nodeName;
  const rest = nodeName.slice(boundaryName.length);
  return rest.startsWith('.') ? rest.slice(1) : rest.replace(/^\[\d+\]\./, '');
}

function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object') return String(value as string | number | boolean);
  const entries = Object.entries(value).map(([key, item]) => `${key}:${goText(item)}`);
  return `map[${entries.sort().join(' ')}]`;
}

function itemDescription(item: unknown): string {
  if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
    const entries = Object.entries(item).map(([key, value]) => `${key}:${goText(value)}`);
    return entries.sort().join(',');
  }
  return goText(item);
}

/** The name of one turn of a loop: `<name>(<index>:<description of the item without parentheses>)`. */
export function loopNodeName(name: string, index: number, item: unknown): string {
  return `${name}(${index}:${itemDescription(item).replace(/[()]/g, '')})`;
}

/** The name of one attempt of a retried node, counted from 0. */
export function attemptNodeName(name: string, attempt: number): string {
  return `${name}(${attempt})`;
}

/** The index inside `name(<index>:…)`, as aggregated outputs are sorted by; 0 when there is none. */
export function loopIndex(nodeName: string): number {
  const last = [...nodeName.matchAll(/\((\d+):/g)].at(-1);
  return last === undefined ? 0 : Number(last[1]);
}

/** The step or task that a node inside boundary `boundaryName` belongs to: loop turns, attempts and hooks included. */
export function callNameOf(nodeName: string, boundaryName: string): string | undefined {
  const match = /^(?:\[\d+\])?\.([^.([]+)/.exec(nodeName.slice(boundaryName.length));
  return match?.[1];
}
