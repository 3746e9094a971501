export { formatYaml } from './emit.ts';
export { DEFAULT_YAML_LIMITS, parseYaml, parseYamlDocuments, type YamlDocument, type YamlLimits } from './parse.ts';
export { parseGoFloat, parseGoInteger } from './go-schema.ts';
