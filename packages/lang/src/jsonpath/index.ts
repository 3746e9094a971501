export { compileJsonPath, evaluateJsonpath, relaxedTemplate, type JsonPath } from './jsonpath.ts';
export { JSONPATH_LIMIT_CHARACTERS, JSONPATH_LIMIT_DEPTH, JSONPATH_LIMIT_VALUES } from './nodes.ts';
