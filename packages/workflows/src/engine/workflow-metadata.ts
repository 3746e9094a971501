import type { Workflow, WorkflowSpec } from '@argosy/api/workflows';
import { isObject, setOwn } from '@argosy/std';

import type { Metadata, Pass } from './pass.ts';
import { evaluateExpression, globalSource, scopeOf } from './scope.ts';

type Texts = { readonly [key: string]: string };

const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

function isFirstRound(workflow: Workflow): boolean {
  return (workflow.status?.phase ?? '') === '';
}

function labelsFrom(spec: WorkflowSpec): { readonly [key: string]: string } {
  const given = spec.workflowMetadata?.labelsFrom;
  const entries = Object.entries(isObject(given) ? given : {});
  return Object.fromEntries(
    entries.map(([key, from]) => [
      key,
      isObject(from) && typeof from['expression'] === 'string' ? from['expression'] : '',
    ]),
  );
}

function withMetadata(pass: Pass, added: Metadata): Pass {
  const { labels, annotations } = pass.metadata;
  const metadata = {
    labels: { ...labels, ...added.labels },
    annotations: { ...annotations, ...added.annotations },
  };
  return { ...pass, metadata, addedMetadata: added };
}

function evaluatedLabels(pass: Pass): { readonly labels: Texts; readonly problem: string | undefined } {
  const labels: { [key: string]: string } = {};
  const scope = scopeOf(pass, globalSource(pass));
  for (const [key, expression] of Object.entries(labelsFrom(pass.compiled.spec))) {
    const value = evaluateExpression(expression, scope);
    const where = `workflowMetadata.labelsFrom.${key}.expression`;
    if (!value.ok) return { labels: {}, problem: `failed to evaluate label: ${where}: ${value.error}` };
    if (typeof value.value !== 'string') {
      return { labels: {}, problem: `${where} '${expression}' must evaluate to a string` };
    }
    if (!LABEL_VALUE.test(value.value)) {
      return { labels: {}, problem: `${where} evaluated to '${value.value}', which is no valid label value` };
    }
    setOwn(labels, key, value.value);
  }
  return { labels, problem: undefined };
}

/**
 * The round with what `spec.workflowMetadata` adds to the workflow's labels and annotations: in the first round only,
 * so that a later change by a person stays.
 */
export function addMetadata(pass: Pass): Pass {
  if (!isFirstRound(pass.workflow)) return pass;
  const { labels = {}, annotations = {} } = pass.compiled.spec.workflowMetadata ?? {};
  const plain = withMetadata(pass, { labels, annotations });
  const evaluated = evaluatedLabels(plain);
  if (evaluated.problem !== undefined) return { ...plain, problem: pass.problem ?? evaluated.problem };
  return withMetadata(pass, { labels: { ...labels, ...evaluated.labels }, annotations });
}
