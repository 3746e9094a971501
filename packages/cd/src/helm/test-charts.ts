import { instant, ok } from '@argosy/std';
import { bytesOfText } from './render-objects.ts';
import type { ChartFiles } from './chart.ts';
import type { HelmPorts } from './template-chart.ts';

/** A chart's files by path; an object in place of a text stands for a packed chart. */
export interface ChartTree {
  readonly [path: string]: string | ChartTree;
}

const packed = new Map<string, ChartTree>();

/** Texts as files; a packed chart becomes a ticket that `testPorts` unpacks. */
export function filesOf(tree: ChartTree): ChartFiles {
  const entries = Object.entries(tree).map(([path, value]) => {
    if (typeof value === 'string') return [path, bytesOfText(value)] as const;
    const ticket = JSON.stringify(value);
    packed.set(ticket, value);
    return [path, bytesOfText(ticket)] as const;
  });
  return new Map(entries);
}

/** Ports that read nothing of the world. */
export const testPorts: HelmPorts = {
  env: { now: instant(1_700_000_000_000), seed: 7 },
  unpack: (archive) => ok(filesOf(packed.get(Buffer.from(archive).toString()) ?? {})),
};
