export { builtinKinds, builtinSchema, builtinStruct, objectMetaSchema } from './builtin-schema.ts';
export {
  ANY_SCHEMA,
  type GoField,
  type PatchStrategy,
  type Relation,
  type ScalarKind,
  type TypeSchema,
} from './type-schema.ts';
export { checkDepth, MAX_DEPTH } from './depth.ts';
export { compileSchema, MAX_SCHEMA_DEPTH } from './open-api.ts';
export { validateObject } from './validate.ts';
export { MAX_RULE_STEPS, ruleErrors, UNCHECKED_RULES } from './rule-evaluation.ts';
export { MAX_NODE_RULES } from './validation-rule-errors.ts';
export { defaultObject } from './default-object.ts';
export { MAX_UNKNOWN_FIELDS, pruneObject } from './prune-object.ts';
export {
  duplicateError,
  fieldErrorText,
  forbiddenError,
  invalidError,
  MAX_FIELD_ERRORS,
  requiredError,
  tooLongError,
  tooManyError,
  unsupportedError,
  valueText,
  type FieldError,
  type FieldErrorReason,
} from './field-error.ts';
export {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  MAX_QUANTITY_LENGTH,
  parseQuantity,
  scaledQuantity,
  subtractQuantity,
  type Quantity,
  type QuantityFormat,
} from './quantity.ts';
export { structuralErrors } from './structural-errors.ts';
export { normalizeObject } from './normalize-object.ts';
export { openApiComponents, openApiOf, openApiPath, type Components } from './publish.ts';
export { decodeProtobufObject, MAX_MESSAGE_DEPTH } from './decode-protobuf.ts';
