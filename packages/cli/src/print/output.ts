import { formatYaml } from '@argosy/lang/yaml';

/** One value for a program to read: two-space JSON or YAML. */
export function formatValue(value: unknown, format: 'json' | 'yaml'): string {
  return format === 'yaml' ? formatYaml(value) : `${JSON.stringify(value, undefined, 2)}\n`;
}
