import { isObject } from '@argosy/std';

import { compileSchema, MAX_SCHEMA_DEPTH } from './open-api.ts';
import {
  childPath,
  forbiddenError,
  invalidError,
  MAX_FIELD_ERRORS,
  requiredError,
  unsupportedError,
} from './field-error.ts';
import type { FieldError } from './field-error.ts';
import { validateObject } from './validate.ts';
import { validationRuleErrors } from './validation-rule-errors.ts';
import { patternProblem } from './value-rules.ts';

type Raw = { readonly [key: string]: unknown };

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const FORBIDDEN = ['$ref', 'definitions', 'dependencies', 'patternProperties', 'additionalItems', 'id', 'deprecated'];
/** What may stand inside allOf, anyOf, oneOf and not is validation only. */
const FORBIDDEN_IN_RULES = ['description', 'title', 'default', 'additionalProperties', 'nullable', 'type'];
const LIST_TYPES = ['atomic', 'set', 'map'];
const MAP_TYPES = ['atomic', 'granular'];

interface At {
  readonly path: string;
  readonly depth: number;
  readonly report: (error: FieldError) => void;
  /** The list without keys that this node is below. */
  readonly uncorrelatable: string | undefined;
}

function below(at: At, name: string): At {
  return { ...at, path: childPath(at.path, name), depth: at.depth + 1 };
}

/** Items of a list that has no keys cannot be told from each other. */
function belowItems(raw: Raw, at: At): At {
  const next = below(at, 'items');
  if (raw['x-kubernetes-list-type'] === 'map') return next;
  return { ...next, uncorrelatable: at.uncorrelatable ?? at.path };
}

/** The root has apiVersion, kind and metadata without naming them. */
function checkValidations(raw: Raw, at: At): void {
  const node = at.depth === 0 ? { ...raw, 'x-kubernetes-embedded-resource': true } : raw;
  for (const error of validationRuleErrors(node, at.path, at.uncorrelatable)) at.report(error);
}

function isIntOrString(raw: Raw): boolean {
  return raw['x-kubernetes-int-or-string'] === true;
}

function checkType(raw: Raw, at: At): void {
  const type = raw['type'];
  const path = childPath(at.path, 'type');
  const preserves = raw['x-kubernetes-preserve-unknown-fields'] === true;
  if (type === undefined || type === '') {
    const free = isIntOrString(raw) || preserves;
    if (!free) at.report(requiredError(path, 'must not be empty for specified object fields'));
  } else if (isIntOrString(raw)) {
    at.report(invalidError(path, type, 'must be empty if x-kubernetes-int-or-string is true'));
  } else if (!isOneOf(TYPES, type)) {
    at.report(unsupportedError(path, type, TYPES));
  } else if (preserves && !isOneOf(['object', 'array'], type)) {
    at.report(invalidError(path, type, 'must be object if x-kubernetes-preserve-unknown-fields is true'));
  }
}

function isOneOf(allowed: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && allowed.includes(value);
}

function checkListType(raw: Raw, at: At): void {
  const listType = raw['x-kubernetes-list-type'];
  if (listType === undefined) return;
  const path = childPath(at.path, 'x-kubernetes-list-type');
  if (!isOneOf(LIST_TYPES, listType)) return at.report(unsupportedError(path, listType, LIST_TYPES));
  if (raw['type'] !== 'array')
    return at.report(
      invalidError(childPath(at.path, 'type'), raw['type'], 'must be array if x-kubernetes-list-type is specified'),
    );
  if (listType === 'map') checkMapKeys(raw, at);
}

function checkMapKeys(raw: Raw, at: At): void {
  const path = childPath(at.path, 'x-kubernetes-list-map-keys');
  const keys = raw['x-kubernetes-list-map-keys'];
  if (!Array.isArray(keys) || keys.length === 0) {
    return at.report(requiredError(path, 'must not be empty if x-kubernetes-list-type is map'));
  }
  const items = isObject(raw['items']) ? raw['items'] : {};
  const members = isObject(items['properties']) ? items['properties'] : {};
  for (const key of keys) {
    if (typeof key !== 'string' || !Object.hasOwn(members, key)) {
      at.report(invalidError(path, keys, 'entries have to be names of properties of the items'));
    }
  }
}

function checkPattern(raw: Raw, at: At): void {
  const pattern = raw['pattern'];
  const problem = typeof pattern === 'string' ? patternProblem(pattern) : undefined;
  if (problem === undefined) return;
  const why = `must be a valid regular expression, but isn't: ${problem}`;
  at.report(invalidError(childPath(at.path, 'pattern'), pattern, why));
}

function checkKeywords(raw: Raw, at: At): void {
  for (const keyword of FORBIDDEN) {
    if (raw[keyword] !== undefined)
      at.report(forbiddenError(childPath(at.path, keyword), `${keyword} is not supported`));
  }
  checkPattern(raw, at);
  if (raw['uniqueItems'] === true) {
    at.report(
      forbiddenError(
        childPath(at.path, 'uniqueItems'),
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  }
  if (isObject(raw['properties']) && raw['additionalProperties'] !== undefined) {
    at.report(
      forbiddenError(
        childPath(at.path, 'additionalProperties'),
        'additionalProperties and properties are mutual exclusive',
      ),
    );
  }
  const mapType = raw['x-kubernetes-map-type'];
  if (mapType !== undefined && !isOneOf(MAP_TYPES, mapType)) {
    at.report(unsupportedError(childPath(at.path, 'x-kubernetes-map-type'), mapType, MAP_TYPES));
  }
  if (raw['x-kubernetes-embedded-resource'] === true && raw['type'] !== 'object') {
    at.report(
      invalidError(childPath(at.path, 'type'), raw['type'], 'must be object if x-kubernetes-embedded-resource is true'),
    );
  }
}

function checkRuleNode(raw: unknown, at: At, intOrString: boolean): void {
  if (!isObject(raw) || at.depth > MAX_SCHEMA_DEPTH) return;
  checkPattern(raw, at);
  for (const keyword of FORBIDDEN_IN_RULES) {
    // `anyOf: [{type: integer}, {type: string}]` is how int-or-string is spelled, so there type is allowed.
    if (raw[keyword] === undefined || (keyword === 'type' && intOrString)) continue;
    at.report(forbiddenError(childPath(at.path, keyword), 'must be empty to be structural'));
  }
  checkCombinations(raw, at);
  const members = isObject(raw['properties']) ? raw['properties'] : {};
  for (const name of Object.keys(members)) checkRuleNode(members[name], below(at, `properties[${name}]`), false);
  checkRuleNode(raw['items'], below(at, 'items'), false);
}

function checkCombinations(raw: Raw, at: At): void {
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    const list = raw[keyword];
    if (!Array.isArray(list)) continue;
    list.forEach((item, index) => checkRuleNode(item, below(at, `${keyword}[${index}]`), isIntOrString(raw)));
  }
  checkRuleNode(raw['not'], below(at, 'not'), false);
}

function checkDefault(raw: Raw, at: At): void {
  if (raw['default'] === undefined || raw['default'] === null) return;
  const schema = compileSchema({ properties: { default: raw } });
  for (const error of validateObject(schema, { default: raw['default'] })) {
    at.report({ ...error, field: childPath(at.path, error.field) });
  }
}

function checkRoot(raw: Raw, at: At): void {
  if (raw['type'] !== 'object')
    at.report(invalidError(childPath(at.path, 'type'), raw['type'] ?? '', 'must be object at the root'));
  const members = isObject(raw['properties']) ? raw['properties'] : {};
  const metadata = members['metadata'];
  const named = isObject(metadata) && isObject(metadata['properties']) ? Object.keys(metadata['properties']) : [];
  for (const name of named) {
    if (name === 'name' || name === 'generateName') continue;
    const path = `${at.path}.properties[metadata].properties[${name}]`;
    at.report(
      forbiddenError(
        path,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
  }
}

function checkNode(raw: unknown, at: At): void {
  if (!isObject(raw)) return;
  if (at.depth > MAX_SCHEMA_DEPTH) {
    return at.report(invalidError(at.path, '', `nested deeper than ${MAX_SCHEMA_DEPTH} levels`));
  }
  checkType(raw, at);
  checkListType(raw, at);
  checkKeywords(raw, at);
  checkCombinations(raw, at);
  checkDefault(raw, at);
  checkValidations(raw, at);
  const members = isObject(raw['properties']) ? raw['properties'] : {};
  for (const name of Object.keys(members)) checkNode(members[name], below(at, `properties[${name}]`));
  checkNode(raw['items'], belowItems(raw, at));
  checkNode(raw['additionalProperties'], below(at, 'additionalProperties'));
  if (raw['type'] === 'array' && raw['items'] === undefined)
    at.report(requiredError(childPath(at.path, 'items'), 'must be specified'));
}

/**
 * Why a CRD's `openAPIV3Schema` is not structural; empty when it is. `path` is where the schema stands in the CRD,
 * such as `spec.versions[0].schema.openAPIV3Schema`. At most `MAX_FIELD_ERRORS` errors.
 */
export function structuralErrors(openAPIV3Schema: unknown, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const report = (error: FieldError): void => {
    if (errors.length < MAX_FIELD_ERRORS) errors.push(error);
  };
  if (!isObject(openAPIV3Schema)) return [requiredError(path, 'schemas are required')];
  const at: At = { path, depth: 0, report, uncorrelatable: undefined };
  checkRoot(openAPIV3Schema, at);
  checkNode(openAPIV3Schema, at);
  return errors;
}
