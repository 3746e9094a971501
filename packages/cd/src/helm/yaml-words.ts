import type { Diagnostic } from '@argosy/lang/diagnostic';

/** A YAML fault in the frame that sigs.k8s.io/yaml puts around it. */
export function yamlWords(fault: Diagnostic): string {
  const line = fault.line > 0 ? `line ${fault.line}: ` : '';
  return `error converting YAML to JSON: yaml: ${line}${fault.message}`;
}
