import type { NodeStatus } from '@argosy/api/workflows';
import { err, ok, type Result } from '@argosy/std';

import { parameterText } from './parameter-text.ts';

/** Says whether a node is meant. */
export type NodeTest = (node: NodeStatus) => boolean;

type Read = (node: NodeStatus) => string | undefined;

const NODE_FIELDS: { readonly [field: string]: Read } = {
  displayName: (node) => node.displayName,
  templateName: (node) => node.templateName,
  phase: (node) => node.phase,
  name: (node) => node.name,
  id: (node) => node.id,
  'templateRef.name': (node) => node.templateRef?.name,
  'templateRef.template': (node) => node.templateRef?.template,
};

function readOf(field: string): Read | undefined {
  const parameter = /^inputs\.parameters\.([^.]+)(?:\.value)?$/.exec(field)?.[1];
  if (parameter === undefined) return Object.hasOwn(NODE_FIELDS, field) ? NODE_FIELDS[field] : undefined;
  return (node) => {
    const value = node.inputs?.parameters?.find((item) => item.name === parameter)?.value;
    return value === undefined ? undefined : parameterText(value);
  };
}

function testOf(term: string): Result<NodeTest, string> {
  const match = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(term.trim());
  if (match === null) return err(`nodeFieldSelector: cannot read '${term}'`);
  const [, field = '', operator, wanted] = match;
  const read = readOf(field);
  if (read === undefined) {
    const allowed = [...Object.keys(NODE_FIELDS), 'inputs.parameters.<name>.value'].join(', ');
    return err(`nodeFieldSelector: unknown field '${field}'; allowed are ${allowed}`);
  }
  return ok((node) => (read(node) === wanted) === (operator !== '!='));
}

/** Reads a node field selector: `displayName=approve,phase=Running`. Every term must hold. */
export function parseNodeSelector(text: string): Result<NodeTest, string> {
  const tests: NodeTest[] = [];
  for (const term of text.split(',').filter((item) => item.trim() !== '')) {
    const test = testOf(term);
    if (!test.ok) return test;
    tests.push(test.value);
  }
  return ok((node) => tests.every((test) => test(node)));
}
