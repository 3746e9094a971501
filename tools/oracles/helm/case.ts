import { createRandom, type Random } from '@argosy/std';

/** A chart's files by path; an object in place of a text is packed to a .tgz. */
export interface ChartTree {
  readonly [path: string]: string | ChartTree;
}

/** What is asked of `helm template`, in the words of our own engine. */
export interface Asked {
  readonly releaseName?: string;
  readonly namespace?: string;
  readonly values?: readonly string[];
  readonly sets?: readonly (readonly [kind: string, text: string])[];
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly includeCrds?: boolean;
  readonly skipTests?: boolean;
  readonly skipSchemaValidation?: boolean;
}

/** One row to be recorded. */
export interface Case {
  readonly chart: ChartTree;
  readonly asked: Asked;
}

/** A Chart.yaml. */
export function chartYaml(name: string, more = '', version = '1.2.3'): string {
  return `apiVersion: v2\nname: ${name}\nversion: ${version}\n${more}`;
}

/** A chart whose one template is `text`. */
export function oneTemplate(text: string, more: ChartTree = {}): ChartTree {
  return { 'Chart.yaml': chartYaml('c'), 'templates/t.yaml': text, ...more };
}

/** A chart that prints a text, indented under a key, so that whatever it is stays YAML. */
export function printing(text: string, more: ChartTree = {}): ChartTree {
  return oneTemplate(`v: |\n  [${text}]\n`, more);
}

/** Prints all values. */
export const SHOW_VALUES = 'values: {{ toYaml .Values | nindent 2 }}\n';

export const pick = <T>(random: Random, items: readonly T[]): T => items[random.below(items.length)] as T;
export const randomOf = (seed: number): Random => createRandom(seed);
