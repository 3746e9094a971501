export {
  compileJsonSchema,
  DEFAULT_JSON_SCHEMA_LIMITS,
  type JsonSchema,
  type JsonSchemaLimits,
  type SchemaProblem,
} from './schema.ts';
