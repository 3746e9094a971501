import { kubeError } from './status.ts';

/** One demand on labels. `values` is empty for Exists and DoesNotExist. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

/** Requirements joined by AND; the empty list matches everything. */
export type LabelSelector = readonly LabelRequirement[];

/** metav1.LabelSelector as it stands in specs. */
export interface LabelSelectorSpec {
  readonly matchLabels?: { readonly [key: string]: string };
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

const KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

function parseError(text: string): Error {
  return kubeError('BadRequest', `unable to parse requirement: ${text}`);
}

function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim());
}

function requirement(key: string, operator: LabelRequirement['operator'], values: readonly string[]): LabelRequirement {
  if (!KEY.test(key)) throw parseError(`invalid label key ${JSON.stringify(key)}`);
  return { key, operator, values };
}

function parseRequirement(text: string): LabelRequirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return requirement(set[1] ?? '', set[2] === 'in' ? 'In' : 'NotIn', values);
  }
  const pair = /^([^=!<>\s]+)\s*(==|=|!=|>|<)\s*([^=!<>\s]*)$/.exec(text);
  if (pair !== null) {
    const operators = { '=': 'In', '==': 'In', '!=': 'NotIn', '>': 'Gt', '<': 'Lt' } as const;
    return requirement(pair[1] ?? '', operators[(pair[2] ?? '=') as keyof typeof operators], [pair[3] ?? '']);
  }
  if (text.startsWith('!')) return requirement(text.slice(1).trim(), 'DoesNotExist', []);
  return requirement(text, 'Exists', []);
}

/**
 * Reads the query form of a label selector: `a=b,c!=d,e in (f,g),!h,i>1`.
 * @throws KubeError BadRequest with upstream's words when it cannot be read.
 */
export function parseLabelSelector(text: string): LabelSelector {
  if (text.trim() === '') return [];
  return splitTopLevel(text).map((part) => {
    if (part === '') throw parseError(`found ',', expected: identifier`);
    return parseRequirement(part);
  });
}

/** Turns the spec form into requirements. A missing selector matches nothing: callers decide, so it is not accepted here. */
export function selectorFromSpec(spec: LabelSelectorSpec): LabelSelector {
  const labels = Object.entries(spec.matchLabels ?? {}).map(([key, value]): LabelRequirement => ({
    key,
    operator: 'In',
    values: [value],
  }));
  const expressions = (spec.matchExpressions ?? []).map((item): LabelRequirement => ({
    key: item.key,
    operator: item.operator as LabelRequirement['operator'],
    values: item.values ?? [],
  }));
  return [...labels, ...expressions];
}

/** The query form; the inverse of `parseLabelSelector`. */
export function formatLabelSelector(selector: LabelSelector): string {
  return selector
    .map(({ key, operator, values }) => {
      switch (operator) {
        case 'In':
          return values.length === 1 ? `${key}=${values[0] ?? ''}` : `${key} in (${values.join(',')})`;
        case 'NotIn':
          return values.length === 1 ? `${key}!=${values[0] ?? ''}` : `${key} notin (${values.join(',')})`;
        case 'Exists':
          return key;
        case 'DoesNotExist':
          return `!${key}`;
        case 'Gt':
          return `${key}>${values[0] ?? ''}`;
        default:
          return `${key}<${values[0] ?? ''}`;
      }
    })
    .join(',');
}

function matchesRequirement(item: LabelRequirement, labels: { readonly [key: string]: string }): boolean {
  const value = Object.hasOwn(labels, item.key) ? labels[item.key] : undefined;
  switch (item.operator) {
    case 'In':
      return value !== undefined && item.values.includes(value);
    case 'NotIn':
      return value === undefined || !item.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(item.values[0]);
    default:
      return value !== undefined && Number(value) < Number(item.values[0]);
  }
}

/** True when `labels` meets every requirement. */
export function matchesLabels(selector: LabelSelector, labels: { readonly [key: string]: string } = {}): boolean {
  return selector.every((item) => matchesRequirement(item, labels));
}
