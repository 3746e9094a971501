import { RestError, type RestRequest } from '@argosy/api/rest';
import type { Workflow } from '@argosy/api/workflows';
import { compareText } from '@argosy/std';

/** A page of a list. */
export interface ListPage {
  readonly offset: number;
  readonly limit: number | undefined;
}

function isFinished(workflow: Workflow): boolean {
  return ['Succeeded', 'Failed', 'Error'].includes(workflow.status?.phase ?? '');
}

/** Unfinished ones first, newest created first; then finished ones, newest finished first. */
export function compareWorkflows(a: Workflow, b: Workflow): number {
  const [aDone, bDone] = [isFinished(a), isFinished(b)];
  if (aDone !== bDone) return aDone ? 1 : -1;
  const time = (item: Workflow): string => (aDone ? item.status?.finishedAt : item.metadata.creationTimestamp) ?? '';
  return compareText(time(b), time(a)) || compareText(a.metadata.name, b.metadata.name);
}

function wholeNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw new RestError('InvalidArgument', `${name} must be int`);
  if (text.startsWith('-')) throw new RestError('InvalidArgument', `${name} must >= 0`);
  return Number(text);
}

/** Reads listOptions.limit and listOptions.continue. */
export function pageOf(request: RestRequest): ListPage {
  const limit = wholeNumber(request.query.get('listOptions.limit'), 'listOptions.limit');
  const offset = wholeNumber(request.query.get('listOptions.continue'), 'listOptions.continue') ?? 0;
  return { offset, limit: limit === 0 ? undefined : limit };
}

type NameTest = (workflow: Workflow) => boolean;

const NAME_FILTERS: { readonly [filter: string]: (name: string, wanted: string) => boolean } = {
  Exact: (name, wanted) => name === wanted,
  Contains: (name, wanted) => name.includes(wanted),
  Prefix: (name, wanted) => name.startsWith(wanted),
  NotEquals: (name, wanted) => name !== wanted,
};

function termTest(term: string, filter: string): NameTest {
  const match = /^metadata\.(name|namespace)(==|=|!=)(.*)$/.exec(term);
  if (match === null) throw new RestError('InvalidArgument', `unsupported requirement ${term}`);
  const [, field, operator, wanted = ''] = match;
  const compare = NAME_FILTERS[filter];
  if (compare === undefined) {
    throw new RestError(
      'InvalidArgument',
      `nameFilter '${filter}' is not one of ${Object.keys(NAME_FILTERS).join(', ')}`,
    );
  }
  return (workflow) => {
    const { name, namespace = '' } = workflow.metadata;
    const holds = field === 'name' ? compare(name, wanted) : namespace === wanted;
    return operator === '!=' ? !holds : holds;
  };
}

/** Reads listOptions.fieldSelector and nameFilter: `metadata.name=x`, `metadata.namespace!=y`, joined by commas. */
export function fieldTest(request: RestRequest): NameTest {
  const selector = request.query.get('listOptions.fieldSelector') ?? '';
  const filter = request.query.get('nameFilter') ?? '';
  const terms = selector.split(',').filter((term) => term.trim() !== '');
  const tests = terms.map((term) => termTest(term.trim(), filter === '' ? 'Exact' : filter));
  return (workflow) => tests.every((test) => test(workflow));
}
