export { evaluateYaml } from './evaluate.ts';
export { formatYaml } from './emit.ts';
export { DEFAULT_YAML_LIMITS, parseYaml, parseYamlDocuments, type YamlDocument, type YamlLimits } from './parse.ts';
export { parseGoBigInteger, parseGoFloat, parseGoInteger } from './go-schema.ts';
